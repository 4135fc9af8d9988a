import { canonicalJson } from '../../kube/canonical-json';
import type { EndpointAddress, EndpointSubset, Endpoints, Pod, Service } from '../../kube/generated/types';
import { isPodReady, isTerminating } from '../../kube/pod-status';
import { annotations, labels } from '../../kube/well-known';
import { endpointPorts, hasEndpoint, hostnameIn, labelsOf } from '../endpointslice/endpoint';

export const managedBy = 'endpoint-controller';
/** Addresses that one Endpoints object holds; what is more stands in EndpointSlices alone. As in Kubernetes. */
export const maxAddresses = 1000;

/** The Endpoints of a Service as its pods make them. */
export function endpointsOf(service: Service, pods: readonly Pod[]): Endpoints {
  const { subsets, truncated } = truncate(subsetsOf(service, pods));
  return {
    apiVersion: 'v1',
    kind: 'Endpoints',
    metadata: {
      namespace: service.metadata.namespace,
      name: service.metadata.name,
      labels: { ...labelsOf(service), [labels.endpointsManagedBy]: managedBy },
      ...(truncated ? { annotations: { [annotations.overCapacity]: 'truncated' } } : {}),
    },
    ...(subsets.length > 0 ? { subsets } : {}),
  };
}

/** One subset for all pods that have the same ports, in an order that depends on nothing but their content. */
function subsetsOf(service: Service, pods: readonly Pod[]): EndpointSubset[] {
  const early = service.spec?.publishNotReadyAddresses ?? false;
  const byPorts = new Map<string, Required<EndpointSubset>>();
  for (const pod of pods) {
    if (!hasEndpoint(pod) || (isTerminating(pod) && !early)) continue;
    const ports = endpointPorts(pod, service);
    if (ports.length === 0 && (service.spec?.ports ?? []).length > 0) continue;
    const key = canonicalJson(ports);
    const subset = byPorts.get(key) ?? {
      addresses: [],
      notReadyAddresses: [],
      ports: ports.map(({ port = 0, ...rest }) => ({ ...rest, port })),
    };
    byPorts.set(key, subset);
    const list = early || isPodReady(pod) ? subset.addresses : subset.notReadyAddresses;
    list.push(addressOf(pod, service));
  }
  return [...byPorts]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([, subset]) => shape(subset.addresses.sort(byIp), subset.notReadyAddresses.sort(byIp), subset.ports));
}

function addressOf(pod: Pod, service: Service): EndpointAddress {
  const { namespace, name, uid } = pod.metadata;
  return {
    ip: pod.status?.podIP ?? '',
    ...hostnameIn(pod, service),
    ...(pod.spec?.nodeName ? { nodeName: pod.spec.nodeName } : {}),
    targetRef: { kind: 'Pod', namespace, name, uid },
  };
}

function byIp(a: EndpointAddress, b: EndpointAddress): number {
  return a.ip < b.ip ? -1 : 1;
}

function shape(
  addresses: EndpointAddress[],
  notReadyAddresses: EndpointAddress[],
  ports: EndpointSubset['ports'] = [],
): EndpointSubset {
  return {
    ...(addresses.length > 0 ? { addresses } : {}),
    ...(notReadyAddresses.length > 0 ? { notReadyAddresses } : {}),
    ...(ports.length > 0 ? { ports } : {}),
  };
}

/** At most `maxAddresses`, of which the ready ones come first. */
function truncate(subsets: EndpointSubset[]): { subsets: EndpointSubset[]; truncated: boolean } {
  const all = subsets.flatMap(({ addresses = [], notReadyAddresses = [] }) => [...addresses, ...notReadyAddresses]);
  if (all.length <= maxAddresses) return { subsets, truncated: false };
  let room = maxAddresses;
  const take = (list: EndpointAddress[] = []) => {
    const taken = list.slice(0, room);
    room -= taken.length;
    return taken;
  };
  const ready = subsets.map(({ addresses }) => take(addresses));
  const notReady = subsets.map(({ notReadyAddresses }) => take(notReadyAddresses));
  const kept = subsets.map(({ ports }, i) => shape(ready[i] ?? [], notReady[i] ?? [], ports));
  return { subsets: kept.filter((subset) => subset.addresses || subset.notReadyAddresses), truncated: true };
}
