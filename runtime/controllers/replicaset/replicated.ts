import type {
  LabelSelector,
  PodTemplateSpec,
  ReplicaSet,
  ReplicaSetCondition,
  ReplicaSetStatus,
  ReplicationController,
} from '../../kube/generated/types';
import type { KubeObject } from '../../kube/object';
import { type Resource, replicaSets, replicationControllers } from '../../kube/resource';

/** An object that asks for a number of pods of a template. */
export interface Replicated extends KubeObject {
  spec?: { replicas?: number; minReadySeconds?: number; template?: PodTemplateSpec };
  status?: { conditions?: ReplicaSetCondition[] };
}

/** What differs between the kinds whose objects keep a number of pods. */
export interface ReplicatedKind<T extends Replicated> {
  resource: Resource<T>;
  /** Who acts, in events and logs. */
  component: string;
  selectorOf(object: T): LabelSelector | undefined;
  statusOf(status: ReplicaSetStatus): NonNullable<T['status']>;
}

export const replicatedByReplicaSet: ReplicatedKind<ReplicaSet> = {
  resource: replicaSets,
  component: 'replicaset-controller',
  selectorOf: ({ spec }) => spec?.selector,
  statusOf: (status) => status,
};

export const replicatedByReplicationController: ReplicatedKind<ReplicationController> = {
  resource: replicationControllers,
  component: 'replication-controller',
  selectorOf: ({ spec }) => (spec?.selector ? { matchLabels: spec.selector } : undefined),
  statusOf: ({ terminatingReplicas: _unknownHere, ...status }) => status,
};
