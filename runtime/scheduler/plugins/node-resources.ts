import type { NodeInfo } from '../node-info';
import type { FilterPlugin, ScorePlugin } from '../plugin';
import type { PodInfo } from '../pod-info';

const reasonTooManyPods = 'Too many pods';

function reasonInsufficient(resource: string): string {
  return `Insufficient ${resource}`;
}

/** What is asked for must be free: CPU, memory, anything else by name, and a place among the node's pods. */
export const nodeResourcesFit: FilterPlugin = {
  name: 'NodeResourcesFit',
  filter(pod) {
    return (node) => {
      let reasons: string[] | undefined;
      const lacks = (reason: string) => {
        reasons ??= [];
        reasons.push(reason);
      };
      if (node.pods.size + 1 > node.maxPods) lacks(reasonTooManyPods);
      if (pod.cpu > 0 && node.usedCpu + pod.cpu > node.cpu) lacks(reasonInsufficient('cpu'));
      if (pod.memory > 0 && node.usedMemory + pod.memory > node.memory) lacks(reasonInsufficient('memory'));
      for (const [name, amount] of pod.others) {
        const free = (node.others.get(name) ?? 0) - (node.usedOthers.get(name) ?? 0);
        if (amount > free) lacks(reasonInsufficient(name));
      }
      return reasons;
    };
  },
};

/** Prefers the node with most left once the pod is there. */
export const leastAllocated: ScorePlugin = {
  name: 'NodeResourcesLeastAllocated',
  weight: 1,
  score: (pod, feasible) =>
    feasible.map((node) => {
      const { cpu, memory } = fractions(pod, node);
      return ((1 - cpu + (1 - memory)) / 2) * 100;
    }),
};

/** Prefers the node whose CPU and memory would then be used evenly, so that neither is stranded. */
export const balancedAllocation: ScorePlugin = {
  name: 'NodeResourcesBalancedAllocation',
  weight: 1,
  score: (pod, feasible) =>
    feasible.map((node) => {
      const { cpu, memory } = fractions(pod, node);
      // The standard deviation of two values is half their distance.
      return (1 - Math.abs(cpu - memory) / 2) * 100;
    }),
};

function fractions(pod: PodInfo, node: NodeInfo): { cpu: number; memory: number } {
  const part = (used: number, of: number) => (of > 0 ? Math.min(1, used / of) : 1);
  return {
    cpu: part(node.scoreCpu + pod.scoreCpu, node.cpu),
    memory: part(node.scoreMemory + pod.scoreMemory, node.memory),
  };
}
