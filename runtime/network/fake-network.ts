import type { EndpointSlice, Node, Service } from '../kube/generated/types';
import { type Cidr, formatIp, parseCidr } from './cidr';
import type { NodeNetwork } from './network';

/** A network that only records; for tests and for simulated nodes. Addresses are given as the real one gives them. */
export class FakeNetwork implements NodeNetwork {
  /** By pod UID: the address and the process that was wired last. */
  readonly pods = new Map<string, { ip: string; pid: number }>();
  nodes: Node[] = [];
  services: Service[] = [];
  slices: EndpointSlice[] = [];
  /** Thrown by the next call of `attach`, once. */
  failNextAttach?: Error;
  private cidr?: Cidr;
  private next = 2;

  get podCidr(): Cidr | undefined {
    return this.cidr;
  }

  async setUp(podCidr: string): Promise<void> {
    const cidr = parseCidr(podCidr);
    if (!cidr) throw new Error(`pod CIDR ${JSON.stringify(podCidr)}: an IPv4 block is needed, as 10.42.3.0/24`);
    this.cidr = cidr;
  }

  async attach(podUid: string, pid: number): Promise<{ ip: string }> {
    const { base, prefix } = this.ready();
    const failure = this.failNextAttach;
    this.failNextAttach = undefined;
    if (failure) throw failure;
    const held = this.pods.get(podUid)?.ip;
    const ip = held ?? this.free(base, 2 ** (32 - prefix));
    this.pods.set(podUid, { ip, pid });
    return { ip };
  }

  async detach(podUid: string): Promise<void> {
    this.pods.delete(podUid);
  }

  async attached(): Promise<Array<{ podUid: string; ip: string }>> {
    return [...this.pods].map(([podUid, { ip }]) => ({ podUid, ip }));
  }

  async syncRoutes(nodes: Node[]): Promise<void> {
    this.ready();
    this.nodes = nodes;
  }

  async syncServices(services: Service[], slices: EndpointSlice[]): Promise<void> {
    this.ready();
    this.services = services;
    this.slices = slices;
  }

  async tearDown(): Promise<void> {
    this.pods.clear();
    this.nodes = [];
    this.services = [];
    this.slices = [];
    this.cidr = undefined;
  }

  private free(base: number, size: number): string {
    const used = new Set([...this.pods.values()].map(({ ip }) => ip));
    for (let tried = 0; tried < size; tried++) {
      const offset = (this.next + tried) % size;
      const ip = formatIp(base + offset);
      if (offset < 2 || offset === size - 1 || used.has(ip)) continue;
      this.next = (offset + 1) % size;
      return ip;
    }
    throw new Error(`no free pod address in ${formatIp(base)}`);
  }

  private ready(): Cidr {
    if (!this.cidr) throw new Error('the pod network is not set up: setUp comes first');
    return this.cidr;
  }
}
