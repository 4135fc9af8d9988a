import type { Endpoint, EndpointSlice, Service } from '../../kube/generated/types';
import { parseIp } from '../cidr';
import { serviceNameLabel } from '../services/endpoints';
import { type Answer, type DnsRecord, type Question, type RecordData, rcodes, types } from './message';

/** Seconds for which answers may be kept; the default of Kubernetes' DNS. */
const ttl = 5;

/** What the zone knows of a question: an answer, the name that it stands for, or nothing (another's zone). */
export type ZoneAnswer = Answer | { forwardTo: string; records: DnsRecord[] } | undefined;

interface Entry {
  service: Service;
  slices: EndpointSlice[];
}

/** One endpoint of a headless Service with its own name. */
interface NamedEndpoint {
  label: string;
  address: string;
  ports: Array<{ name: string; protocol: string; port: number }>;
}

/**
 * The names of a cluster's Services and pods, as Kubernetes' DNS specification has them. Immutable: a change makes a
 * new zone, which costs one walk over the objects; answers are made when they are asked for.
 */
export class Zone {
  private readonly namespaces = new Map<string, Map<string, Entry>>();
  private reverse?: Map<string, string[]>;
  private turn = 0;

  constructor(
    private readonly domain: string,
    services: Service[],
    slices: EndpointSlice[],
    private readonly serial: number,
  ) {
    for (const service of services) {
      const { namespace = '', name = '' } = service.metadata;
      const entries = this.namespaces.get(namespace) ?? new Map<string, Entry>();
      this.namespaces.set(namespace, entries);
      entries.set(name, { service, slices: [] });
    }
    for (const slice of slices) {
      const name = slice.metadata.labels?.[serviceNameLabel];
      if (!name || slice.addressType !== 'IPv4') continue;
      this.namespaces
        .get(slice.metadata.namespace ?? '')
        ?.get(name)
        ?.slices.push(slice);
    }
  }

  /** Answers, or undefined when the name is not in this zone and is to be asked of others. */
  answer(question: Question): ZoneAnswer {
    const name = question.name.toLowerCase();
    if (name.endsWith('.in-addr.arpa')) return this.pointer(question, name);
    if (name !== this.domain && !name.endsWith(`.${this.domain}`)) return undefined;
    const labels = name === this.domain ? [] : name.slice(0, -this.domain.length - 1).split('.');
    const found = this.find(labels, question);
    if (found === undefined) return this.reply(rcodes.NxDomain, []);
    if ('forwardTo' in found) return found;
    const wanted = found.records.filter(({ data }) => data.type === question.type || question.type === types.ANY);
    return { ...this.reply(rcodes.NoError, wanted), additional: wanted.length > 0 ? found.additional : [] };
  }

  /** The records at a name below the domain: undefined when there is no such name. */
  private find(
    labels: string[],
    question: Question,
  ): { records: DnsRecord[]; additional: DnsRecord[] } | { forwardTo: string; records: DnsRecord[] } | undefined {
    const record = (data: RecordData): DnsRecord => ({ name: question.name, ttl, data });
    const only = (...data: RecordData[]) => ({ records: data.map(record), additional: [] });
    const kind = labels.at(-1);
    const namespace = labels.at(-2);
    if (kind === undefined) return only(this.soa(), { type: types.NS, target: `ns.dns.${this.domain}` });
    if (labels.length === 1 && kind === 'dns-version') return only({ type: types.TXT, text: '1.1.0' });
    if (kind === 'pod') return this.pod(labels, only);
    if (kind !== 'svc') return undefined;
    if (namespace === undefined) return only();
    const entries = this.namespaces.get(namespace);
    if (!entries) return undefined;
    const serviceName = labels.at(-3);
    if (serviceName === undefined) return only();
    const entry = entries.get(serviceName);
    if (!entry) return undefined;
    return this.service(entry, labels.slice(0, -3), `${serviceName}.${namespace}.svc.${this.domain}`, record);
  }

  private pod(labels: string[], only: (...data: RecordData[]) => { records: DnsRecord[]; additional: DnsRecord[] }) {
    if (labels.length <= 2) return labels.length < 2 || this.namespaces.has(labels[0] ?? '') ? only() : undefined;
    const address = (labels[0] ?? '').replaceAll('-', '.');
    if (labels.length !== 3 || parseIp(address) === undefined || !this.namespaces.has(labels[1] ?? ''))
      return undefined;
    return only({ type: types.A, address });
  }

