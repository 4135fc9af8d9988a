import type { Node, NodeCondition, Pod, Taint } from '../../kube/generated/types';
import { conditionOf } from '../../kube/pod-status';
import { toleratesTaint, tolerationSeconds } from '../../kube/taints';
import { taints as keys } from '../../kube/well-known';
import { rfc3339 } from '../../util/clock';

/** Conditions an agent keeps up; without it nothing is known of them. */
const heartbeatConditions = ['Ready', 'MemoryPressure', 'DiskPressure', 'PIDPressure'];

/** The conditions of a node that is lost: Unknown. Returns the same list when they are so already. */
export function unknownConditions(node: Node, now: number): NodeCondition[] {
  const known = node.status?.conditions ?? [];
  let changed = false;
  const next = [...known];
  for (const type of heartbeatConditions) {
    const i = next.findIndex((condition) => condition.type === type);
    const old = next[i];
    if (old?.status === 'Unknown') continue;
    changed = true;
    const never = !old;
    const condition: NodeCondition = {
      ...old,
      type,
      status: 'Unknown',
      reason: never ? 'NodeStatusNeverUpdated' : 'NodeStatusUnknown',
      message: never ? 'Kubelet never posted node status.' : 'Kubelet stopped posting node status.',
      lastTransitionTime: rfc3339(now),
    };
    if (i < 0) next.push(condition);
    else next[i] = condition;
  }
  return changed ? next : known;
}

/**
 * The conditions of a node that is back, as its agent last told them: it tells only what changes. Undefined when they
 * are no longer those that this controller wrote.
 */
export function restoredConditions(
  node: Node,
  before: readonly NodeCondition[],
  now: number,
): NodeCondition[] | undefined {
  const current = node.status?.conditions ?? [];
  if (conditionOf(node, 'Ready')?.reason !== 'NodeStatusUnknown') return undefined;
  return current.map((condition) => {
    const old = before.find(({ type }) => type === condition.type);
    if (condition.status !== 'Unknown' || !old || old.status === 'Unknown') return condition;
    return { ...old, lastTransitionTime: rfc3339(now) };
  });
}

const managedKeys = new Set<string>([
  keys.notReady,
  keys.unreachable,
  keys.memoryPressure,
  keys.diskPressure,
  keys.pidPressure,
  keys.networkUnavailable,
  keys.unschedulable,
]);

/**
 * The node's taints with those its conditions call for, and without those they no longer do; undefined when they are
 * so already.
 */
export function wantedTaints(node: Node, lost: boolean, now: number): Taint[] | undefined {
  const present = node.spec?.taints ?? [];
  const wanted = conditionTaints(node, lost);
  const kept = present.filter((taint) => !managedKeys.has(taint.key) || wanted.some((other) => same(taint, other)));
  const added = wanted.filter((taint) => !present.some((other) => same(taint, other)));
  if (added.length === 0 && kept.length === present.length) return undefined;
  const timeAdded = rfc3339(now);
  return [...kept, ...added.map((taint) => (taint.effect === 'NoExecute' ? { ...taint, timeAdded } : taint))];
}

function conditionTaints(node: Node, lost: boolean): Taint[] {
  const is = (type: string) => conditionOf(node, type)?.status;
  const wanted: Taint[] = [];
  const both = (key: string) => wanted.push({ key, effect: 'NoSchedule' }, { key, effect: 'NoExecute' });
  if (lost || is('Ready') === 'Unknown') both(keys.unreachable);
  else if (is('Ready') === 'False') both(keys.notReady);
  // A new node has it from admission, until it says for the first time that it is ready.
  else if (is('Ready') === undefined && isNew(node)) wanted.push({ key: keys.notReady, effect: 'NoSchedule' });
  const alone = (key: string) => wanted.push({ key, effect: 'NoSchedule' });
  if (is('MemoryPressure') === 'True') alone(keys.memoryPressure);
  if (is('DiskPressure') === 'True') alone(keys.diskPressure);
  if (is('PIDPressure') === 'True') alone(keys.pidPressure);
  if (is('NetworkUnavailable') === 'True') alone(keys.networkUnavailable);
  if (node.spec?.unschedulable) alone(keys.unschedulable);
  return wanted;
}

function isNew(node: Node): boolean {
  return node.spec?.taints?.some(({ key, effect }) => key === keys.notReady && effect === 'NoSchedule') ?? false;
}

function same(a: Taint, b: Taint): boolean {
  return a.key === b.key && a.effect === b.effect;
}

/**
 * An agent that is alive and says that its node is not ready is mostly just starting, and its containers run on: pods
 * that tolerate nothing stay this long. A lost node's pods leave at once.
 */
const NOT_READY_SECONDS = 30;

/** Milliseconds until a pod must leave its node for its NoExecute taints; undefined when it may stay. */
export function evictionDelay(pod: Pod, node: Node, now: number): number | undefined {
  const waits = (node.spec?.taints ?? [])
    .filter((taint) => taint.effect === 'NoExecute')
    .map((taint) => {
      const starting = taint.key === keys.notReady && !toleratesTaint(pod.spec?.tolerations, taint);
      const seconds = starting ? NOT_READY_SECONDS : tolerationSeconds(pod.spec?.tolerations, taint);
      if (seconds === 0) return 0;
      return Date.parse(taint.timeAdded ?? rfc3339(now)) + seconds * 1000 - now;
    });
  const first = Math.min(...waits);
  return Number.isFinite(first) ? Math.max(0, first) : undefined;
}
