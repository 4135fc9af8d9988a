import type {
  ConfigMap,
  Deployment,
  EndpointSlice,
  Event,
  Lease,
  Namespace,
  Node,
  Pod,
  ReplicaSet,
  Secret,
  Service,
  ServiceAccount,
} from './generated/types';
import type { AnyObject, KubeObject } from './object';

/** Where a kind is served: what a client needs to build a path and type the answer. */
export interface Resource<T extends KubeObject = AnyObject> {
  group: string;
  version: string;
  kind: string;
  plural: string;
  namespaced: boolean;
  /** Carries T for the compiler; never set. */
  readonly _type?: T;
}

function resource<T extends KubeObject>(
  apiVersion: string,
  kind: string,
  plural: string,
  namespaced = true,
): Resource<T> {
  const [group, version] = apiVersion.includes('/') ? apiVersion.split('/') : ['', apiVersion];
  return { group: group as string, version: version as string, kind, plural, namespaced };
}

export const namespaces = resource<Namespace>('v1', 'Namespace', 'namespaces', false);
export const nodes = resource<Node>('v1', 'Node', 'nodes', false);
export const pods = resource<Pod>('v1', 'Pod', 'pods');
export const services = resource<Service>('v1', 'Service', 'services');
export const configMaps = resource<ConfigMap>('v1', 'ConfigMap', 'configmaps');
export const secrets = resource<Secret>('v1', 'Secret', 'secrets');
export const serviceAccounts = resource<ServiceAccount>('v1', 'ServiceAccount', 'serviceaccounts');
export const events = resource<Event>('v1', 'Event', 'events');
export const deployments = resource<Deployment>('apps/v1', 'Deployment', 'deployments');
export const replicaSets = resource<ReplicaSet>('apps/v1', 'ReplicaSet', 'replicasets');
export const endpointSlices = resource<EndpointSlice>('discovery.k8s.io/v1', 'EndpointSlice', 'endpointslices');
export const leases = resource<Lease>('coordination.k8s.io/v1', 'Lease', 'leases');

/** `v1` or `group/version`. */
export function apiVersionOf(resource: Pick<Resource, 'group' | 'version'>): string {
  return resource.group ? `${resource.group}/${resource.version}` : resource.version;
}
