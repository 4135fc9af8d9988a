import type { NodeMetrics, PodMetrics } from '../../generated/types';
import type { Kind } from '../../kind';
import { addQuantities, formatQuantity, parseQuantity } from '../../quantity';
import { nodeMetrics, podMetrics } from '../../resource';
import { anyKind } from '../shared/any-kind';
import { nameColumn, textColumn } from '../shared/columns';
import { builtInSchema } from '../shared/schema';

type Usage = Record<string, string | number>;

/** Made when asked for, from what the agents measure; never stored, and so never written or watched. */
const verbs = ['get', 'list'];

const nodeMetricsKind: Kind<NodeMetrics> = {
  resource: nodeMetrics,
  singular: '',
  shortNames: [],
  categories: [],
  schema: builtInSchema(nodeMetrics),
  subresources: {},
  verbs,
  columns: [
    nameColumn(),
    textColumn('Cpu', 'Processors in use.', ({ usage }) => total([usage], 'cpu')),
    textColumn('Memory', 'Memory in use.', ({ usage }) => total([usage], 'memory')),
    textColumn('Window', 'Over how long it was measured.', ({ window }) => window ?? ''),
  ],
};

const podMetricsKind: Kind<PodMetrics> = {
  resource: podMetrics,
  singular: '',
  shortNames: [],
  categories: [],
  schema: builtInSchema(podMetrics),
  subresources: {},
  verbs,
  columns: [
    nameColumn(),
    textColumn('Cpu', 'Processors in use.', ({ containers }) => total(usages(containers), 'cpu')),
    textColumn('Memory', 'Memory in use.', ({ containers }) => total(usages(containers), 'memory')),
    textColumn('Window', 'Over how long it was measured.', ({ window }) => window ?? ''),
  ],
};

function usages(containers: PodMetrics['containers'] = []): Array<Usage | undefined> {
  return containers.map(({ usage }) => usage);
}

function total(all: Array<Usage | undefined>, name: string): string {
  return formatQuantity(all.reduce((sum, usage) => addQuantities(sum, usage?.[name] ?? '0'), parseQuantity('0')));
}

export const metricsKinds: readonly Kind[] = [anyKind(nodeMetricsKind), anyKind(podMetricsKind)];
