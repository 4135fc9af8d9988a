import { invalid, invalidObject } from '../../kube/field-errors';
import type { Service } from '../../kube/generated/types';
import type { FieldError } from '../../kube/kind';
import type { AnyObject } from '../../kube/object';
import { services } from '../../kube/resource';
import { StatusError } from '../../kube/status-error';
import type { Store } from '../../store/store';
import type { KindHooks, Undo } from '../registry/context';
import { resourcePrefix } from '../registry/store-key';
import type { Cache } from '../watch/cache';
import { Allocations } from './allocations';
import { formatIpv4, type IpRange, inRange, parseIpv4 } from './ip-range';

interface Options {
  store: Store;
  random(): number;
  serviceRange: IpRange;
  nodePortRange: readonly [number, number];
}

const randomTries = 16;

/** Gives Services their cluster addresses and node ports, and takes them back. */
export class ServiceHooks implements KindHooks {
  readonly returnsDeleted = true;
  private readonly addresses: Allocations;
  private readonly ports: Allocations;

  constructor(private readonly options: Options) {
    this.addresses = new Allocations(options.store, 'clusterips');
    this.ports = new Allocations(options.store, 'nodeports');
  }

  beforeCreate(object: AnyObject): Promise<Undo> {
    return this.allocate(object as unknown as Service, undefined);
  }

  beforeUpdate(object: AnyObject, old: AnyObject): Promise<Undo> {
    return this.allocate(object as unknown as Service, old as unknown as Service);
  }

  async afterUpdate(object: AnyObject, old: AnyObject): Promise<void> {
    const kept = held(object as unknown as Service);
    const owner = object.metadata.uid as string;
    const before = held(old as unknown as Service);
    for (const address of before.addresses) {
      if (!kept.addresses.has(address)) await this.addresses.release(address, owner);
    }
    for (const port of before.ports) if (!kept.ports.has(port)) await this.ports.release(String(port), owner);
  }

  async afterDelete(object: AnyObject): Promise<void> {
    const { addresses, ports } = held(object as unknown as Service);
    const owner = object.metadata.uid as string;
    for (const address of addresses) await this.addresses.release(address, owner);
    for (const port of ports) await this.ports.release(String(port), owner);
  }

  /** Makes allocations what the Services say: those of a write that a crash cut short are given back. */
  async repair(cache: Cache): Promise<void> {
    const owners = new Map(
      cache
        .resource(resourcePrefix(services))
        .list(resourcePrefix(services))
        .map((stored) => [stored.object.metadata.uid as string, held(stored.object as unknown as Service)]),
    );
    for (const [address, owner] of await this.addresses.all()) {
      if (!owners.get(owner)?.addresses.has(address)) await this.addresses.release(address, owner);
    }
    for (const [port, owner] of await this.ports.all()) {
      if (!owners.get(owner)?.ports.has(Number(port))) await this.ports.release(port, owner);
    }
    for (const [owner, { addresses, ports }] of owners) {
      for (const address of addresses) await this.addresses.take(address, owner);
      for (const port of ports) await this.ports.take(String(port), owner);
    }
  }

  /** Fills the object in place. The answer gives back what was taken; when this throws, nothing is. */
  private async allocate(service: Service, old: Service | undefined): Promise<Undo> {
    const owner = service.metadata.uid as string;
    const taken: Array<() => Promise<void>> = [];
    const undo = async () => {
      for (const release of taken.splice(0)) await release();
    };
    const before = old ? held(old) : { addresses: new Set<string>(), ports: new Set<number>() };
    try {
      await this.allocateAddress(service, before.addresses, owner, taken);
      await this.allocatePorts(service, old, before.ports, owner, taken);
    } catch (error) {
      await undo();
      throw error;
    }
    return undo;
  }

