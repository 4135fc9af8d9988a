import { canonicalJson } from '../../kube/canonical-json';
import type { Endpoint, EndpointPort, EndpointSlice, Node, Pod, Service } from '../../kube/generated/types';
import { services } from '../../kube/resource';
import { equalJson } from '../../kube/schema-engine';
import { labels } from '../../kube/well-known';
import { controllerReference } from '../owners';
import { type AddressType, addressTypeOf, endpointOf, endpointPorts, hasEndpoint, labelsOf } from './endpoint';

export const managedBy = 'endpointslice-controller.k8s.io';
export const maxEndpoints = 100;

export interface SlicePlan {
  create: EndpointSlice[];
  update: EndpointSlice[];
  delete: EndpointSlice[];
}

interface Group {
  addressType: AddressType;
  ports: EndpointPort[];
  endpoints: Map<string, Endpoint>;
}

/**
 * What to write so that a Service's slices show its pods. An endpoint stays in the slice it is in; a new one goes
 * into a slice that is written anyway, else into the fullest with room, else into a new one.
 */
export function planSlices(
  service: Service,
  pods: readonly Pod[],
  nodeOf: (name: string) => Node | undefined,
  existing: readonly EndpointSlice[],
): SlicePlan {
  const groups = groupPods(service, pods, nodeOf);
  if (groups.size === 0) groups.set('', { addressType: 'IPv4', ports: [], endpoints: new Map() });
  const plan: SlicePlan = { create: [], update: [], delete: [] };
  const used = new Set<EndpointSlice>();
  for (const group of groups.values()) {
    const own = existing.filter((slice) => belongs(slice, group) && !slice.metadata.deletionTimestamp);
    for (const slice of own) used.add(slice);
    planGroup(service, group, own, plan);
  }
  plan.delete.push(...existing.filter((slice) => !used.has(slice) && !slice.metadata.deletionTimestamp));
  return plan;
}

function groupPods(
  service: Service,
  pods: readonly Pod[],
  nodeOf: (name: string) => Node | undefined,
): Map<string, Group> {
  const groups = new Map<string, Group>();
  for (const pod of pods) {
    if (!hasEndpoint(pod)) continue;
    const addressType = addressTypeOf(pod);
    const ports = endpointPorts(pod, service);
    const key = `${addressType} ${canonicalJson(ports)}`;
    const group = groups.get(key) ?? { addressType, ports, endpoints: new Map<string, Endpoint>() };
    groups.set(key, group);
    group.endpoints.set(pod.metadata.uid ?? '', endpointOf(pod, service, nodeOf(pod.spec?.nodeName ?? '')));
  }
  return groups;
}

function belongs(slice: EndpointSlice, group: Group): boolean {
  return slice.addressType === group.addressType && equalJson(slice.ports ?? [], group.ports);
}

function planGroup(service: Service, group: Group, own: readonly EndpointSlice[], plan: SlicePlan): void {
  const missing = new Map(group.endpoints);
  const slices = own.map((slice) => {
    const endpoints: Endpoint[] = [];
    for (const endpoint of slice.endpoints ?? []) {
      const uid = endpoint.targetRef?.uid ?? '';
      const wanted = missing.get(uid);
      if (!wanted) continue;
      missing.delete(uid);
      endpoints.push(equalJson(endpoint, wanted) ? endpoint : wanted);
    }
    const before = slice.endpoints ?? [];
    const same = endpoints.length === before.length && endpoints.every((endpoint, i) => endpoint === before[i]);
    return { slice, endpoints, changed: !same || !sameMetadata(slice, service) };
  });
  // Slices that change anyway come first, then the fullest.
  const open = [...slices].sort(
    (a, b) => Number(b.changed) - Number(a.changed) || b.endpoints.length - a.endpoints.length,
  );
  const rest = [...missing.values()];
  for (const entry of open) {
    const fits = rest.splice(0, maxEndpoints - entry.endpoints.length);
    if (fits.length === 0) continue;
    entry.endpoints.push(...fits);
    entry.changed = true;
  }
  while (rest.length > 0) plan.create.push(newSlice(service, group, rest.splice(0, maxEndpoints)));
  // One slice stays even when it is empty: its absence would mean that nobody has looked yet.
  const filled = slices.filter(({ endpoints }) => endpoints.length > 0);
  const kept = filled.length > 0 || plan.create.length > 0 ? filled : slices.slice(0, 1);
  for (const entry of slices) {
    if (!kept.includes(entry)) plan.delete.push(entry.slice);
    else if (entry.changed)
      plan.update.push({ ...entry.slice, ...headOf(entry.slice, service), endpoints: entry.endpoints });
  }
  if (kept.length === 0 && plan.create.length === 0) plan.create.push(newSlice(service, group, []));
}

function newSlice(service: Service, group: Group, endpoints: Endpoint[]): EndpointSlice {
  return {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: {
      generateName: `${service.metadata.name}-`,
      namespace: service.metadata.namespace,
      labels: sliceLabels(service),
      ownerReferences: [controllerReference(services, service)],
    },
    addressType: group.addressType,
    endpoints,
    ports: group.ports,
  };
}

function sliceLabels(service: Service): Record<string, string> {
  return {
    ...labelsOf(service),
    [labels.serviceName]: service.metadata.name ?? '',
    [labels.endpointSliceManagedBy]: managedBy,
  };
}

function sameMetadata(slice: EndpointSlice, service: Service): boolean {
  return equalJson(slice.metadata.labels, sliceLabels(service));
}

function headOf(slice: EndpointSlice, service: Service): Pick<EndpointSlice, 'metadata'> {
  return { metadata: { ...slice.metadata, labels: sliceLabels(service) } };
}
