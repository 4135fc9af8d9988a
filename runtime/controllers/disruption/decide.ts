import type { Pod, PodDisruptionBudget, PodDisruptionBudgetStatus } from '../../kube/generated/types';
import { isPodReady, isTerminating, withCondition } from '../../kube/pod-status';
import { rfc3339 } from '../../util/clock';

/** How long an eviction may take from its charge to the pod's deletion; as in Kubernetes. */
export const evictionTimeoutMs = 120_000;

/** Counts of a budget's pods. */
export interface Count {
  /** How many pods there should be. */
  expected: number;
  /** How many of them must be healthy. */
  desired: number;
}

/** Whether the budget's rule needs to know how many pods their controllers want. */
export function needsScale({ spec }: PodDisruptionBudget): boolean {
  return spec?.maxUnavailable !== undefined || typeof spec?.minAvailable === 'string';
}

/**
 * How many pods a budget expects and how many it wants healthy. Percentages are of the expected ones, rounded up.
 * @param found pods that it selects
 * @param scale what the pods' controllers want together; looked at where `needsScale`
 */
export function countOf({ spec }: PodDisruptionBudget, found: number, scale: number): Count {
  const { minAvailable, maxUnavailable } = spec ?? {};
  if (maxUnavailable !== undefined) {
    return { expected: scale, desired: Math.max(0, scale - amountOf(maxUnavailable, scale)) };
  }
  if (typeof minAvailable === 'string') return { expected: scale, desired: amountOf(minAvailable, scale) };
  return { expected: found, desired: minAvailable ?? 0 };
}

function amountOf(value: number | string, of: number): number {
  return typeof value === 'number' ? value : Math.ceil((Number.parseInt(value, 10) * of) / 100);
}

/**
 * The charged evictions that are still to be seen: of pods that are there, not yet deleted, and charged no longer ago
 * than an eviction may take.
 */
export function pendingDisruptions(
  { status }: PodDisruptionBudget,
  pods: readonly Pod[],
  now: number,
): { pods: Record<string, string>; expiresAt: number | undefined } {
  const pending: Record<string, string> = {};
  let expiresAt: number | undefined;
  for (const pod of pods) {
    const charged = status?.disruptedPods?.[pod.metadata.name ?? ''];
    if (charged === undefined || isTerminating(pod)) continue;
    const ends = Date.parse(charged) + evictionTimeoutMs;
    if (ends <= now) continue;
    pending[pod.metadata.name ?? ''] = charged;
    expiresAt = Math.min(ends, expiresAt ?? ends);
  }
  return { pods: pending, expiresAt };
}

/** A budget's status from its pods. The conditions' times change only with what they say. */
export function statusOf(
  budget: PodDisruptionBudget,
  pods: readonly Pod[],
  { expected, desired }: Count,
  disruptedPods: Record<string, string>,
  now: number,
): PodDisruptionBudgetStatus {
  const healthy = pods.filter(
    (pod) => isPodReady(pod) && !isTerminating(pod) && !Object.hasOwn(disruptedPods, pod.metadata.name ?? ''),
  ).length;
  const allowed = expected > 0 ? Math.max(0, healthy - desired) : 0;
  const status = {
    ...(Object.keys(disruptedPods).length > 0 ? { disruptedPods } : {}),
    disruptionsAllowed: allowed,
    currentHealthy: healthy,
    desiredHealthy: desired,
    expectedPods: expected,
  };
  return withAllowed(budget, status, allowed > 0 ? 'SufficientPods' : 'InsufficientPods', '', now);
}

/** The status of a budget whose pods cannot be counted: it allows nothing, and says why. */
export function failedStatus(budget: PodDisruptionBudget, why: string, now: number): PodDisruptionBudgetStatus {
  const { currentHealthy = 0, desiredHealthy = 0, expectedPods = 0, disruptedPods } = budget.status ?? {};
  const kept = { ...(disruptedPods ? { disruptedPods } : {}), currentHealthy, desiredHealthy, expectedPods };
  return withAllowed(budget, { ...kept, disruptionsAllowed: 0 }, 'SyncFailed', why, now);
}

function withAllowed(
  { metadata, status: old }: PodDisruptionBudget,
  status: PodDisruptionBudgetStatus,
  reason: string,
  message: string,
  now: number,
): PodDisruptionBudgetStatus {
  const { generation: observedGeneration } = metadata;
  const allowed = reason === 'SufficientPods' ? 'True' : 'False';
  const at = rfc3339(now);
  const condition = { type: 'DisruptionAllowed', status: allowed, reason, message, observedGeneration };
  const conditions = withCondition(old?.conditions, { ...condition, lastTransitionTime: at }, at);
  return { observedGeneration, ...status, conditions };
}
