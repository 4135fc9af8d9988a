import { createHash } from 'node:crypto';
import type { EndpointSlice, Service } from '../../kube/generated/types';
import { formatCidr, parseCidr } from '../cidr';
import { type Backend, type ServicePort, servicePorts } from './endpoints';

export const serviceTable = 'orlop_services';
/** Packets with this bit get the node's source address on their way out; the bit kube-proxy uses. */
const masqueradeBit = '0x4000';

export interface NodeView {
  nodeName: string;
  /** Pod CIDRs of all nodes: who comes from elsewhere is masqueraded. */
  podCidrs: readonly string[];
  /** Addresses that the node answers itself, cluster DNS; no rule is made for them. */
  ownAddresses: readonly string[];
}

/** The nft program of all Services, and the objects in it, so that others can be removed. */
export interface ServiceRules {
  /** Declares the maps, sets and chains, fills them. */
  body: string;
  chains: string[];
  sets: string[];
}

/**
 * What nftables must hold for these Services on this node. Pure; equal input gives equal text.
 *
 * A packet is looked up once in a map by address, protocol and port, however many Services there are, and goes to the
 * chain of its Service's port, which picks a backend at random. Only first packets of a connection come here: those
 * that run keep their backend, terminating or not.
 */
export function rulesOf(services: Service[], slices: EndpointSlice[], view: NodeView): ServiceRules {
  const program = new Program(view);
  for (const port of servicePorts(services, slices, view.nodeName)) program.add(port);
  return program.rules();
}

interface Chain {
  name: string;
  lines: string[];
}

class Program {
  private readonly chains: Chain[] = [];
  private readonly affinitySets: Array<{ name: string; seconds: number }> = [];
  private readonly serviceIps = new Map<string, string>();
  private readonly nodePorts = new Map<string, string>();
  private readonly refusedIps = new Map<string, string>();
  private readonly refusedPorts = new Map<string, string>();
  private readonly clusterIps = new Set<string>();
  private readonly hairpin = new Set<string>();

  constructor(private readonly view: NodeView) {}

  add(port: ServicePort): void {
    const clusterIps = port.clusterIps.filter((ip) => !this.view.ownAddresses.includes(ip));
    for (const ip of clusterIps) this.clusterIps.add(ip);
    for (const backend of port.cluster) if (backend.local) this.hairpin.add(`${backend.ip} . ${backend.ip}`);

    const id = createHash('sha256').update(`${port.name}/${port.protocol}`).digest('hex').slice(0, 12);
    const anywhere = this.balance(port, id, 'all', port.cluster);
    const here = port.internalLocal || port.externalLocal ? this.balance(port, id, 'local', port.local) : undefined;
    const internal = port.internalLocal ? here : anywhere;
    const addressKey = (ip: string) => `${ip} . ${port.protocol} . ${port.port}`;

    for (const ip of clusterIps) this.route(this.serviceIps, this.refusedIps, addressKey(ip), internal, port);
    if (!port.nodePort && port.loadBalancerIps.length === 0) return;

    const outside = this.external(port, id, anywhere, here);
    // What leaves the external chain untranslated has no backend here.
    const leaks = port.externalLocal && !here;
    if (port.nodePort) {
      const key = `${port.protocol} . ${port.nodePort}`;
      this.route(this.nodePorts, this.refusedPorts, key, outside, port);
      if (leaks && anywhere) this.refusedPorts.set(key, 'discard');
    }
    const balanced = outside && this.restricted(port, id, outside);
    for (const ip of port.loadBalancerIps) {
      this.route(this.serviceIps, this.refusedIps, addressKey(ip), balanced, port);
      if (outside && (leaks || balanced !== outside)) this.refusedIps.set(addressKey(ip), 'discard');
    }
  }

