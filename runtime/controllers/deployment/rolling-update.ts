import type { Deployment } from '../../kube/generated/types';
import {
  availableOf,
  byAge,
  desiredReplicas,
  maxSurge,
  maxUnavailable,
  type PlannedSet,
  replicasOf,
  scaleTo,
  sum,
} from './state';

/** The size of the new ReplicaSet that the surge allows. */
function newSetSize(deployment: Deployment, newSet: PlannedSet, oldSets: readonly PlannedSet[]): number {
  const wanted = desiredReplicas(deployment);
  const size = replicasOf(newSet);
  if (size >= wanted) return wanted;
  const room = wanted + maxSurge(deployment) - size - sum(oldSets, replicasOf);
  return room <= 0 ? size : size + Math.min(room, wanted - size);
}

/**
 * One step of a rolling update: the new set grows as far as the surge allows, the old ones shrink as far as
 * availability allows. Old pods that are not available go first: they serve nobody.
 */
export function rollingUpdate(deployment: Deployment, newSet: PlannedSet, oldSets: readonly PlannedSet[]): void {
  scaleTo(newSet, newSetSize(deployment, newSet, oldSets), deployment);
  const old = oldSets.filter((set) => replicasOf(set) > 0).sort(byAge);
  if (old.length === 0) return;
  const minAvailable = desiredReplicas(deployment) - maxUnavailable(deployment);
  const newUnavailable = replicasOf(newSet) - availableOf(newSet);
  const removable = sum(old, replicasOf) + replicasOf(newSet) - minAvailable - newUnavailable;
  if (removable <= 0) return;
  shrink(deployment, old, removable, (set) => replicasOf(set) - availableOf(set));
  const spare = sum([...old, newSet], availableOf) - minAvailable;
  if (spare > 0) shrink(deployment, old, spare, replicasOf);
}

/** Takes up to `budget` pods off the sets, oldest first, and from each at most what `most` allows. */
function shrink(deployment: Deployment, sets: PlannedSet[], budget: number, most: (set: PlannedSet) => number): void {
  let left = budget;
  for (const set of sets) {
    const count = Math.min(left, most(set));
    if (count <= 0) continue;
    scaleTo(set, replicasOf(set) - count, deployment);
    left -= count;
  }
}
