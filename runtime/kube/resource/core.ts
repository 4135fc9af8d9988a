import type {
  ConfigMap,
  Endpoints,
  Event,
  LimitRange,
  Namespace,
  Node,
  PersistentVolume,
  PersistentVolumeClaim,
  Pod,
  PodTemplate,
  ReplicationController,
  ResourceQuota,
  Secret,
  Service,
  ServiceAccount,
} from '../generated/types';
import { resource } from './resource';

export const namespaces = resource<Namespace>('v1', 'Namespace', 'namespaces', false);
export const nodes = resource<Node>('v1', 'Node', 'nodes', false);
export const pods = resource<Pod>('v1', 'Pod', 'pods');
export const services = resource<Service>('v1', 'Service', 'services');
export const configMaps = resource<ConfigMap>('v1', 'ConfigMap', 'configmaps');
export const secrets = resource<Secret>('v1', 'Secret', 'secrets');
export const serviceAccounts = resource<ServiceAccount>('v1', 'ServiceAccount', 'serviceaccounts');
export const events = resource<Event>('v1', 'Event', 'events');
export const endpoints = resource<Endpoints>('v1', 'Endpoints', 'endpoints');
export const limitRanges = resource<LimitRange>('v1', 'LimitRange', 'limitranges');
export const persistentVolumes = resource<PersistentVolume>('v1', 'PersistentVolume', 'persistentvolumes', false);
export const persistentVolumeClaims = resource<PersistentVolumeClaim>(
  'v1',
  'PersistentVolumeClaim',
  'persistentvolumeclaims',
);
export const podTemplates = resource<PodTemplate>('v1', 'PodTemplate', 'podtemplates');
export const replicationControllers = resource<ReplicationController>(
  'v1',
  'ReplicationController',
  'replicationcontrollers',
);
export const resourceQuotas = resource<ResourceQuota>('v1', 'ResourceQuota', 'resourcequotas');
