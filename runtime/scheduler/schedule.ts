import type { NodeInfo } from './node-info';
import type { NodeFilter } from './plugin';
import { filterPlugins, scorePlugins } from './plugins';
import type { PodInfo } from './pod-info';
import type { Snapshot } from './snapshot';

export type Decision = { node: string } | { unschedulable: string };

/**
 * Chooses a node for a pod. Pure: the same snapshot and the same `random` (uniform in [0, 1), asked only to choose
 * among equals) give the same decision. Changes nothing.
 */
export function schedule(pod: PodInfo, snapshot: Snapshot, random: () => number): Decision {
  if (snapshot.nodeCount === 0) return { unschedulable: 'no nodes available to schedule pods' };
  const filters: NodeFilter[] = [];
  for (const plugin of filterPlugins) {
    const filter = plugin.filter(pod, snapshot);
    if (filter) filters.push(filter);
  }
  const feasible: NodeInfo[] = [];
  const reasons = new Map<string, number>();
  for (const node of snapshot.nodes) {
    const refused = refusal(node, filters);
    if (!refused) feasible.push(node);
    for (const reason of refused ?? []) reasons.set(reason, (reasons.get(reason) ?? 0) + 1);
  }
  if (feasible.length === 0) return { unschedulable: fitMessage(snapshot.nodeCount, reasons) };
  return { node: best(pod, feasible, snapshot, random).name };
}

function refusal(node: NodeInfo, filters: NodeFilter[]): string[] | undefined {
  for (const filter of filters) {
    const reasons = filter(node);
    if (reasons) return reasons;
  }
  return undefined;
}

function best(pod: PodInfo, feasible: NodeInfo[], snapshot: Snapshot, random: () => number): NodeInfo {
  if (feasible.length === 1) return feasible[0] as NodeInfo;
  const totals = new Float64Array(feasible.length);
  for (const plugin of scorePlugins) {
    const scores = plugin.score(pod, feasible, snapshot);
    // Whole points, so that rounding noise does not decide between equal nodes.
    scores?.forEach((score, i) => {
      totals[i] = (totals[i] as number) + Math.floor(score) * plugin.weight;
    });
  }
  let chosen = 0;
  let equals = 1;
  for (let i = 1; i < totals.length; i++) {
    const difference = (totals[i] as number) - (totals[chosen] as number);
    if (difference > 0) {
      chosen = i;
      equals = 1;
    } else if (difference === 0 && random() < 1 / ++equals) chosen = i;
  }
  return feasible[chosen] as NodeInfo;
}

/** `0/3 nodes are available: 1 node(s) were unschedulable, 2 Insufficient cpu.` */
function fitMessage(nodes: number, reasons: Map<string, number>): string {
  const parts = [...reasons].map(([reason, count]) => `${count} ${reason}`).sort();
  return `0/${nodes} nodes are available: ${parts.join(', ')}.`;
}
