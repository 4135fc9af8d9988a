import type { Namespace, Node, Pod } from '../kube/generated/types';
import { podInfo } from './pod-info';
import { type Decision, schedule } from './schedule';
import { Snapshot } from './snapshot';

/**
 * What the scheduler would do with each of `pods` on `nodes` beside the pods that are there, one after the other, each
 * counted where it was placed. For a plan: nothing is written, and the answer is the same every time.
 */
export function planPlacements(
  nodes: readonly Node[],
  existing: readonly Pod[],
  pods: readonly Pod[],
  namespaces: readonly Namespace[] = [],
): Decision[] {
  const snapshot = Snapshot.of(nodes, existing, namespaces);
  return pods.map((pod, i) => {
    // Pods of a plan have no uid yet, and replicas share one template.
    const info = { ...podInfo(pod), uid: `planned-${i}` };
    const decision = schedule(info, snapshot, () => 1);
    if ('node' in decision) snapshot.assume(info, decision.node);
    return decision;
  });
}
