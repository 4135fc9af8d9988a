import type { Pod, ReplicaSetCondition, ReplicaSetStatus } from '../../kube/generated/types';
import {
  conditionOf,
  isPodActive,
  isPodAvailable,
  isPodReady,
  isTerminal,
  isTerminating,
  withCondition,
} from '../../kube/pod-status';
import { selectsLabels } from '../../kube/selector';
import { rfc3339 } from '../../util/clock';
import { podsToDelete } from './rank';
import type { Replicated } from './replicated';

/** At most this many creations or deletions in one reconcile. */
const BURST = 500;

export interface ReplicaPlan {
  create: number;
  delete: Pod[];
}

/** How the pods that an object controls differ from what it asks for. */
export function planReplicas(replicated: Replicated, pods: readonly Pod[]): ReplicaPlan {
  const active = pods.filter(isPodActive);
  const difference = (replicated.spec?.replicas ?? 1) - active.length;
  if (difference >= 0) return { create: Math.min(difference, BURST), delete: [] };
  return { create: 0, delete: podsToDelete(active, Math.min(-difference, BURST)) };
}

export interface ManageFailure {
  reason: 'FailedCreate' | 'FailedDelete';
  message: string;
}

/** The status that goes with `pods`; `failure` is what went wrong in this reconcile, if anything did. */
export function replicaSetStatus(
  replicated: Replicated,
  pods: readonly Pod[],
  failure: ManageFailure | undefined,
  now: number,
): ReplicaSetStatus {
  const { spec, metadata } = replicated;
  const active = pods.filter(isPodActive);
  const templateLabels = { matchLabels: spec?.template?.metadata?.labels ?? {} };
  const count = (test: (pod: Pod) => boolean) => active.filter(test).length || undefined;
  const conditions = failureCondition(replicated, failure, now);
  return {
    replicas: active.length,
    fullyLabeledReplicas: count((pod) => selectsLabels(templateLabels, pod.metadata.labels)),
    readyReplicas: count(isPodReady),
    availableReplicas: count((pod) => isPodAvailable(pod, spec?.minReadySeconds ?? 0, now)),
    terminatingReplicas: pods.filter((pod) => isTerminating(pod) && !isTerminal(pod)).length,
    observedGeneration: metadata.generation,
    ...(conditions.length ? { conditions } : {}),
  };
}

function failureCondition(
  replicated: Replicated,
  failure: ManageFailure | undefined,
  now: number,
): ReplicaSetCondition[] {
  const conditions = replicated.status?.conditions ?? [];
  const known = conditionOf(replicated, 'ReplicaFailure');
  if (!failure) return known ? conditions.filter((condition) => condition !== known) : conditions;
  if (known) return conditions;
  return withCondition<ReplicaSetCondition>(
    conditions,
    { type: 'ReplicaFailure', status: 'True', ...failure },
    rfc3339(now),
  );
}

/** Milliseconds until the next ready pod counts as available; undefined when none waits for that. */
export function nextAvailability(replicated: Replicated, pods: readonly Pod[], now: number): number | undefined {
  const minReadyMs = (replicated.spec?.minReadySeconds ?? 0) * 1000;
  if (minReadyMs === 0) return undefined;
  const waits = pods
    .filter((pod) => isPodActive(pod) && isPodReady(pod))
    .map((pod) => Date.parse(conditionOf(pod, 'Ready')?.lastTransitionTime ?? '') + minReadyMs - now)
    .filter((wait) => wait > 0);
  return waits.length ? Math.min(...waits) : undefined;
}
