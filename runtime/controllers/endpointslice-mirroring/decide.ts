import { isIPv6 } from 'node:net';
import type { Endpoint, EndpointAddress, EndpointSlice, Endpoints, Service } from '../../kube/generated/types';
import { endpoints as endpointsResource } from '../../kube/resource';
import { equalJson } from '../../kube/schema-engine';
import { annotations, labels } from '../../kube/well-known';
import { controllerReference } from '../owners';
import { repack } from './repack';

export const managedBy = 'endpointslicemirroring-controller.k8s.io';
/** As in Kubernetes: of one subset no more is mirrored. */
const maxPerSubset = 1000;

/** Whether Endpoints are somebody's own and their Service has no other source of addresses. */
export function isMirrored(object: Endpoints, service: Service | undefined): boolean {
  if (!service || service.metadata.deletionTimestamp || Object.keys(service.spec?.selector ?? {}).length > 0)
    return false;
  const { labels: has = {}, annotations: notes = {}, deletionTimestamp } = object.metadata;
  return !deletionTimestamp && has[labels.skipMirror] !== 'true' && notes[annotations.leader] === undefined;
}

/** The slices that mirror Endpoints: one for each set of ports, as `repack` has them, and family of addresses. */
export function mirrorsOf(object: Endpoints): EndpointSlice[] {
  const slices: EndpointSlice[] = [];
  for (const { addresses = [], notReadyAddresses = [], ports = [] } of repack(object.subsets ?? [])) {
    const all = [
      ...addresses.map((address) => endpointOf(address, true)),
      ...notReadyAddresses.map((address) => endpointOf(address, false)),
    ].slice(0, maxPerSubset);
    for (const addressType of ['IPv4', 'IPv6'] as const) {
      const own = all.filter(({ addresses: [ip = ''] }) => isIPv6(ip) === (addressType === 'IPv6'));
      if (own.length === 0) continue;
      slices.push({
        apiVersion: 'discovery.k8s.io/v1',
        kind: 'EndpointSlice',
        metadata: {
          generateName: `${object.metadata.name}-`,
          namespace: object.metadata.namespace,
          labels: mirrorLabels(object),
          annotations: mirrorAnnotations(object),
          ownerReferences: [controllerReference(endpointsResource, object)],
        },
        addressType,
        endpoints: own,
        ports: ports.map(({ name = '', protocol = 'TCP', ...rest }) => ({ name, protocol, ...rest })),
      });
    }
  }
  return slices;
}

function endpointOf({ ip, hostname, nodeName, targetRef }: EndpointAddress, ready: boolean): Endpoint {
  return {
    addresses: [ip],
    conditions: { ready },
    ...(hostname ? { hostname } : {}),
    ...(nodeName ? { nodeName } : {}),
    ...(targetRef ? { targetRef } : {}),
  };
}

function mirrorLabels({ metadata }: Endpoints): Record<string, string> {
  return {
    ...metadata.labels,
    [labels.serviceName]: metadata.name ?? '',
    [labels.endpointSliceManagedBy]: managedBy,
  };
}

/** All but what tells of the Endpoints' own writes. */
function mirrorAnnotations({ metadata }: Endpoints): Record<string, string> {
  const { [annotations.lastChange]: _, [annotations.lastApplied]: __, ...mirrored } = metadata.annotations ?? {};
  return mirrored;
}

export interface MirrorPlan {
  create: EndpointSlice[];
  update: EndpointSlice[];
  delete: EndpointSlice[];
}

/** What to write so that `existing` become `wanted`; a slice of the same ports is changed rather than made anew. */
export function planMirrors(wanted: readonly EndpointSlice[], existing: readonly EndpointSlice[]): MirrorPlan {
  const left = existing.filter(({ metadata }) => !metadata.deletionTimestamp);
  const plan: MirrorPlan = { create: [], update: [], delete: left };
  for (const slice of wanted) {
    const at = left.findIndex(
      (other) => other.addressType === slice.addressType && equalJson(other.ports ?? [], slice.ports ?? []),
    );
    const [found] = at < 0 ? [] : left.splice(at, 1);
    if (!found) plan.create.push(slice);
    else if (!isMirror(found, slice)) {
      const { labels, annotations } = slice.metadata;
      plan.update.push({ ...slice, metadata: { ...found.metadata, labels, annotations } });
    }
  }
  return plan;
}

function isMirror(slice: EndpointSlice, wanted: EndpointSlice): boolean {
  const said = ({ endpoints, metadata }: EndpointSlice) => [
    endpoints,
    metadata.labels ?? {},
    metadata.annotations ?? {},
  ];
  return equalJson(said(slice), said(wanted));
}
