import type { NodeMetrics, PodMetrics } from '../generated/types';
import { resource } from './resource';

const group = 'metrics.k8s.io/v1beta1';

export const nodeMetrics = resource<NodeMetrics>(group, 'NodeMetrics', 'nodes', false);
export const podMetrics = resource<PodMetrics>(group, 'PodMetrics', 'pods');