  rules(): ServiceRules {
    const { podCidrs } = this.view;
    const cidrs = [...new Set(podCidrs)].sort();
    const notFromPods = cidrs.length > 0 ? 'ip saddr != @pod_cidrs ' : '';
    const blocks = [
      block('set', 'pod_cidrs', ['type ipv4_addr', 'flags interval', 'auto-merge', ...elements(cidrs)]),
      block('set', 'cluster_ips', ['type ipv4_addr', ...elements([...this.clusterIps].sort())]),
      block('set', 'hairpin', ['type ipv4_addr . ipv4_addr', ...elements([...this.hairpin].sort())]),
      ...this.affinitySets.map(({ name, seconds }) =>
        block('set', name, ['type ipv4_addr', 'flags dynamic,timeout', `timeout ${seconds}s`]),
      ),
      ...this.chains.map(({ name, lines }) => block('chain', name, lines)),
      block('chain', 'refuse', ['meta l4proto tcp reject with tcp reset', 'reject']),
      block('chain', 'discard', ['drop']),
      block('map', 'service_ips', verdicts('ipv4_addr . inet_proto . inet_service', this.serviceIps)),
      block('map', 'node_ports', verdicts('inet_proto . inet_service', this.nodePorts)),
      block('map', 'refused_ips', verdicts('ipv4_addr . inet_proto . inet_service', this.refusedIps)),
      block('map', 'refused_ports', verdicts('inet_proto . inet_service', this.refusedPorts)),
      block('chain', 'services', [
        `ip daddr @cluster_ips ${notFromPods}meta mark set meta mark or ${masqueradeBit}`,
        'ip daddr . meta l4proto . th dport vmap @service_ips',
        'ip daddr != 127.0.0.0/8 fib daddr type local meta l4proto . th dport vmap @node_ports',
      ]),
      // What is still addressed to a Service after translation has no backend.
      block('chain', 'unserved', [
        'ip daddr . meta l4proto . th dport vmap @refused_ips',
        'ip daddr != 127.0.0.0/8 fib daddr type local meta l4proto . th dport vmap @refused_ports',
        'ip daddr @cluster_ips goto refuse',
      ]),
      base('prerouting', 'nat', 'prerouting', '-100', ['goto services']),
      base('output', 'nat', 'output', '-100', ['goto services']),
      base('postrouting', 'nat', 'postrouting', '100', [
        `meta mark and ${masqueradeBit} != 0 meta mark set meta mark xor ${masqueradeBit} masquerade fully-random`,
        'ct status dnat ip saddr . ip daddr @hairpin masquerade fully-random',
      ]),
      base('filter_input', 'filter', 'input', '-10', ['ct state new goto unserved']),
      base('filter_forward', 'filter', 'forward', '-10', ['ct state new goto unserved']),
      base('filter_output', 'filter', 'output', '-10', ['ct state new goto unserved']),
    ];
    return {
      body: blocks.join(''),
      chains: this.chains.map(({ name }) => name),
      sets: this.affinitySets.map(({ name }) => name),
    };
  }

  /** The chain that gives a connection to one of the backends; undefined when there is none. */
  private balance(port: ServicePort, id: string, kind: string, backends: Backend[]): string | undefined {
    if (backends.length === 0) return undefined;
    const name = `${kind}-${id}`;
    const protocol = `meta l4proto ${port.protocol}`;
    const picked = `numgen random mod ${backends.length}`;
    const comment = `comment "${port.name.slice(0, 120)}"`;
    if (port.affinitySeconds === undefined) {
      const [only] = backends;
      const pairs = backends.map(({ ip, port: to }, index) => `${index} : ${ip} . ${to}`);
      const line =
        backends.length === 1 && only
          ? `${protocol} dnat to ${only.ip}:${only.port} ${comment}`
          : `${protocol} dnat ip to ${picked} map { ${pairs.join(', ')} } ${comment}`;
      this.chains.push({ name, lines: [line] });
      return name;
    }
    const ends = backends.map((backend) => this.stickyBackend(port, id, kind, backend));
    const choices = ends.map(({ chain }, index) => `${index} : goto ${chain}`);
    this.chains.push({
      name,
      lines: [
        ...ends.map(({ chain, set }) => `ip saddr @${set} goto ${chain}`),
        `${picked} vmap { ${choices.join(', ')} } ${comment}`,
      ],
    });
    return name;
  }

