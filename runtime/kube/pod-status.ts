import type { Pod, PodCondition } from './generated/types';

/** What the condition helpers need of a condition, whichever kind it belongs to. */
interface AnyCondition {
  type: string;
  status: string;
  reason?: string;
  message?: string;
  lastTransitionTime?: string;
}

/** The condition of the given type, in the status of any kind. */
export function conditionOf<C extends AnyCondition>(
  object: { status?: { conditions?: C[] } },
  type: string,
): C | undefined {
  return object.status?.conditions?.find((condition) => condition.type === type);
}

export function isConditionTrue(object: { status?: { conditions?: AnyCondition[] } }, type: string): boolean {
  return conditionOf(object, type)?.status === 'True';
}

/**
 * The conditions with `condition` set. `lastTransitionTime` becomes `now` (RFC 3339) only where the status changed;
 * the list is returned as it is when nothing would change, so that callers can skip a write.
 */
export function withCondition<C extends AnyCondition>(conditions: C[] | undefined, condition: C, now: string): C[] {
  const list = conditions ?? [];
  const old = list.find((c) => c.type === condition.type);
  if (!old) return [...list, { ...condition, lastTransitionTime: now }];
  const next = { ...condition, lastTransitionTime: old.status === condition.status ? old.lastTransitionTime : now };
  const keys = new Set([...Object.keys(old), ...Object.keys(next)]) as Set<keyof C>;
  if ([...keys].every((key) => old[key] === next[key])) return list;
  return list.map((c) => (c === old ? next : c));
}

/** Ready as Services and controllers count it. */
export function isPodReady(pod: Pod): boolean {
  return isConditionTrue(pod, 'Ready');
}

/** Ready for at least `minReadySeconds`. */
export function isPodAvailable(pod: Pod, minReadySeconds: number, now: number): boolean {
  const ready = conditionOf<PodCondition>(pod, 'Ready');
  if (ready?.status !== 'True') return false;
  if (minReadySeconds === 0) return true;
  return ready.lastTransitionTime !== undefined && Date.parse(ready.lastTransitionTime) + minReadySeconds * 1000 <= now;
}

/** Succeeded or Failed: the pod will never run again. */
export function isTerminal(pod: Pod): boolean {
  return pod.status?.phase === 'Succeeded' || pod.status?.phase === 'Failed';
}

/** Deletion was asked for. */
export function isTerminating(pod: Pod): boolean {
  return pod.metadata.deletionTimestamp !== undefined;
}

/** Neither finished nor on its way out: what a ReplicaSet counts. */
export function isPodActive(pod: Pod): boolean {
  return !isTerminal(pod) && !isTerminating(pod);
}

/** An init container that keeps running beside the others (a sidecar). */
export function isRestartableInit(container: { restartPolicy?: string }): boolean {
  return container.restartPolicy === 'Always';
}
