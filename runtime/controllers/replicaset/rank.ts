import type { Pod } from '../../kube/generated/types';
import { conditionOf, isPodReady } from '../../kube/pod-status';
import { annotations } from '../../kube/well-known';

const phaseOrder: Record<string, number> = { Pending: 0, Unknown: 1, Running: 2 };

/**
 * The pods to delete first when there are `count` too many: those that serve least and are cheapest to lose, as
 * Kubernetes ranks them. Of equals, one from the node that has most of them.
 */
export function podsToDelete(pods: readonly Pod[], count: number): Pod[] {
  if (count >= pods.length) return [...pods];
  const onNode = new Map<string, number>();
  for (const { spec } of pods) onNode.set(spec?.nodeName ?? '', (onNode.get(spec?.nodeName ?? '') ?? 0) + 1);
  const crowd = (pod: Pod) => onNode.get(pod.spec?.nodeName ?? '') ?? 0;
  const keys = pods.map((pod) => ({
    pod,
    rank: [
      pod.spec?.nodeName ? 1 : 0,
      phaseOrder[pod.status?.phase ?? 'Pending'] ?? 0,
      isPodReady(pod) ? 1 : 0,
      deletionCost(pod),
      -crowd(pod),
      // The one that has been ready, and alive, for the shortest time goes first.
      -readySince(pod),
      -restarts(pod),
      -Date.parse(pod.metadata.creationTimestamp ?? ''),
    ],
  }));
  keys.sort((a, b) => compare(a.rank, b.rank) || ((a.pod.metadata.name ?? '') < (b.pod.metadata.name ?? '') ? -1 : 1));
  return keys.slice(0, count).map(({ pod }) => pod);
}

function compare(a: number[], b: number[]): number {
  for (let i = 0; i < a.length; i++) {
    const difference = (a[i] as number) - (b[i] as number);
    if (difference < 0 || difference > 0) return difference;
  }
  return 0;
}

function deletionCost(pod: Pod): number {
  const text = pod.metadata.annotations?.[annotations.podDeletionCost] ?? '';
  return /^[+-]?\d{1,10}$/.test(text) ? Number(text) : 0;
}

function readySince(pod: Pod): number {
  const since = isPodReady(pod) ? conditionOf(pod, 'Ready')?.lastTransitionTime : undefined;
  return since ? Date.parse(since) : 0;
}

function restarts(pod: Pod): number {
  return Math.max(0, ...(pod.status?.containerStatuses ?? []).map((status) => status.restartCount));
}
