import { forbidden, invalid } from '../../../field-errors';
import type { ResourceRequirements } from '../../../generated/types';
import type { FieldError } from '../../../kind';
import { checkQualifiedName } from '../../../names';
import { compareQuantities, formatQuantity, quantityMessage, tryParseQuantity } from '../../../quantity';
import { atLeastZero, checked } from '../../shared/limits';

type List = Record<string, string | number> | undefined;

const standard = new Set(['cpu', 'memory', 'ephemeral-storage']);

function isHugePages(name: string): boolean {
  return name.startsWith('hugepages-');
}

/** Resources of one's own, such as `example.com/gpu`: whole numbers, never overcommitted. */
function isExtendedResource(name: string): boolean {
  return name.includes('/') && !name.split('/')[0]?.endsWith('kubernetes.io');
}

export function checkResources(resources: ResourceRequirements | undefined, field: string): FieldError[] {
  if (!resources) return [];
  const errors = [
    ...checkList(resources.limits, `${field}.limits`),
    ...checkList(resources.requests, `${field}.requests`),
  ];
  if (resources.claims?.length) errors.push(forbidden(`${field}.claims`, 'resource claims are not served'));
  const names = new Set([...Object.keys(resources.limits ?? {}), ...Object.keys(resources.requests ?? {})]);
  for (const name of names) errors.push(...checkAgainstLimit(name, resources, field));
  const pages = [...names].some(isHugePages);
  if (pages && !names.has('cpu') && !names.has('memory')) {
    errors.push(forbidden(field, 'HugePages require cpu or memory'));
  }
  return errors;
}

function checkList(list: List, field: string): FieldError[] {
  return Object.entries(list ?? {}).flatMap(([name, value]) => {
    const at = `${field}[${name}]`;
    const errors = checked(at, name, checkQualifiedName(name));
    if (errors.length === 0 && !name.includes('/') && !standard.has(name) && !isHugePages(name)) {
      errors.push(invalid(at, name, 'must be a standard resource for containers'));
    }
    return [...errors, ...checkAmount(at, name, value)];
  });
}

/** A quantity that is not negative, and whole where the resource can only be had whole. */
export function checkAmount(field: string, name: string, value: string | number): FieldError[] {
  const quantity = tryParseQuantity(value);
  if (!quantity) return [invalid(field, value, quantityMessage)];
  if (quantity.nano < 0n) return [invalid(field, `${value}`, atLeastZero)];
  const whole = quantity.nano % 1_000_000_000n === 0n;
  return isExtendedResource(name) && !whole ? [invalid(field, value, 'must be an integer')] : [];
}

function checkAgainstLimit(name: string, { limits, requests }: ResourceRequirements, field: string): FieldError[] {
  const limit = tryParseQuantity(limits?.[name]);
  const request = tryParseQuantity(requests?.[name]);
  const whole = isExtendedResource(name) || isHugePages(name);
  if (request && !limit) {
    return whole
      ? [invalid(`${field}.limits`, requests?.[name], `Limit must be set for non overcommitable resources`)]
      : [];
  }
  if (!request || !limit) return [];
  const text = formatQuantity(request);
  if (whole && compareQuantities(request, limit) !== 0) {
    return [invalid(`${field}.requests`, text, `must be equal to ${name} limit of ${formatQuantity(limit)}`)];
  }
  if (compareQuantities(request, limit) <= 0) return [];
  return [
    invalid(`${field}.requests`, text, `must be less than or equal to ${name} limit of ${formatQuantity(limit)}`),
  ];
}