  /** A backend that remembers its clients. Sets outlive a reprogramming, so clients keep their backend. */
  private stickyBackend(port: ServicePort, id: string, kind: string, backend: Backend) {
    const suffix = `${id}-${backend.ip}-${backend.port}`;
    const set = `clients-${suffix}-${port.affinitySeconds}`;
    const chain = `to-${kind}-${suffix}`;
    if (!this.affinitySets.some(({ name }) => name === set)) {
      this.affinitySets.push({ name: set, seconds: port.affinitySeconds ?? 0 });
    }
    this.chains.push({
      name: chain,
      lines: [`update @${set} { ip saddr }`, `meta l4proto ${port.protocol} dnat to ${backend.ip}:${backend.port}`],
    });
    return { set, chain };
  }

  /** The chain for connections from outside the cluster. */
  private external(port: ServicePort, id: string, anywhere?: string, here?: string): string | undefined {
    const masquerade = `meta mark set meta mark or ${masqueradeBit}`;
    const name = `external-${id}`;
    if (!port.externalLocal) {
      if (anywhere) this.chains.push({ name, lines: [masquerade, `goto ${anywhere}`] });
      return anywhere && name;
    }
    if (!anywhere) return undefined;
    const lines: string[] = [];
    // Who is in the cluster already needs no backend of this very node.
    if (this.view.podCidrs.length > 0) lines.push(`ip saddr @pod_cidrs goto ${anywhere}`);
    lines.push(`fib saddr type local ${masquerade} goto ${anywhere}`);
    if (here) lines.push(`goto ${here}`);
    this.chains.push({ name, lines });
    return name;
  }

  /** Keeps those out whom loadBalancerSourceRanges does not name. */
  private restricted(port: ServicePort, id: string, outside: string): string {
    const ranges = port.sourceRanges.flatMap((range) => {
      const cidr = parseCidr(range.trim());
      return cidr ? [formatCidr(cidr)] : [];
    });
    if (port.sourceRanges.length === 0) return outside;
    const name = `restricted-${id}`;
    const allowed = ranges.length > 0 ? [`ip saddr { ${[...new Set(ranges)].join(', ')} } goto ${outside}`] : [];
    // The nat hook must not drop; what is not translated is dropped by the filter chains.
    this.chains.push({ name, lines: allowed });
    return name;
  }

  private route(
    served: Map<string, string>,
    refused: Map<string, string>,
    key: string,
    chain: string | undefined,
    port: ServicePort,
  ): void {
    if (served.has(key) || (refused.has(key) && !chain)) return;
    if (chain) served.set(key, chain);
    // A Local policy without a local backend drops: the answer would speak for the whole Service.
    else refused.set(key, port.cluster.length > 0 ? 'discard' : 'refuse');
  }
}

function elements(list: string[]): string[] {
  return list.length > 0 ? [`elements = { ${list.join(', ')} }`] : [];
}

function verdicts(type: string, map: Map<string, string>): string[] {
  const sorted = [...map].sort(([a], [b]) => (a < b ? -1 : 1));
  return [`type ${type} : verdict`, ...elements(sorted.map(([key, chain]) => `${key} : goto ${chain}`))];
}

function block(kind: 'set' | 'map' | 'chain', name: string, lines: string[]): string {
  return `  ${kind} ${name} {\n${lines.map((line) => `    ${line}\n`).join('')}  }\n`;
}

function base(name: string, type: string, hook: string, priority: string, lines: string[]): string {
  return block('chain', name, [`type ${type} hook ${hook} priority ${priority}; policy accept;`, ...lines]);
}
