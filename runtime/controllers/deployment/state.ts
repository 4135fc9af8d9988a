import type { Deployment, ReplicaSet } from '../../kube/generated/types';
import { annotations } from '../../kube/well-known';

/** A ReplicaSet as a decision wants it to be. */
export interface PlannedSet {
  /** As it is; undefined for the one that is to be created. */
  current: ReplicaSet | undefined;
  /** As it is to be; the same object as `current` while nothing changes. */
  desired: ReplicaSet;
}

export function planned(current: ReplicaSet): PlannedSet {
  return { current, desired: current };
}

export function replicasOf(set: PlannedSet): number {
  return set.desired.spec?.replicas ?? 1;
}

export function desiredReplicas(deployment: Deployment): number {
  return deployment.spec?.replicas ?? 1;
}

/**
 * Available pods that will still be there once the set has as many as is wanted now. Its status may be older than its
 * size: what was scaled away must not count.
 */
export function availableOf(set: PlannedSet): number {
  return Math.min(set.current?.status?.availableReplicas ?? 0, replicasOf(set), set.current?.spec?.replicas ?? 0);
}

export function sum(sets: readonly PlannedSet[], value: (set: PlannedSet) => number): number {
  return sets.reduce((total, set) => total + value(set), 0);
}

/** Scales a set, noting for a later proportional scaling what the Deployment asked for. Returns whether it changed. */
export function scaleTo(set: PlannedSet, replicas: number, deployment: Deployment): boolean {
  const noted = {
    [annotations.deploymentDesiredReplicas]: String(desiredReplicas(deployment)),
    [annotations.deploymentMaxReplicas]: String(desiredReplicas(deployment) + maxSurge(deployment)),
  };
  const { metadata, spec } = set.desired;
  const before = metadata.annotations ?? {};
  const same = Object.entries(noted).every(([key, value]) => before[key] === value);
  if (same && replicasOf(set) === replicas) return false;
  set.desired = {
    ...set.desired,
    metadata: { ...metadata, annotations: { ...before, ...noted } },
    spec: { ...(spec as NonNullable<ReplicaSet['spec']>), replicas },
  };
  return true;
}

export function isRollingUpdate(deployment: Deployment): boolean {
  return (deployment.spec?.strategy?.type ?? 'RollingUpdate') === 'RollingUpdate';
}

/** Pods above `spec.replicas` that a rolling update may have; a percentage is rounded up. */
export function maxSurge(deployment: Deployment): number {
  return isRollingUpdate(deployment) ? fenceposts(deployment).surge : 0;
}

/** Pods below `spec.replicas` that may be unavailable; a percentage is rounded down. */
export function maxUnavailable(deployment: Deployment): number {
  if (!isRollingUpdate(deployment)) return 0;
  return Math.min(fenceposts(deployment).unavailable, desiredReplicas(deployment));
}

function fenceposts(deployment: Deployment): { surge: number; unavailable: number } {
  const { maxSurge: most = '25%', maxUnavailable: least = '25%' } = deployment.spec?.strategy?.rollingUpdate ?? {};
  const replicas = desiredReplicas(deployment);
  const surge = resolve(most, replicas, Math.ceil);
  const unavailable = resolve(least, replicas, Math.floor);
  // Percentages of few replicas may both come to nothing, and then no update could ever start.
  return surge === 0 && unavailable === 0 ? { surge, unavailable: 1 } : { surge, unavailable };
}

function resolve(value: number | string, of: number, round: (value: number) => number): number {
  if (typeof value === 'number') return value;
  return round((Number.parseInt(value, 10) * of) / 100);
}

/** Oldest first; of equal age, by name. */
export function byAge(a: PlannedSet, b: PlannedSet): number {
  const [x, y] = [a.desired.metadata, b.desired.metadata];
  const age = Date.parse(x.creationTimestamp ?? '') - Date.parse(y.creationTimestamp ?? '');
  return age || ((x.name ?? '') < (y.name ?? '') ? -1 : 1);
}
