import type { HorizontalPodAutoscaler, MetricSpec, MetricStatus } from '../../generated/types';
import { none } from '../shared/columns';

/** Metrics that `kubectl get` shows; of the others it says how many there are. */
const shown = 2;
const unknown = '<unknown>';

/** `cpu: 23%/80%`: what each metric is, and what it shall be. */
export function targetsText({ spec, status }: HorizontalPodAutoscaler): string {
  const metrics = spec?.metrics ?? [];
  if (metrics.length === 0) return none;
  const texts = metrics.map((metric, index) => targetText(metric, status?.currentMetrics?.[index]));
  const more = texts.length > shown ? ` + ${texts.length - shown} more...` : '';
  return `${texts.slice(0, shown).join(', ')}${more}`;
}

interface Target {
  value?: string | number;
  averageValue?: string | number;
  averageUtilization?: number;
}

function targetText(metric: MetricSpec, status: MetricStatus | undefined): string {
  switch (metric.type) {
    case 'Pods':
      return `${amount(status?.pods?.current, 'averageValue')}/${amount(metric.pods?.target, 'averageValue')}`;
    case 'Object':
      return averageOrValue(metric.object?.target, status?.object?.current);
    case 'External':
      return averageOrValue(metric.external?.target, status?.external?.current);
    case 'Resource':
      return `${metric.resource?.name ?? ''}: ${utilization(metric.resource?.target, status?.resource?.current)}`;
    case 'ContainerResource':
      return `${metric.containerResource?.name ?? ''}: ${utilization(metric.containerResource?.target, status?.containerResource?.current)}`;
    default:
      return '<unknown type>';
  }
}

function averageOrValue(target: Target | undefined, current: Target | undefined): string {
  const key = target?.averageValue === undefined ? 'value' : 'averageValue';
  const text = `${amount(current, key)}/${amount(target, key)}`;
  return key === 'averageValue' ? `${text} (avg)` : text;
}

function utilization(target: Target | undefined, current: Target | undefined): string {
  if (target?.averageValue !== undefined) return `${amount(current, 'averageValue')}/${target.averageValue}`;
  const now = current?.averageUtilization;
  const wanted = target?.averageUtilization;
  return `${now === undefined ? unknown : `${now}%`}/${wanted === undefined ? '<auto>' : `${wanted}%`}`;
}

function amount(of: Target | undefined, key: 'value' | 'averageValue'): string {
  const value = of?.[key];
  return value === undefined ? unknown : String(value);
}
