import type { Deployment, DeploymentStatus, Pod, ReplicaSet } from '../../kube/generated/types';
import { conditionOf, isTerminal } from '../../kube/pod-status';
import { sameTemplate } from '../../kube/pod-template-hash';
import { revisionOf } from '../../kube/revision';
import { markAsNew, newReplicaSet } from './new-set';
import { isScaling, scale } from './proportional';
import { rollingUpdate } from './rolling-update';
import { byAge, desiredReplicas, isRollingUpdate, type PlannedSet, planned, replicasOf, scaleTo } from './state';
import {
  countStatus,
  deadlineIn,
  hasDeadline,
  isComplete,
  pauseConditions,
  rolloutConditions,
  setCondition,
} from './status';

export interface DeploymentState {
  deployment: Deployment;
  /** Those it controls. */
  replicaSets: readonly ReplicaSet[];
  /** The pods of those ReplicaSets. */
  pods: readonly Pod[];
  now: number;
}

export interface DeploymentPlan {
  create?: ReplicaSet;
  /** ReplicaSets as they are to be; `metadata.resourceVersion` tells what they were decided on. */
  update: ReplicaSet[];
  /** Old ReplicaSets beyond `revisionHistoryLimit`. */
  delete: ReplicaSet[];
  /** The Deployment's own revision, where a rollout has one. */
  revision?: bigint;
  status: DeploymentStatus;
  /** Sizes that change, for events: `Scaled up replica set web-1 from 0 to 3`. */
  scaled: Array<{ name: string; from: number; to: number }>;
  /** Look again then: a progress deadline. */
  requeueAfterMs?: number;
}

/** What to do next for a Deployment. Pure: everything it depends on is in `state`. */
export function decideDeployment({ deployment, replicaSets, pods, now }: DeploymentState): DeploymentPlan {
  const sets = replicaSets.map(planned).sort(byAge);
  const template = deployment.spec?.template;
  let newSet = sets.find((set) => sameTemplate(set.desired.spec?.template, template));
  const oldSets = sets.filter((set) => set !== newSet);
  const base: Deployment = { ...deployment, status: { ...deployment.status } };
  const status = base.status as DeploymentStatus;
  const deleting = deployment.metadata.deletionTimestamp !== undefined;
  const paused = deployment.spec?.paused ?? false;
  if (!deleting) pauseConditions(deployment, status, now);

  let revision: bigint | undefined;
  const rolling = !deleting && !paused && !isScaling(deployment, sets);
  if (rolling) {
    const isNew = !newSet;
    if (isRollingUpdate(deployment) || newSet || !hasRunning(pods, undefined)) {
      newSet ??= { current: undefined, desired: newReplicaSet(deployment) };
      revision = markAsNew(deployment, newSet, oldSets);
      noteNewSet(deployment, status, newSet, isNew, now);
    }
    if (isRollingUpdate(deployment)) rollingUpdate(deployment, newSet as PlannedSet, oldSets);
    else newSet = recreate(deployment, newSet, oldSets, pods);
    if (newSet && !newSet.current && replicasOf(newSet) === 0) scaleTo(newSet, 0, deployment);
  } else if (!deleting) {
    if (newSet) revision = markAsNew(deployment, newSet, oldSets);
    scale(deployment, newSet, oldSets);
  }

  const all = newSet ? [...oldSets, newSet] : oldSets;
  const desired = all.map((set) => set.desired);
  const next = countStatus(base, newSet?.desired, desired, now);
  if (rolling) rolloutConditions(base, next, newSet?.desired, desired, now);
  const mayCleanUp = !deleting && (paused || isComplete(deployment, next));
  const deadline = deadlineIn(deployment, next, now);
  return {
    create: newSet && !newSet.current ? newSet.desired : undefined,
    update: all.filter((set) => set.current && set.desired !== set.current).map((set) => set.desired),
    delete: mayCleanUp ? outdated(deployment, oldSets) : [],
    revision,
    status: next,
    scaled: all
      .map((set) => ({
        name: set.desired.metadata.name ?? '',
        from: set.current ? (set.current.spec?.replicas ?? 1) : 0,
        to: replicasOf(set),
      }))
      .filter(({ from, to }) => from !== to),
    requeueAfterMs: deadline === undefined ? undefined : Math.max(deadline, 0) + 1_000,
  };
}

/** Recreate: all old pods are gone before the first new one comes. */
function recreate(
  deployment: Deployment,
  newSet: PlannedSet | undefined,
  oldSets: readonly PlannedSet[],
  pods: readonly Pod[],
): PlannedSet | undefined {
  for (const set of oldSets) if (replicasOf(set) > 0) scaleTo(set, 0, deployment);
  if (!newSet || hasRunning(pods, newSet.current?.metadata.uid)) return newSet;
  scaleTo(newSet, desiredReplicas(deployment), deployment);
  return newSet;
}

/** Whether pods of other ReplicaSets than `uid` run still, on their way out or not. */
function hasRunning(pods: readonly Pod[], uid: string | undefined): boolean {
  return pods.some((pod) => {
    const owner = pod.metadata.ownerReferences?.find((reference) => reference.controller);
    return owner?.uid !== uid && !isTerminal(pod);
  });
}

function noteNewSet(
  deployment: Deployment,
  status: DeploymentStatus,
  newSet: PlannedSet,
  isNew: boolean,
  now: number,
): void {
  if (!hasDeadline(deployment)) return;
  const known = conditionOf({ status }, 'Progressing');
  const name = newSet.desired.metadata.name;
  const progressing = { type: 'Progressing', status: 'True' };
  if (isNew) {
    const message = `Created new replica set "${name}"`;
    setCondition(status, now, { ...progressing, reason: 'NewReplicaSetCreated', message });
  } else if (!known) {
    const message = `Found new replica set "${name}"`;
    setCondition(status, now, { ...progressing, reason: 'FoundNewReplicaSet', message });
  }
}

function outdated(deployment: Deployment, oldSets: readonly PlannedSet[]): ReplicaSet[] {
  const limit = deployment.spec?.revisionHistoryLimit ?? 10;
  const alive = oldSets.map(({ desired }) => desired).filter((set) => !set.metadata.deletionTimestamp);
  return alive
    .sort((a, b) => (revisionOf(a) < revisionOf(b) ? -1 : 1))
    .slice(0, Math.max(0, alive.length - limit))
    .filter(
      (set) =>
        (set.spec?.replicas ?? 0) === 0 &&
        (set.status?.replicas ?? 0) === 0 &&
        (set.metadata.generation ?? 0) <= (set.status?.observedGeneration ?? 0),
    );
}
