import type { ControllerRevision, DaemonSet, Deployment, ReplicaSet, StatefulSet } from '../generated/types';
import { resource } from './resource';

export const deployments = resource<Deployment>('apps/v1', 'Deployment', 'deployments');
export const replicaSets = resource<ReplicaSet>('apps/v1', 'ReplicaSet', 'replicasets');
export const statefulSets = resource<StatefulSet>('apps/v1', 'StatefulSet', 'statefulsets');
export const daemonSets = resource<DaemonSet>('apps/v1', 'DaemonSet', 'daemonsets');
export const controllerRevisions = resource<ControllerRevision>('apps/v1', 'ControllerRevision', 'controllerrevisions');
