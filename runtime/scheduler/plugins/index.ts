import type { FilterPlugin, ScorePlugin } from '../plugin';
import { interPodAffinity } from './inter-pod-affinity';
import { nodeAffinity } from './node-affinity';
import { nodeName } from './node-name';
import { nodePorts } from './node-ports';
import { balancedAllocation, leastAllocated, nodeResourcesFit } from './node-resources';
import { nodeUnschedulable } from './node-unschedulable';
import { defaultSpread } from './spread';
import { taintToleration } from './taint-toleration';
import { podTopologySpread } from './topology-spread';

/** In this order; the first that refuses a node gives the reason. */
export const filterPlugins: readonly FilterPlugin[] = [
  nodeUnschedulable,
  nodeName,
  taintToleration,
  nodeAffinity,
  nodePorts,
  nodeResourcesFit,
  podTopologySpread,
  interPodAffinity,
];

export const scorePlugins: readonly ScorePlugin[] = [
  taintToleration,
  nodeAffinity,
  podTopologySpread,
  interPodAffinity,
  defaultSpread,
  leastAllocated,
  balancedAllocation,
];
