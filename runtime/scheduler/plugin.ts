import type { NodeInfo } from './node-info';
import type { PodInfo } from './pod-info';
import type { Snapshot } from './snapshot';

/** Says why a pod cannot run on a node, in Kubernetes' words; undefined when it can. */
export type NodeFilter = (node: NodeInfo) => string[] | undefined;

export interface FilterPlugin {
  name: string;
  /** The check for one pod, or undefined when this pod asks nothing of the kind. */
  filter(pod: PodInfo, snapshot: Snapshot): NodeFilter | undefined;
}

export interface ScorePlugin {
  name: string;
  weight: number;
  /**
   * 0 (avoid) to 100 (prefer) for each feasible node, in their order; undefined when all are equal to this pod.
   */
  score(pod: PodInfo, feasible: readonly NodeInfo[], snapshot: Snapshot): number[] | undefined;
}

/** Scales raw counts so that the highest becomes 100; `reverse` makes it 0 and the lowest 100. */
export function normalize(raw: number[], reverse: boolean): number[] {
  const max = Math.max(...raw, 0);
  if (max === 0) return raw.map(() => (reverse ? 100 : 0));
  return raw.map((value) => (reverse ? 100 - (value * 100) / max : (value * 100) / max));
}
