import type { FilterPlugin, ScorePlugin } from '../plugin';
import { nodeAffinity } from './node-affinity';
import { nodeName } from './node-name';
import { nodePorts } from './node-ports';
import { balancedAllocation, leastAllocated, nodeResourcesFit } from './node-resources';
import { nodeUnschedulable } from './node-unschedulable';
import { defaultSpread } from './spread';
import { taintToleration } from './taint-toleration';

/** In this order; the first that refuses a node gives the reason. */
export const filterPlugins: readonly FilterPlugin[] = [
  nodeUnschedulable,
  nodeName,
  taintToleration,
  nodeAffinity,
  nodePorts,
  nodeResourcesFit,
];

export const scorePlugins: readonly ScorePlugin[] = [
  taintToleration,
  nodeAffinity,
  defaultSpread,
  leastAllocated,
  balancedAllocation,
];
