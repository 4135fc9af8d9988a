import type { Endpoint, EndpointSlice, Service } from '../../kube/generated/types';
import { parseIp } from '../cidr';

export const serviceNameLabel = 'kubernetes.io/service-name';
export type Protocol = 'tcp' | 'udp' | 'sctp';

/** One address and port that may be given a connection. */
export interface Backend {
  ip: string;
  port: number;
  /** On this node. */
  local: boolean;
}

/** One port of one Service, with whom it is served by on this node. */
export interface ServicePort {
  /** `namespace/name:port`, for people. */
  name: string;
  protocol: Protocol;
  port: number;
  clusterIps: string[];
  nodePort?: number;
  loadBalancerIps: string[];
  /** Blocks that may reach the load balancer's addresses; empty for everybody. */
  sourceRanges: string[];
  /** Serve connections from within the cluster. */
  cluster: Backend[];
  /** Those of this node. */
  local: Backend[];
  internalLocal: boolean;
  externalLocal: boolean;
  /** Seconds for which a client keeps its backend; undefined without session affinity. */
  affinitySeconds?: number;
}

const protocols: Record<string, Protocol> = { TCP: 'tcp', UDP: 'udp', SCTP: 'sctp' };

/**
 * The ports of all Services that have a cluster IP, with their backends: the ready endpoints, or, where none is ready,
 * those that still serve while they terminate. Sorted, so that equal input gives equal output.
 */
export function servicePorts(services: Service[], slices: EndpointSlice[], nodeName: string): ServicePort[] {
  const slicesOf = new Map<string, EndpointSlice[]>();
  for (const slice of slices) {
    const service = slice.metadata.labels?.[serviceNameLabel];
    if (!service || slice.addressType !== 'IPv4') continue;
    const key = `${slice.metadata.namespace}/${service}`;
    const list = slicesOf.get(key);
    if (list) list.push(slice);
    else slicesOf.set(key, [slice]);
  }
  const result: ServicePort[] = [];
  for (const service of services) {
    const key = `${service.metadata.namespace}/${service.metadata.name}`;
    result.push(...portsOf(service, key, slicesOf.get(key) ?? [], nodeName));
  }
  return result.sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : a.protocol < b.protocol ? -1 : 1));
}

function portsOf(service: Service, key: string, slices: EndpointSlice[], nodeName: string): ServicePort[] {
  const spec = service.spec ?? {};
  const addresses = spec.clusterIPs?.length ? spec.clusterIPs : [spec.clusterIP ?? ''];
  const clusterIps = addresses.filter((address) => parseIp(address) !== undefined);
  if (spec.type === 'ExternalName' || clusterIps.length === 0) return [];
  const external = spec.type === 'NodePort' || spec.type === 'LoadBalancer';
  const ingress = spec.type === 'LoadBalancer' ? (service.status?.loadBalancer?.ingress ?? []) : [];

  return (spec.ports ?? []).flatMap((port) => {
    const protocol = protocols[port.protocol ?? 'TCP'];
    if (!protocol) return [];
    const candidates = candidatesOf(slices, port.name ?? '', port.protocol ?? 'TCP', nodeName);
    return [
      {
        name: port.name ? `${key}:${port.name}` : key,
        protocol,
        port: port.port,
        clusterIps,
        nodePort: external ? port.nodePort || undefined : undefined,
        loadBalancerIps: ingress.flatMap(({ ip, ipMode }) =>
          ip && parseIp(ip) !== undefined && ipMode !== 'Proxy' ? [ip] : [],
        ),
        sourceRanges: spec.loadBalancerSourceRanges ?? [],
        cluster: serving(candidates),
        local: serving(candidates.filter(({ backend }) => backend.local)),
        internalLocal: spec.internalTrafficPolicy === 'Local',
        externalLocal: external && spec.externalTrafficPolicy === 'Local',
        affinitySeconds:
          spec.sessionAffinity === 'ClientIP'
            ? (spec.sessionAffinityConfig?.clientIP?.timeoutSeconds ?? 10_800)
            : undefined,
      },
    ];
  });
}

interface Candidate {
  backend: Backend;
  conditions: NonNullable<Endpoint['conditions']>;
}

function candidatesOf(slices: EndpointSlice[], portName: string, protocol: string, nodeName: string): Candidate[] {
  const found = new Map<string, Candidate>();
  for (const slice of slices) {
    const port = slice.ports?.find((p) => (p.name ?? '') === portName && (p.protocol ?? 'TCP') === protocol)?.port;
    if (!port) continue;
    for (const endpoint of slice.endpoints ?? []) {
      const ip = endpoint.addresses[0] ?? '';
      const value = parseIp(ip);
      // Loopback and link-local addresses name something else on every node.
      if (value === undefined || value >>> 24 === 127 || value >>> 16 === 0xa9fe) continue;
      const backend = { ip, port, local: endpoint.nodeName === nodeName };
      const conditions = endpoint.conditions ?? {};
      // While a pod moves between slices it is in two; a ready entry wins.
      if (!found.has(`${ip}:${port}`) || conditions.ready !== false) {
        found.set(`${ip}:${port}`, { backend, conditions });
      }
    }
  }
  return [...found.values()].sort((a, b) => compareIps(a.backend, b.backend));
}

function serving(candidates: Candidate[]): Backend[] {
  const ready = candidates.filter(({ conditions }) => conditions.ready !== false);
  const chosen =
    ready.length > 0 ? ready : candidates.filter(({ conditions }) => conditions.serving && conditions.terminating);
  return chosen.map(({ backend }) => backend);
}

function compareIps(a: Backend, b: Backend): number {
  return (parseIp(a.ip) ?? 0) - (parseIp(b.ip) ?? 0) || a.port - b.port;
}