  private service(
    { service, slices }: Entry,
    below: string[],
    fullName: string,
    record: (data: RecordData) => DnsRecord,
  ): { records: DnsRecord[]; additional: DnsRecord[] } | { forwardTo: string; records: DnsRecord[] } | undefined {
    const spec = service.spec ?? {};
    if (spec.type === 'ExternalName') {
      if (below.length > 0) return undefined;
      const target = (spec.externalName ?? '').replace(/\.$/, '');
      return { forwardTo: target, records: [record({ type: types.CNAME, target })] };
    }
    const clusterIps = (spec.clusterIPs?.length ? spec.clusterIPs : [spec.clusterIP ?? '']).filter(
      (ip) => parseIp(ip) !== undefined,
    );
    const headless = clusterIps.length === 0;
    const named = headless ? namedEndpoints(slices) : [];

    if (below.length === 0) {
      const addresses = headless ? this.rotate([...new Set(named.map(({ address }) => address))]) : clusterIps;
      const records = addresses.map((address) => record({ type: types.A, address }));
      const ports = headless ? [] : (spec.ports ?? []);
      const targets = headless ? this.headlessTargets(named, fullName) : [];
      return {
        records: [
          ...records,
          ...ports.map(({ port }) => record(srv(port, fullName))),
          ...targets.map(({ port, target }) => record(srv(port, target))),
        ],
        additional: [],
      };
    }
    if (below.length === 1) {
      const matching = named.filter(({ label }) => label === below[0]);
      if (matching.length > 0) {
        return {
          records: matching.map(({ address }) => record({ type: types.A, address })),
          additional: [],
        };
      }
      // `_tcp` alone is a name on the way to those of the ports.
      const protocol = below[0]?.startsWith('_') ? below[0].slice(1) : undefined;
      const used = (spec.ports ?? []).some((port) => (port.protocol ?? 'TCP').toLowerCase() === protocol);
      return used ? { records: [], additional: [] } : undefined;
    }
    if (below.length > 2) return undefined;
    return this.port(below as [string, string], spec.ports ?? [], named, headless, fullName, clusterIps, record);
  }

  /** `_name._protocol` of a Service. */
  private port(
    [portLabel, protocolLabel]: [string, string],
    ports: NonNullable<NonNullable<Service['spec']>['ports']>,
    named: NamedEndpoint[],
    headless: boolean,
    fullName: string,
    clusterIps: string[],
    record: (data: RecordData) => DnsRecord,
  ) {
    const is = (name = '', protocol = 'TCP') =>
      `_${name}` === portLabel && `_${protocol.toLowerCase()}` === protocolLabel;
    const address = (name: string, ip: string): DnsRecord => ({ name, ttl, data: { type: types.A, address: ip } });
    if (!headless) {
      const matching = ports.filter(({ name, protocol }) => is(name, protocol));
      if (matching.length === 0) return undefined;
      return {
        records: matching.map(({ port }) => record(srv(port, fullName))),
        additional: clusterIps.map((ip) => address(fullName, ip)),
      };
    }
    const targets = this.headlessTargets(named, fullName).filter(({ name, protocol }) => is(name, protocol));
    if (targets.length === 0) return undefined;
    return {
      records: targets.map(({ port, target }) => record(srv(port, target))),
      additional: targets.map(({ target, address: ip }) => address(target, ip)),
    };
  }

  private headlessTargets(named: NamedEndpoint[], fullName: string) {
    return named.flatMap(({ label, address, ports }) =>
      ports.map((port) => ({ ...port, address, target: `${label}.${fullName}` })),
    );
  }

  private pointer(question: Question, name: string): ZoneAnswer {
    const ip = name.slice(0, -'.in-addr.arpa'.length).split('.').reverse().join('.');
    this.reverse ??= this.pointers();
    const targets = this.reverse.get(ip);
    if (!targets) return undefined;
    const records = targets.map(
      (target): DnsRecord => ({ name: question.name, ttl, data: { type: types.PTR, target } }),
    );
    return this.reply(rcodes.NoError, question.type === types.PTR || question.type === types.ANY ? records : []);
  }

  /** By address: the names of Services, and of those endpoints that have a hostname. */
  private pointers(): Map<string, string[]> {
    const names = new Map<string, string[]>();
    const add = (ip: string, name: string) => names.set(ip, [...(names.get(ip) ?? []), name]);
    for (const [namespace, entries] of this.namespaces) {
      for (const [serviceName, { service, slices }] of entries) {
        const fullName = `${serviceName}.${namespace}.svc.${this.domain}`;
        const ip = service.spec?.clusterIP ?? '';
        if (parseIp(ip) !== undefined) add(ip, fullName);
        for (const slice of slices) {
          for (const { hostname, addresses } of slice.endpoints ?? []) {
            if (hostname && addresses[0]) add(addresses[0], `${hostname}.${fullName}`);
          }
        }
      }
    }
    return names;
  }

  private reply(rcode: number, answers: DnsRecord[]): Answer {
    const negative = answers.length === 0;
    const authority = negative ? [{ name: this.domain, ttl, data: this.soa() }] : [];
    return { rcode, authoritative: true, answers, authority, additional: [] };
  }

  private soa(): RecordData {
    const { domain, serial } = this;
    return { type: types.SOA, primary: `ns.dns.${domain}`, mailbox: `hostmaster.${domain}`, serial, minimum: ttl };
  }

  /** Each answer begins with another address: most clients take the first. */
  private rotate(list: string[]): string[] {
    if (list.length < 2) return list;
    const start = this.turn++ % list.length;
    return [...list.slice(start), ...list.slice(0, start)];
  }
}

function srv(port: number, target: string): RecordData {
  return { type: types.SRV, priority: 0, weight: 100, port, target };
}

/** The ready endpoints of a headless Service, each with its hostname or else one made of its address. */
function namedEndpoints(slices: EndpointSlice[]): NamedEndpoint[] {
  const isReady = (endpoint: Endpoint) => endpoint.conditions?.ready !== false;
  return slices.flatMap((slice) =>
    (slice.endpoints ?? []).filter(isReady).flatMap(({ hostname, addresses }) => {
      const [address = ''] = addresses;
      if (parseIp(address) === undefined) return [];
      const ports = (slice.ports ?? []).flatMap(({ name = '', protocol = 'TCP', port }) =>
        port ? [{ name, protocol, port }] : [],
      );
      return [{ label: hostname?.toLowerCase() || address.replaceAll('.', '-'), address, ports }];
    }),
  );
}
