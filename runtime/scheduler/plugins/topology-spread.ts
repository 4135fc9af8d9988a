import type { Node, Pod, TopologySpreadConstraint } from '../../kube/generated/types';
import { selectsLabels } from '../../kube/selector';
import { untoleratedTaint } from '../../kube/taints';
import type { NodeInfo } from '../node-info';
import { type FilterPlugin, normalize, type ScorePlugin } from '../plugin';
import type { Snapshot } from '../snapshot';
import { selectsNode } from './node-affinity';
import { narrowed } from './pod-selection';

const reasonSpread = "node(s) didn't match pod topology spread constraints";
const reasonSpreadLabel = `${reasonSpread} (missing required label)`;

/** `topologySpreadConstraints`: those that must hold refuse a node, the others count against it. */
export const podTopologySpread: FilterPlugin & ScorePlugin = {
  name: 'PodTopologySpread',
  weight: 2,
  filter({ pod }, snapshot) {
    const constraints = constraintsOf(pod, 'DoNotSchedule');
    if (constraints.length === 0) return undefined;
    const domains = constraints.map((constraint) => {
      const counts = countDomains(constraint, constraints, pod, snapshot);
      const fewest = counts.size < (constraint.minDomains ?? 1) ? 0 : Math.min(...counts.values());
      const self = selectsLabels(selectorOf(constraint, pod), pod.metadata.labels) ? 1 : 0;
      return { constraint, counts, room: constraint.maxSkew + fewest - self };
    });
    return ({ node }) => {
      for (const { constraint, counts, room } of domains) {
        const value = domainOf(node, constraint);
        if (value === undefined) return [reasonSpreadLabel];
        if ((counts.get(value) ?? 0) > room) return [reasonSpread];
      }
      return undefined;
    };
  },
  score({ pod }, feasible, snapshot) {
    const constraints = constraintsOf(pod, 'ScheduleAnyway');
    if (constraints.length === 0) return undefined;
    const totals = feasible.map(() => 0);
    for (const constraint of constraints) {
      const counts = countDomains(constraint, constraints, pod, snapshot);
      for (const [i, { node }] of feasible.entries()) {
        const value = domainOf(node, constraint);
        // A node outside every domain is the last choice.
        const count = value === undefined ? Math.max(0, ...counts.values()) + 1 : (counts.get(value) ?? 0);
        totals[i] = (totals[i] as number) + count;
      }
    }
    return normalize(totals, true);
  },
};

function constraintsOf(pod: Pod, whenUnsatisfiable: string): TopologySpreadConstraint[] {
  const all = pod.spec?.topologySpreadConstraints ?? [];
  return all.filter((constraint) => constraint.whenUnsatisfiable === whenUnsatisfiable);
}

function domainOf(node: Node, { topologyKey }: TopologySpreadConstraint): string | undefined {
  return node.metadata.labels?.[topologyKey];
}

function selectorOf(constraint: TopologySpreadConstraint, pod: Pod) {
  return narrowed(constraint.labelSelector, pod, constraint.matchLabelKeys);
}

/** Matching pods by domain, over the nodes that the constraint looks at. */
function countDomains(
  constraint: TopologySpreadConstraint,
  together: readonly TopologySpreadConstraint[],
  pod: Pod,
  snapshot: Snapshot,
): Map<string, number> {
  const selector = selectorOf(constraint, pod);
  const counts = new Map<string, number>();
  for (const info of snapshot.nodes) {
    if (!counted(constraint, together, pod, info)) continue;
    const value = domainOf(info.node, constraint) as string;
    let count = counts.get(value) ?? 0;
    for (const { pod: other } of info.pods.values()) {
      if (other.metadata.namespace !== pod.metadata.namespace || other.metadata.deletionTimestamp) continue;
      if (selectsLabels(selector, other.metadata.labels)) count++;
    }
    counts.set(value, count);
  }
  return counts;
}

function counted(
  constraint: TopologySpreadConstraint,
  together: readonly TopologySpreadConstraint[],
  pod: Pod,
  { node, taints }: NodeInfo,
): boolean {
  if (together.some((other) => domainOf(node, other) === undefined)) return false;
  if (constraint.nodeAffinityPolicy !== 'Ignore' && !selectsNode(pod, node)) return false;
  return constraint.nodeTaintsPolicy !== 'Honor' || !untoleratedTaint(taints, pod.spec?.tolerations);
}
