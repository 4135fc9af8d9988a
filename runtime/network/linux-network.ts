import type { EndpointSlice, Node, Service } from '../kube/generated/types';
import type { Logger } from '../util/logger';
import { AddressPool } from './address-pool';
import { acceptForwarding, baseRules, baseTable, removeBase } from './base-rules';
import { parseCidr } from './cidr';
import { CommandError, type Exec, systemExec } from './exec';
import type { NodeNetwork } from './network';
import { makeBridge, removeBridge } from './node-bridge';
import { connectedBlocks, type Overlay, planRoutes, podCidrsOf } from './node-routes';
import { bridge, isWired, type PodLink, unwirePod, wirePod } from './pod-link';
import { applyRoutes, deviceOf, removeRoutes, vxlanDevice } from './route-table';
import { serviceTable } from './services/service-rules';
import { ServiceTable } from './services/service-table';

export interface LinuxNetworkOptions {
  nodeName: string;
  /** Address of this node that the other nodes reach. */
  nodeIp: string;
  /** Cluster DNS; the node answers it itself, on its bridge. */
  clusterDns: string;
  /** Folder in which the pods' addresses are kept. */
  dataDir: string;
  logger: Logger;
  /** `always` where the network between nodes drops packets of pods even on one link. @default 'auto' */
  overlay?: Overlay;
  exec?: Exec;
}

/** The network of a Linux node, by `ip`, `bridge`, `nft`, `sysctl` and `nsenter`. */
export class LinuxNetwork implements NodeNetwork {
  private readonly exec: Exec;
  private readonly services: ServiceTable;
  private pool?: AddressPool;
  private mtu = 1500;
  private podCidr = '';
  private podCidrs: string[] = [];
  private baseText = '';
  private lastSync?: { services: Service[]; slices: EndpointSlice[] };
  /** Routes and rules are changed one at a time; pods are wired beside. */
  private turn: Promise<unknown> = Promise.resolve();

  constructor(private readonly options: LinuxNetworkOptions) {
    this.exec = options.exec ?? systemExec;
    this.services = new ServiceTable(this.exec, options.logger);
  }

  setUp(podCidr: string): Promise<void> {
    return this.inTurn(() => this.make(podCidr).catch(explainMissing));
  }

  private async make(podCidr: string): Promise<void> {
    const cidr = parseCidr(podCidr);
    if (!cidr || cidr.prefix > 29) {
      throw new Error(`pod CIDR ${JSON.stringify(podCidr)}: an IPv4 block of /29 or larger is needed, as 10.42.3.0/24`);
    }
    const { nodeIp, clusterDns, dataDir } = this.options;
    const pool = await AddressPool.open(`${dataDir}/pod-addresses.json`, cidr);
    const { mtu } = await deviceOf(this.exec, nodeIp);
    await makeBridge(this.exec, [`${pool.gateway}/${cidr.prefix}`, `${clusterDns}/32`], podCidr, mtu);
    this.mtu = mtu;
    this.podCidr = podCidr;
    this.pool = pool;
    // After a restart the old rules hold until the other nodes are known again.
    if (!(await this.tables()).includes(baseTable)) await this.applyBase();
    await acceptForwarding(this.exec);
  }

  async attach(podUid: string, pid: number): Promise<{ ip: string }> {
    const pool = this.ready();
    const { ip, fresh } = await pool.allocate(podUid);
    const link: PodLink = { podUid, pid, ip, gateway: pool.gateway, mtu: this.mtu };
    if (!fresh) {
      if (await isWired(this.exec, link)) return { ip };
      await unwirePod(this.exec, podUid);
    }
    try {
      await wirePod(this.exec, link);
    } catch (error) {
      // Nothing half-made may stay; the address stays the pod's, for the next try.
      await unwirePod(this.exec, podUid).catch(() => {});
      throw error;
    }
    return { ip };
  }

  async detach(podUid: string): Promise<void> {
    await unwirePod(this.exec, podUid);
    await this.ready().free(podUid);
  }

  async attached(): Promise<Array<{ podUid: string; ip: string }>> {
    return this.ready().list();
  }

  syncRoutes(nodes: Node[]): Promise<void> {
    return this.inTurn(async () => {
      this.ready();
      const { nodeName, nodeIp, overlay = 'auto' } = this.options;
      const routes = await this.exec(['ip', '-j', '-4', 'route', 'show']);
      const connected = connectedBlocks(routes, [bridge, vxlanDevice]);
      const peers = planRoutes(nodeName, nodes, connected, overlay);
      await applyRoutes(this.exec, this.podCidr, nodeIp, peers);
      this.podCidrs = podCidrsOf(nodes);
      // Firewalls that reload take everything away, ours included.
      const tables = await this.tables();
      if (!tables.includes(baseTable)) this.baseText = '';
      if (!tables.includes(serviceTable)) this.services.forget();
      await this.applyBase();
      await acceptForwarding(this.exec);
      if (this.lastSync) await this.services.apply(this.lastSync.services, this.lastSync.slices, this.view());
    });
  }

  syncServices(services: Service[], slices: EndpointSlice[]): Promise<void> {
    return this.inTurn(async () => {
      this.ready();
      await this.services.apply(services, slices, this.view());
      this.lastSync = { services, slices };
    });
  }

  tearDown(): Promise<void> {
    return this.inTurn(async () => {
      for (const { podUid } of this.pool?.list() ?? []) await this.pool?.free(podUid);
      await this.services.remove();
      await removeBase(this.exec);
      await removeRoutes(this.exec);
      await removeBridge(this.exec);
      this.pool = undefined;
      this.baseText = '';
      this.lastSync = undefined;
    });
  }

  private view() {
    const { nodeName, clusterDns } = this.options;
    return { nodeName, podCidrs: [this.podCidr, ...this.podCidrs], ownAddresses: [clusterDns] };
  }

  private ready(): AddressPool {
    if (!this.pool) throw new Error('the pod network is not set up: setUp comes first');
    return this.pool;
  }

  private async applyBase(): Promise<void> {
    const text = baseRules(this.podCidr, this.podCidrs);
    if (text === this.baseText) return;
    await this.exec(['nft', '-f', '-'], { input: text });
    this.baseText = text;
  }

  private async tables(): Promise<string[]> {
    const { nftables } = JSON.parse(await this.exec(['nft', '-j', 'list', 'tables'])) as {
      nftables: Array<{ table?: { family: string; name: string } }>;
    };
    return nftables.flatMap(({ table }) => (table?.family === 'ip' ? [table.name] : []));
  }

  private inTurn<T>(work: () => Promise<T>): Promise<T> {
    const result = this.turn.then(work, work);
    this.turn = result.catch(() => {});
    return result;
  }
}

/** A host that lacks a program is set right by its owner, who is told how. */
function explainMissing(error: unknown): never {
  if (!(error instanceof CommandError) || !error.missing) throw error;
  throw new Error(
    `the pod network needs a program that this node lacks: ${error.message}. ` +
      'Install iproute2, nftables, util-linux and procps (and conntrack, for UDP Services).',
    { cause: error },
  );
}
