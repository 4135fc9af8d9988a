import type { Deployment, DeploymentCondition, DeploymentStatus, ReplicaSet } from '../../kube/generated/types';
import { conditionOf } from '../../kube/pod-status';
import { rfc3339 } from '../../util/clock';
import { desiredReplicas, maxUnavailable } from './state';

/** The largest int32: "no deadline", as Kubernetes spells it. */
const NO_DEADLINE = 2147483647;

export function hasDeadline(deployment: Deployment): boolean {
  const seconds = deployment.spec?.progressDeadlineSeconds;
  return seconds !== undefined && seconds !== NO_DEADLINE;
}

/** Counts and the Available condition, from what the ReplicaSets report. Conditions not known here are kept. */
export function countStatus(
  deployment: Deployment,
  newSet: ReplicaSet | undefined,
  sets: readonly ReplicaSet[],
  now: number,
): DeploymentStatus {
  const total = (value: (set: ReplicaSet) => number | undefined) =>
    sets.reduce((count, set) => count + (value(set) ?? 0), 0);
  const available = total((set) => set.status?.availableReplicas);
  const status: DeploymentStatus = {
    observedGeneration: deployment.metadata.generation,
    replicas: total((set) => set.status?.replicas) || undefined,
    updatedReplicas: newSet?.status?.replicas || undefined,
    readyReplicas: total((set) => set.status?.readyReplicas) || undefined,
    availableReplicas: available || undefined,
    unavailableReplicas: Math.max(0, total((set) => set.spec?.replicas) - available) || undefined,
    terminatingReplicas: total((set) => set.status?.terminatingReplicas),
    conditions: deployment.status?.conditions ?? [],
    ...(deployment.status?.collisionCount === undefined ? {} : { collisionCount: deployment.status.collisionCount }),
  };
  const enough = available >= desiredReplicas(deployment) - maxUnavailable(deployment);
  setCondition(status, now, {
    type: 'Available',
    status: enough ? 'True' : 'False',
    reason: enough ? 'MinimumReplicasAvailable' : 'MinimumReplicasUnavailable',
    message: enough ? 'Deployment has minimum availability.' : 'Deployment does not have minimum availability.',
  });
  return status;
}

/** Sets a condition in place. Status and reason the same: nothing changes. Only a new status moves the transition. */
export function setCondition(status: DeploymentStatus, now: number, condition: DeploymentCondition): void {
  const known = conditionOf({ status }, condition.type);
  if (known && known.status === condition.status && known.reason === condition.reason) return;
  replaceCondition(status, now, condition);
}

/** Sets a condition in place with a new update time, even where nothing else changed. */
function replaceCondition(status: DeploymentStatus, now: number, condition: DeploymentCondition): void {
  const known = conditionOf({ status }, condition.type);
  const time = rfc3339(now);
  const next = {
    ...condition,
    lastUpdateTime: time,
    lastTransitionTime: known?.status === condition.status ? known.lastTransitionTime : time,
  };
  status.conditions = [...(status.conditions ?? []).filter((other) => other !== known), next];
}

function removeCondition(status: DeploymentStatus, type: string): void {
  status.conditions = (status.conditions ?? []).filter((condition) => condition.type !== type);
}

/** Every replica is of the new template and available, and nothing else is left. */
export function isComplete(deployment: Deployment, status: DeploymentStatus): boolean {
  const wanted = desiredReplicas(deployment);
  return (
    (status.updatedReplicas ?? 0) === wanted &&
    (status.replicas ?? 0) === wanted &&
    (status.availableReplicas ?? 0) === wanted &&
    (status.observedGeneration ?? 0) >= (deployment.metadata.generation ?? 0)
  );
}

function hasProgressed(old: DeploymentStatus | undefined, status: DeploymentStatus): boolean {
  const of = (value: number | undefined) => value ?? 0;
  const oldPods = (each: DeploymentStatus | undefined) => of(each?.replicas) - of(each?.updatedReplicas);
  return (
    of(status.updatedReplicas) > of(old?.updatedReplicas) ||
    oldPods(status) < oldPods(old) ||
    of(status.readyReplicas) > of(old?.readyReplicas) ||
    of(status.availableReplicas) > of(old?.availableReplicas)
  );
}

/** The Progressing and ReplicaFailure conditions of a rollout under way, in place. */
export function rolloutConditions(
  deployment: Deployment,
  status: DeploymentStatus,
  newSet: ReplicaSet | undefined,
  sets: readonly ReplicaSet[],
  now: number,
): void {
  const subject = newSet ? `ReplicaSet "${newSet.metadata.name}"` : `Deployment "${deployment.metadata.name}"`;
  const known = conditionOf({ status }, 'Progressing');
  const settled =
    (status.replicas ?? 0) === (status.updatedReplicas ?? 0) && known?.reason === 'NewReplicaSetAvailable';
  if (!hasDeadline(deployment)) removeCondition(status, 'Progressing');
  else if (!settled) {
    const progressing = { type: 'Progressing', status: 'True' };
    if (isComplete(deployment, status)) {
      const message = `${subject} has successfully progressed.`;
      setCondition(status, now, { ...progressing, reason: 'NewReplicaSetAvailable', message });
    } else if (hasProgressed(deployment.status, status)) {
      const message = `${subject} is progressing.`;
      replaceCondition(status, now, { ...progressing, reason: 'ReplicaSetUpdated', message });
    } else if (isTimedOut(deployment, status, now)) {
      const message = `${subject} has timed out progressing.`;
      setCondition(status, now, { type: 'Progressing', status: 'False', reason: 'ProgressDeadlineExceeded', message });
    }
  }
  const failure = sets.map((set) => conditionOf(set, 'ReplicaFailure')).find((condition) => condition !== undefined);
  if (failure) setCondition(status, now, { ...failure });
  else removeCondition(status, 'ReplicaFailure');
}

function isTimedOut(deployment: Deployment, status: DeploymentStatus, now: number): boolean {
  const wait = deadlineIn(deployment, status, now);
  return conditionOf({ status }, 'Progressing')?.reason === 'ProgressDeadlineExceeded' || (wait ?? 1) <= 0;
}

/** Milliseconds until the rollout's deadline; undefined when none runs. */
export function deadlineIn(deployment: Deployment, status: DeploymentStatus, now: number): number | undefined {
  if (!hasDeadline(deployment) || deployment.spec?.paused) return undefined;
  const progressing = conditionOf({ status }, 'Progressing');
  if (!progressing?.lastUpdateTime) return undefined;
  if (['NewReplicaSetAvailable', 'ProgressDeadlineExceeded'].includes(progressing.reason ?? '')) return undefined;
  const seconds = deployment.spec?.progressDeadlineSeconds ?? 600;
  return Date.parse(progressing.lastUpdateTime) + seconds * 1000 - now;
}

/** Marks in Progressing that the Deployment was paused or resumed, so that a pause counts against no deadline. */
export function pauseConditions(deployment: Deployment, status: DeploymentStatus, now: number): void {
  if (!hasDeadline(deployment)) return;
  const reason = conditionOf({ status }, 'Progressing')?.reason;
  if (reason === 'ProgressDeadlineExceeded') return;
  const unknown = { type: 'Progressing', status: 'Unknown' };
  if (deployment.spec?.paused && reason !== 'DeploymentPaused') {
    setCondition(status, now, { ...unknown, reason: 'DeploymentPaused', message: 'Deployment is paused' });
  } else if (!deployment.spec?.paused && reason === 'DeploymentPaused') {
    setCondition(status, now, { ...unknown, reason: 'DeploymentResumed', message: 'Deployment is resumed' });
  }
}
