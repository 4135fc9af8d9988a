import type { EndpointSlice, Node, Service } from '../kube/generated/types';
import type { Logger } from '../util/logger';
import { AddressPool } from './address-pool';
import { acceptForwarding, baseRules, baseTable, removeBase } from './base-rules';
import { parseCidr } from './cidr';
import { type Exec, systemExec } from './exec';
import type { NodeNetwork } from './network';
import { connectedBlocks, type Overlay, planRoutes, podCidrsOf, vxlanEnd } from './node-routes';
import { bridge, isAbsent, isWired, type PodLink, unwirePod, wirePod } from './pod-link';
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
    return this.inTurn(async () => {
      const cidr = parseCidr(podCidr);
      if (!cidr || cidr.prefix > 29) {
        throw new Error(
          `pod CIDR ${JSON.stringify(podCidr)}: an IPv4 block of /29 or larger is needed, as 10.42.3.0/24`,
        );
      }
      const pool = await AddressPool.open(`${this.options.dataDir}/pod-addresses.json`, cidr);
      this.mtu = (await deviceOf(this.exec, this.options.nodeIp)).mtu;
      await this.exec(['sysctl', '-q', '-w', 'net.ipv4.ip_forward=1']);
      await this.makeBridge(pool.gateway, cidr.prefix, podCidr);
      this.podCidr = podCidr;
      this.pool = pool;
      // After a restart the old rules hold until the other nodes are known again.
      if (!(await this.tables()).includes(baseTable)) await this.applyBase();
      await acceptForwarding(this.exec);
    });
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
      const links = await this.exec(['ip', '-j', 'link', 'show', 'master', bridge]).catch((error: unknown) => {
        if (!isAbsent(error)) throw error;
        return '';
      });
      const deletions = (JSON.parse(links || '[]') as Array<{ ifname?: string }>).flatMap(({ ifname }) =>
        ifname ? [`link del dev ${ifname}\n`] : [],
      );
      if (deletions.length > 0) await this.exec(['ip', '-force', '-batch', '-'], { input: deletions.join('') });
      for (const { podUid } of this.pool?.list() ?? []) await this.pool?.free(podUid);
      await this.services.remove();
      await removeBase(this.exec);
      await removeRoutes(this.exec);
      await this.exec(['ip', 'link', 'del', 'dev', bridge]).catch((error: unknown) => {
        if (!isAbsent(error)) throw error;
      });
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

  private async makeBridge(gateway: string, prefix: number, podCidr: string): Promise<void> {
    const { clusterDns } = this.options;
    // A fixed MAC: a bridge would otherwise change its own when pods come and go, and lose their packets for a while.
    const { mac } = vxlanEnd(podCidr);
    const address = mac.replace(/^0e/, '0a');
    const wanted = [`${gateway}/${prefix}`, `${clusterDns}/32`];
    let present: string[] = [];
    try {
      const json = await this.exec(['ip', '-j', '-4', 'addr', 'show', 'dev', bridge]);
      const [link] = JSON.parse(json) as Array<{ addr_info?: Array<{ local: string; prefixlen: number }> }>;
      present = (link?.addr_info ?? []).map(({ local, prefixlen }) => `${local}/${prefixlen}`);
    } catch (error) {
      if (!isAbsent(error)) throw error;
      await this.exec(['ip', 'link', 'add', bridge, 'type', 'bridge', 'forward_delay', '0']);
    }
    const changes = [
      `link set ${bridge} address ${address} mtu ${this.mtu} up`,
      ...present.filter((cidr) => !wanted.includes(cidr)).map((cidr) => `addr del ${cidr} dev ${bridge}`),
      ...wanted.filter((cidr) => !present.includes(cidr)).map((cidr) => `addr add ${cidr} dev ${bridge}`),
    ];
    await this.exec(['ip', '-batch', '-'], { input: `${changes.join('\n')}\n` });
    await this.exec([
      'sysctl',
      '-q',
      '-w',
      // Loose: answers to a connection may come over another link than the one its packets leave by.
      `net.ipv4.conf.${bridge}.rp_filter=2`,
      // Redirects would let pods talk past the node and its translation of Service addresses. A device sends them
      // unless its own setting and that of all are off; other devices have their own on, and go on as they did.
      `net.ipv4.conf.${bridge}.send_redirects=0`,
      'net.ipv4.conf.all.send_redirects=0',
    ]);
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