  private async allocateAddress(
    service: Service,
    before: Set<string>,
    owner: string,
    taken: Array<() => Promise<void>>,
  ) {
    const { spec } = service;
    if (!spec || spec.type === 'ExternalName' || spec.clusterIP === 'None') return;
    const wanted = spec.clusterIP;
    // Without the one, the other is refused.
    if (!wanted && spec.clusterIPs?.length) return;
    const keep = (address: string) => taken.push(() => this.addresses.release(address, owner));
    if (wanted) {
      if (before.has(wanted)) return;
      const number = parseIpv4(wanted);
      const fail = (why: string) => refuse(service, [invalid('spec.clusterIPs', [wanted], why)]);
      if (number === undefined || !inRange(this.options.serviceRange, number)) {
        const { base, size } = this.options.serviceRange;
        const cidr = `${formatIpv4(base)}/${32 - Math.log2(size)}`;
        throw fail(`failed to allocate IP ${wanted}: the provided IP is not in the valid range ${cidr}`);
      }
      if (!(await this.addresses.take(wanted, owner))) {
        throw fail(`failed to allocate IP ${wanted}: provided IP is already allocated`);
      }
      keep(wanted);
      setAddress(service, wanted);
      return;
    }
    const address = await this.pick(this.addresses, owner, dynamicAddresses(this.options.serviceRange));
    keep(address);
    setAddress(service, address);
  }

  private async allocatePorts(
    service: Service,
    old: Service | undefined,
    before: Set<number>,
    owner: string,
    taken: Array<() => Promise<void>>,
  ) {
    const { spec } = service;
    if (!spec || !usesNodePorts(service)) return;
    const keep = (port: number) => taken.push(() => this.ports.release(String(port), owner));
    const mine = new Set(before);
    for (const port of spec.ports ?? []) {
      // One port that is served by several protocols gets one number.
      if (!old) port.nodePort ||= spec.ports?.find((p) => p.port === port.port && p.nodePort)?.nodePort;
      if (port.nodePort) {
        // One number may serve several protocols of one Service.
        if (mine.has(port.nodePort)) continue;
        await this.takePort(service, port.nodePort, owner);
      } else {
        const [low, high] = this.options.nodePortRange;
        const all = { what: 'node ports', count: high - low + 1, at: (i: number) => String(low + i) };
        port.nodePort = Number(await this.pick(this.ports, owner, all));
      }
      mine.add(port.nodePort);
      keep(port.nodePort);
    }
  }

  private async takePort(service: Service, port: number, owner: string): Promise<void> {
    const [low, high] = this.options.nodePortRange;
    const index = service.spec?.ports?.findIndex((p) => p.nodePort === port);
    const fail = (why: string) => refuse(service, [invalid(`spec.ports[${index}].nodePort`, port, why)]);
    if (port < low || port > high) {
      throw fail(`provided port is not in the valid range. The range of valid ports is ${low}-${high}`);
    }
    if (!(await this.ports.take(String(port), owner))) throw fail('provided port is already allocated');
  }

  /** Takes some free value: by chance first, so that a freed one is not given out again at once, then in order. */
  private async pick(from: Allocations, owner: string, { what, count, at }: Candidates): Promise<string> {
    for (let i = 0; i < randomTries; i++) {
      const value = at(Math.floor(this.options.random() * count));
      if (await from.take(value, owner)) return value;
    }
    const used = await from.all();
    for (let i = 0; i < count; i++) {
      const value = at(i);
      if (!used.has(value) && (await from.take(value, owner))) return value;
    }
    throw new StatusError('InternalError', `failed to allocate: none of ${count} ${what} is free`);
  }
}

interface Candidates {
  what: string;
  count: number;
  at(index: number): string;
}

/** As in Kubernetes, the low end of the range is left to those who choose their address (DNS among them). */
function dynamicAddresses({ base, size }: IpRange): Candidates {
  const offset = size <= 32 ? 11 : Math.min(Math.max(16, Math.floor(size / 16)), 256);
  return { what: 'cluster addresses', count: size - 1 - offset, at: (i) => formatIpv4(base + offset + i) };
}

function usesNodePorts({ spec }: Service): boolean {
  if (spec?.type === 'NodePort') return true;
  return spec?.type === 'LoadBalancer' && spec.allocateLoadBalancerNodePorts !== false;
}

/** What a Service has, by its own account. */
function held({ spec }: Service): { addresses: Set<string>; ports: Set<number> } {
  const addresses = [spec?.clusterIP, ...(spec?.clusterIPs ?? [])].filter(
    (a): a is string => Boolean(a) && a !== 'None',
  );
  const ports = (spec?.ports ?? []).map((port) => port.nodePort).filter((port): port is number => Boolean(port));
  return { addresses: new Set(addresses), ports: new Set(ports) };
}

function setAddress({ spec }: Service, address: string): void {
  if (!spec) return;
  spec.clusterIP = address;
  spec.clusterIPs = [address];
}

function refuse(service: Service, errors: FieldError[]): StatusError {
  return invalidObject('', 'Service', service.metadata.name ?? '', errors);
}
