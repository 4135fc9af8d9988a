import type {
  AutoscalingV1HorizontalPodAutoscaler as AutoscalerV1,
  HorizontalPodAutoscaler as AutoscalerV2,
  MetricSpec,
  MetricStatus,
} from '../../generated/types';
import type { JsonObject } from '../../schema-engine';
import { isObject } from '../../schema-engine';
import { metricFromV1, metricStatusFromV1, metricStatusToV1, metricToV1 } from './convert-metrics';

/** Where version 1 keeps what it has no fields for, each as JSON. */
const kept = {
  metrics: 'autoscaling.alpha.kubernetes.io/metrics',
  currentMetrics: 'autoscaling.alpha.kubernetes.io/current-metrics',
  conditions: 'autoscaling.alpha.kubernetes.io/conditions',
  behavior: 'autoscaling.alpha.kubernetes.io/behavior',
} as const;

/** An autoscaler as version 1 shows it: a target for CPU, everything else in annotations. Touches not its argument. */
export function autoscalerToV1(autoscaler: AutoscalerV2): AutoscalerV1 {
  const {
    metrics = [],
    behavior,
    ...spec
  } = autoscaler.spec ?? { maxReplicas: 0, scaleTargetRef: { kind: '', name: '' } };
  const { currentMetrics = [], conditions = [], ...status } = autoscaler.status ?? { desiredReplicas: 0 };
  const cpu = metrics.find(isCpuTarget);
  const current = currentMetrics.find(isCpuStatus);
  const annotations = {
    ...autoscaler.metadata.annotations,
    ...asJson(kept.metrics, metrics.filter((metric) => metric !== cpu).map(metricToV1)),
    ...asJson(kept.currentMetrics, currentMetrics.filter((metric) => metric !== current).map(metricStatusToV1)),
    ...asJson(kept.conditions, conditions),
    ...(behavior ? { [kept.behavior]: JSON.stringify(behavior) } : {}),
  };
  const metadata = { ...autoscaler.metadata };
  if (Object.keys(annotations).length > 0) metadata.annotations = annotations;
  return {
    ...autoscaler,
    apiVersion: 'autoscaling/v1',
    metadata,
    spec: { ...spec, ...present('targetCPUUtilizationPercentage', cpu?.resource?.target.averageUtilization) },
    status: {
      currentReplicas: 0,
      ...status,
      ...present('currentCPUUtilizationPercentage', current?.resource?.current.averageUtilization),
    },
  };
}

/** The same object in version 2. Touches not its argument. */
export function autoscalerFromV1(autoscaler: AutoscalerV1): AutoscalerV2 {
  const { targetCPUUtilizationPercentage: target, ...spec } = autoscaler.spec ?? {
    maxReplicas: 0,
    scaleTargetRef: { kind: '', name: '' },
  };
  const { currentCPUUtilizationPercentage: current, ...status } = autoscaler.status ?? {
    currentReplicas: 0,
    desiredReplicas: 0,
  };
  const annotations = { ...autoscaler.metadata.annotations };
  const metrics = listIn(annotations[kept.metrics]).map(metricFromV1);
  const currentMetrics = listIn(annotations[kept.currentMetrics]).map(metricStatusFromV1);
  const conditions = listIn(annotations[kept.conditions]);
  const behavior = objectIn(annotations[kept.behavior]);
  for (const key of Object.values(kept)) delete annotations[key];
  if (target !== undefined) {
    const cpu = { type: 'Utilization', averageUtilization: target };
    metrics.unshift({ type: 'Resource', resource: { name: 'cpu', target: cpu } });
  }
  if (current !== undefined) {
    currentMetrics.unshift({ type: 'Resource', resource: { name: 'cpu', current: { averageUtilization: current } } });
  }
  const { annotations: _all, ...metadata } = autoscaler.metadata;
  return {
    ...autoscaler,
    apiVersion: 'autoscaling/v2',
    metadata: Object.keys(annotations).length > 0 ? { ...metadata, annotations } : metadata,
    spec: { ...spec, ...some('metrics', metrics), ...(behavior ? { behavior } : {}) },
    status: {
      ...status,
      ...some('currentMetrics', currentMetrics),
      ...some('conditions', conditions as unknown as NonNullable<AutoscalerV2['status']>['conditions'] & object),
    },
  };
}

function isCpuTarget({ type, resource }: MetricSpec): boolean {
  return type === 'Resource' && resource?.name === 'cpu' && resource.target?.averageUtilization !== undefined;
}

function isCpuStatus({ type, resource }: MetricStatus): boolean {
  return type === 'Resource' && resource?.name === 'cpu' && resource.current?.averageUtilization !== undefined;
}

function asJson(key: string, list: unknown[]): Record<string, string> {
  return list.length > 0 ? { [key]: JSON.stringify(list) } : {};
}

function present<K extends string, V>(key: K, value: V | undefined): { [P in K]?: V } {
  return (value === undefined ? {} : { [key]: value }) as { [P in K]?: V };
}

function some<K extends string, V>(key: K, list: V[]): { [P in K]?: V[] } {
  return (list.length === 0 ? {} : { [key]: list }) as { [P in K]?: V[] };
}

function parsed(text: string | undefined): unknown {
  if (text === undefined) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** The objects of an annotation's list; what a client wrote there and is none is left out, as in Kubernetes. */
function listIn(text: string | undefined): JsonObject[] {
  const value = parsed(text);
  return Array.isArray(value) ? value.filter(isObject) : [];
}

function objectIn(text: string | undefined): JsonObject | undefined {
  const value = parsed(text);
  return isObject(value) ? value : undefined;
}
