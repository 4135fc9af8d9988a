import type { MetricSpec, MetricStatus } from '../../generated/types';
import { isObject, type JsonObject } from '../../schema-engine';

/** The names under which a metric of version 1 has what version 2 has in `metric`, `target` and `current`. */
interface Names {
  /** The field of the source: `resource`. */
  source: string;
  metricName?: string;
  selector?: string;
  describedObject?: string;
  value?: [target: string, current: string];
  averageValue: [target: string, current: string];
  averageUtilization?: [target: string, current: string];
}

const averages: Pick<Names, 'averageValue' | 'averageUtilization'> = {
  averageValue: ['targetAverageValue', 'currentAverageValue'],
  averageUtilization: ['targetAverageUtilization', 'currentAverageUtilization'],
};

const names: Readonly<Record<string, Names>> = {
  Resource: { source: 'resource', ...averages },
  ContainerResource: { source: 'containerResource', ...averages },
  Pods: {
    source: 'pods',
    metricName: 'metricName',
    selector: 'selector',
    averageValue: ['targetAverageValue', 'currentAverageValue'],
  },
  Object: {
    source: 'object',
    metricName: 'metricName',
    selector: 'selector',
    describedObject: 'target',
    value: ['targetValue', 'currentValue'],
    averageValue: ['averageValue', 'averageValue'],
  },
  External: {
    source: 'external',
    metricName: 'metricName',
    selector: 'metricSelector',
    value: ['targetValue', 'currentValue'],
    averageValue: ['targetAverageValue', 'currentAverageValue'],
  },
};

const amounts = ['value', 'averageValue', 'averageUtilization'] as const;
/** Which of a pair of names: that of what shall be, or of what is. */
const wanted = 0;
const actual = 1;
type Side = typeof wanted | typeof actual;

export const metricToV1 = (metric: MetricSpec) => toV1(metric as unknown as JsonObject, wanted);
export const metricStatusToV1 = (metric: MetricStatus) => toV1(metric as unknown as JsonObject, actual);
export const metricFromV1 = (metric: JsonObject) => fromV1(metric, wanted) as unknown as MetricSpec;
export const metricStatusFromV1 = (metric: JsonObject) => fromV1(metric, actual) as unknown as MetricStatus;

function toV1(metric: JsonObject, side: Side): JsonObject {
  const type = String(metric.type);
  const known = names[type];
  const source = known && metric[known.source];
  if (!known || !isObject(source)) return { type };
  const { metric: identifier, describedObject, target, current, ...rest } = source;
  const old: JsonObject = { ...rest };
  if (isObject(identifier)) {
    put(old, known.metricName, identifier.name);
    put(old, known.selector, identifier.selector);
  }
  put(old, known.describedObject, describedObject);
  const values = side === wanted ? target : current;
  if (isObject(values)) for (const amount of amounts) put(old, known[amount]?.[side], values[amount]);
  return { type, [known.source]: old };
}

function fromV1(metric: JsonObject, side: Side): JsonObject {
  const type = String(metric.type);
  const known = names[type];
  const source = known && metric[known.source];
  if (!known || !isObject(source)) return { type };
  const old = { ...source };
  const values: JsonObject = {};
  for (const amount of amounts) put(values, amount, take(old, known[amount]?.[side]));
  const identifier: JsonObject = {};
  put(identifier, 'name', take(old, known.metricName));
  put(identifier, 'selector', take(old, known.selector));
  const described = take(old, known.describedObject);
  const result: JsonObject = { ...old };
  if (known.metricName) result.metric = identifier;
  put(result, 'describedObject', described);
  if (side === actual) result.current = values;
  else result.target = { type: targetType(values), ...values };
  return { type, [known.source]: result };
}

function targetType(values: JsonObject): string {
  if (values.averageUtilization !== undefined) return 'Utilization';
  return values.value === undefined ? 'AverageValue' : 'Value';
}

function put(object: JsonObject, key: string | undefined, value: unknown): void {
  if (key !== undefined && value !== undefined) object[key] = value;
}

function take(object: JsonObject, key: string | undefined): unknown {
  if (key === undefined) return undefined;
  const value = object[key];
  delete object[key];
  return value;
}
