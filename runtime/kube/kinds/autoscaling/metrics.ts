import { forbidden, invalid, notSupported, required } from '../../field-errors';
import type { CrossVersionObjectReference, MetricIdentifier, MetricSpec, MetricTarget } from '../../generated/types';
import type { FieldError } from '../../kind';
import { type QuantityLike, tryParseQuantity } from '../../quantity';
import { checkLabelSelector } from '../shared/labels';
import { checkWord } from '../shared/values';

const sources = {
  ContainerResource: 'containerResource',
  External: 'external',
  Object: 'object',
  Pods: 'pods',
  Resource: 'resource',
} as const;
const types = Object.keys(sources) as Array<keyof typeof sources>;

export function checkMetrics(metrics: MetricSpec[] | undefined, field: string): FieldError[] {
  return (metrics ?? []).flatMap((metric, index) => checkMetric(metric, `${field}[${index}]`));
}

function checkMetric(metric: MetricSpec, field: string): FieldError[] {
  const given = types.filter((type) => metric[sources[type]] !== undefined);
  const known = types.find((type) => type === metric.type);
  const errors: FieldError[] = [];
  if (!metric.type) errors.push(required(`${field}.type`, 'must specify a metric source type'));
  else if (!known) errors.push(notSupported(`${field}.type`, metric.type, types));
  for (const type of given.filter((other) => other !== known)) {
    errors.push(forbidden(`${field}.${sources[type]}`, 'must populate the given metric source only'));
  }
  if (!known) return errors;
  const at = `${field}.${sources[known]}`;
  if (metric[sources[known]] === undefined) {
    return [...errors, required(at, `must populate information for the given metric source`)];
  }
  return [...errors, ...checkSource(known, metric, at)];
}

function checkSource(type: keyof typeof sources, metric: MetricSpec, field: string): FieldError[] {
  switch (type) {
    case 'Object':
      return [
        ...checkReference(metric.object?.describedObject, `${field}.describedObject`),
        ...checkIdentifier(metric.object?.metric, `${field}.metric`),
        ...checkTarget(metric.object?.target, ['value', 'averageValue'], `${field}.target`),
      ];
    case 'Pods':
      return [
        ...checkIdentifier(metric.pods?.metric, `${field}.metric`),
        ...checkTarget(metric.pods?.target, ['averageValue'], `${field}.target`),
      ];
    case 'External':
      return [
        ...checkIdentifier(metric.external?.metric, `${field}.metric`),
        ...checkTarget(metric.external?.target, ['value', 'averageValue'], `${field}.target`),
        ...(metric.external?.target?.value !== undefined && metric.external.target.averageValue !== undefined
          ? [forbidden(`${field}.target.value`, 'may not set both a target value for metric and a per-pod target')]
          : []),
      ];
    default: {
      const source = type === 'Resource' ? metric.resource : metric.containerResource;
      const container = type === 'ContainerResource' && !metric.containerResource?.container;
      return [
        ...(source?.name ? [] : [required(`${field}.name`, 'must specify a resource name')]),
        ...(container ? [required(`${field}.container`, 'must specify a container')] : []),
        ...checkTarget(source?.target, ['averageUtilization', 'averageValue'], `${field}.target`),
        ...(source?.target?.averageUtilization !== undefined && source.target.averageValue !== undefined
          ? [forbidden(`${field}.target.averageValue`, 'may not set both a target raw value and a target utilization')]
          : []),
      ];
    }
  }
}

function checkIdentifier(metric: MetricIdentifier | undefined, field: string): FieldError[] {
  if (!metric?.name) return [required(`${field}.name`)];
  return [
    ...(/[%/]/.test(metric.name) ? [invalid(`${field}.name`, metric.name, "must not contain '/' or '%'")] : []),
    ...checkLabelSelector(metric.selector, `${field}.selector`),
  ];
}

type Amount = 'value' | 'averageValue' | 'averageUtilization';
const amountWords: Record<Amount, string> = {
  value: 'value',
  averageValue: 'per-pod target value',
  averageUtilization: 'utilization',
};

/** A metric's target: of one of the forms, and with an amount above zero in one of the fields that its source has. */
function checkTarget(target: MetricTarget | undefined, allowed: readonly Amount[], field: string): FieldError[] {
  if (!target) return [required(field)];
  const errors = checkWord(`${field}.type`, target.type, ['Utilization', 'Value', 'AverageValue']);
  for (const key of ['value', 'averageValue'] as const) {
    if (target[key] !== undefined && !isPositive(target[key])) {
      errors.push(invalid(`${field}.${key}`, target[key], 'must be positive'));
    }
  }
  if (target.averageUtilization !== undefined && target.averageUtilization < 1) {
    errors.push(invalid(`${field}.averageUtilization`, target.averageUtilization, 'must be greater than 0'));
  }
  if (allowed.every((key) => target[key] === undefined)) {
    const words = allowed.map((key) => amountWords[key]).join(' or ');
    errors.push(required(`${field}.${allowed[0]}`, `must specify a positive ${words}`));
  }
  return errors;
}

function isPositive(value: QuantityLike): boolean {
  const quantity = tryParseQuantity(value);
  return quantity !== undefined && quantity.nano > 0n;
}

export function checkReference(reference: CrossVersionObjectReference | undefined, field: string): FieldError[] {
  const errors: FieldError[] = [];
  for (const key of ['kind', 'name'] as const) {
    const value = reference?.[key];
    if (!value) errors.push(required(`${field}.${key}`));
    else if (/[%/]/.test(value)) errors.push(invalid(`${field}.${key}`, value, "may not contain '/' or '%'"));
    else if (value === '.' || value === '..') errors.push(invalid(`${field}.${key}`, value, `may not be '${value}'`));
  }
  return errors;
}
