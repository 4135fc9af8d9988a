import type { Deployment } from '../../kube/generated/types';
import { annotations } from '../../kube/well-known';
import { byAge, desiredReplicas, isRollingUpdate, maxSurge, type PlannedSet, replicasOf, scaleTo, sum } from './state';

/** Whether the Deployment's size changed since the ReplicaSets were last scaled. */
export function isScaling(deployment: Deployment, sets: readonly PlannedSet[]): boolean {
  return sets.some((set) => {
    const noted = annotationNumber(set, annotations.deploymentDesiredReplicas);
    return replicasOf(set) > 0 && noted !== undefined && noted !== desiredReplicas(deployment);
  });
}

/**
 * Brings a Deployment's ReplicaSets to its new size without moving the rollout on: a single set takes it all, several
 * share the change in proportion to their sizes.
 */
export function scale(deployment: Deployment, newSet: PlannedSet | undefined, oldSets: readonly PlannedSet[]): void {
  const sets = newSet ? [newSet, ...oldSets] : [...oldSets];
  const wanted = desiredReplicas(deployment);
  const single = activeOrLatest(newSet, sets);
  if (single) {
    if (replicasOf(single) !== wanted) scaleTo(single, wanted, deployment);
    return;
  }
  if (newSet && isSaturated(deployment, newSet)) {
    for (const set of oldSets) if (replicasOf(set) > 0) scaleTo(set, 0, deployment);
    return;
  }
  if (isRollingUpdate(deployment)) shareOut(deployment, sets);
}

function activeOrLatest(newSet: PlannedSet | undefined, sets: PlannedSet[]): PlannedSet | undefined {
  const active = sets.filter((set) => replicasOf(set) > 0);
  if (active.length === 1) return active[0];
  if (active.length > 1) return undefined;
  return newSet ?? [...sets].sort(byAge).at(-1);
}

function isSaturated(deployment: Deployment, newSet: PlannedSet): boolean {
  const wanted = desiredReplicas(deployment);
  return (
    replicasOf(newSet) === wanted &&
    annotationNumber(newSet, annotations.deploymentDesiredReplicas) === wanted &&
    newSet.current?.status?.availableReplicas === wanted
  );
}

function shareOut(deployment: Deployment, sets: PlannedSet[]): void {
  const active = sets.filter((set) => replicasOf(set) > 0);
  const wanted = desiredReplicas(deployment);
  const allowed = wanted > 0 ? wanted + maxSurge(deployment) : 0;
  const change = allowed - sum(active, replicasOf);
  // The largest take the change first; of equals the newest when growing, the oldest when shrinking.
  active.sort((a, b) => replicasOf(b) - replicasOf(a) || (change > 0 ? byAge(b, a) : byAge(a, b)));
  let given = 0;
  const sizes = active.map((set) => {
    const part = proportion(deployment, set, change, given);
    given += part;
    return replicasOf(set) + part;
  });
  // What rounding left over goes to the first.
  if (change !== 0 && sizes.length > 0) sizes[0] = Math.max(0, (sizes[0] as number) + change - given);
  for (const [i, set] of active.entries()) scaleTo(set, sizes[i] as number, deployment);
}

function proportion(deployment: Deployment, set: PlannedSet, change: number, given: number): number {
  if (change === 0 || change === given) return 0;
  const part = fraction(deployment, set);
  return change > 0 ? Math.min(part, change - given) : Math.max(part, change - given);
}

function fraction(deployment: Deployment, set: PlannedSet): number {
  const size = replicasOf(set);
  const wanted = desiredReplicas(deployment);
  if (wanted === 0) return -size;
  const before = annotationNumber(set, annotations.deploymentMaxReplicas) ?? deployment.status?.replicas ?? 0;
  if (before === 0) return 0;
  return Math.round((size * (wanted + maxSurge(deployment))) / before) - size;
}

function annotationNumber(set: PlannedSet, name: string): number | undefined {
  const text = set.desired.metadata.annotations?.[name];
  return text !== undefined && /^\d+$/.test(text) ? Number(text) : undefined;
}
