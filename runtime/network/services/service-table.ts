import type { EndpointSlice, Service } from '../../kube/generated/types';
import type { Logger } from '../../util/logger';
import { CommandError, type Exec } from '../exec';
import { servicePorts } from './endpoints';
import { type NodeView, rulesOf, type ServiceRules, serviceTable } from './service-rules';

/** Objects that every version of the table has; emptied before they are filled anew. */
const fixed = `  set pod_cidrs {
    type ipv4_addr
    flags interval
    auto-merge
  }
  set cluster_ips {
    type ipv4_addr
  }
  set hairpin {
    type ipv4_addr . ipv4_addr
  }
  map service_ips {
    type ipv4_addr . inet_proto . inet_service : verdict
  }
  map node_ports {
    type inet_proto . inet_service : verdict
  }
  map refused_ips {
    type ipv4_addr . inet_proto . inet_service : verdict
  }
  map refused_ports {
    type inet_proto . inet_service : verdict
  }
`;
const fixedSets = ['pod_cidrs', 'cluster_ips', 'hairpin'];
const fixedMaps = ['service_ips', 'node_ports', 'refused_ips', 'refused_ports'];

/** Objects of the table whose names depend on the Services. */
interface Objects {
  chains: string[];
  sets: string[];
}

/** Keeps the node's table of Services. Each change is one transaction: a packet meets the old rules or the new. */
export class ServiceTable {
  private body = '';
  private present?: Objects;
  /** UDP flows that connection tracking may remember: `ip port backend`. */
  private udp = new Map<string, UdpFlow>();
  private conntrackMissing = false;

  constructor(
    private readonly exec: Exec,
    private readonly logger: Logger,
  ) {}

  /** Programs the Services; says whether anything had to change. Not to be called again before it is done. */
  async apply(services: Service[], slices: EndpointSlice[], view: NodeView): Promise<boolean> {
    const rules = rulesOf(services, slices, view);
    if (rules.body === this.body) return false;
    try {
      this.present ??= await this.read();
      await this.program(rules, this.present);
    } catch (error) {
      if (!(error instanceof CommandError) || error.missing) throw error;
      // Somebody else changed the table: look again, once.
      this.present = undefined;
      await this.program(rules, await this.read());
    }
    this.present = { chains: rules.chains, sets: rules.sets };
    this.body = rules.body;
    await this.forgetStaleUdp(udpFlows(services, slices, view.nodeName));
    return true;
  }

  /** The table is gone or another than we left it; the next `apply` programs it whatever it holds. */
  forget(): void {
    this.body = '';
    this.present = undefined;
  }

  async remove(): Promise<void> {
    await this.exec(['nft', '-f', '-'], { input: `add table ip ${serviceTable}\ndelete table ip ${serviceTable}\n` });
    this.body = '';
    this.present = { chains: [], sets: [] };
    this.udp.clear();
  }

  private async program(rules: ServiceRules, present: Objects): Promise<void> {
    await this.exec(['nft', '-f', '-'], { input: transaction(rules, present) });
  }

  /** What an earlier agent left in the table; its sets remember clients, so they are worth keeping. */
  private async read(): Promise<Objects> {
    let json: string;
    try {
      json = await this.exec(['nft', '-j', '-t', 'list', 'table', 'ip', serviceTable]);
    } catch (error) {
      if (error instanceof CommandError && /No such file/.test(error.stderr)) return { chains: [], sets: [] };
      throw error;
    }
    const { nftables } = JSON.parse(json) as { nftables: Array<Record<string, { name: string } | undefined>> };
    const names = (kind: string) => nftables.flatMap((entry) => (entry[kind] ? [entry[kind].name] : []));
    return {
      chains: names('chain').filter((name) => name.includes('-')),
      sets: names('set').filter((name) => name.includes('-')),
    };
  }

  /**
   * UDP has no end of connection: a client that goes on sending from one port would be sent to a backend that is gone
   * for as long as it sends. So what connection tracking knows of such flows is deleted.
   */
  private async forgetStaleUdp(flows: Map<string, UdpFlow>): Promise<void> {
    const gone = [...this.udp].filter(([key]) => !flows.has(key)).map(([, flow]) => flow);
    const servedBefore = new Set([...this.udp.values()].map(frontOf));
    const newFronts = [...flows.values()].filter((flow) => !servedBefore.has(frontOf(flow)));
    this.udp = flows;
    const deletions = new Map<string, string[]>();
    for (const flow of gone) {
      const argv = [...originOf(flow), '--dst-nat', flow.backend];
      deletions.set(argv.join(' '), argv);
    }
    // Flows that began before there was a backend were not translated, and would stay so.
    for (const flow of newFronts) deletions.set(originOf(flow).join(' '), originOf(flow));
    for (const argv of deletions.values()) await this.deleteFlows(argv);
  }

  private async deleteFlows(argv: string[]): Promise<void> {
    if (this.conntrackMissing) return;
    try {
      await this.exec(['conntrack', '-D', '-p', 'udp', ...argv]);
    } catch (error) {
      if (!(error instanceof CommandError)) throw error;
      if (error.missing) {
        this.conntrackMissing = true;
        this.logger.warn({}, 'conntrack is not installed: UDP clients may go on talking to removed endpoints');
      } else if (!/0 flow entries/.test(error.stderr)) {
        this.logger.warn({ error: error.message }, 'cannot delete stale UDP flows');
      }
    }
  }
}

interface UdpFlow {
  /** Cluster or load balancer address; undefined for a node port. */
  ip?: string;
  port: number;
  backend: string;
}

function udpFlows(services: Service[], slices: EndpointSlice[], nodeName: string): Map<string, UdpFlow> {
  const flows = new Map<string, UdpFlow>();
  for (const port of servicePorts(services, slices, nodeName)) {
    if (port.protocol !== 'udp') continue;
    for (const { ip: backend } of port.cluster) {
      for (const ip of [...port.clusterIps, ...port.loadBalancerIps]) {
        flows.set(`${ip} ${port.port} ${backend}`, { ip, port: port.port, backend });
      }
      if (port.nodePort) flows.set(`* ${port.nodePort} ${backend}`, { port: port.nodePort, backend });
    }
  }
  return flows;
}

const frontOf = (flow: UdpFlow) => `${flow.ip ?? '*'} ${flow.port}`;
const originOf = (flow: UdpFlow) => [...(flow.ip ? ['--orig-dst', flow.ip] : []), '--orig-port-dst', `${flow.port}`];

/** Replaces the table's rules in place; only sets that remember clients keep what they hold. */
function transaction(rules: ServiceRules, present: Objects): string {
  const lines = [`table ip ${serviceTable} {\n${fixed}}`, `flush table ip ${serviceTable}`];
  for (const map of fixedMaps) lines.push(`flush map ip ${serviceTable} ${map}`);
  for (const set of fixedSets) lines.push(`flush set ip ${serviceTable} ${set}`);
  lines.push(`table ip ${serviceTable} {\n${rules.body}}`);
  const chains = new Set(rules.chains);
  const sets = new Set(rules.sets);
  for (const chain of present.chains) if (!chains.has(chain)) lines.push(`delete chain ip ${serviceTable} ${chain}`);
  for (const set of present.sets) if (!sets.has(set)) lines.push(`delete set ip ${serviceTable} ${set}`);
  return `${lines.join('\n')}\n`;
}
