import { invalid } from '../../field-errors';
import type { FieldError } from '../../kind';
import { atLeastZero } from './limits';

const percentMessage =
  "a valid percent string must be a numeric string followed by an ending '%' (e.g. '1%',  or '93%', regex used for validation is '[0-9]+%')";

export function checkIntOrPercent(
  field: string,
  value: number | string | undefined,
  { atMost100Percent = false } = {},
): FieldError[] {
  if (value === undefined) return [];
  if (typeof value === 'number') return value < 0 ? [invalid(field, value, atLeastZero)] : [];
  if (!/^[0-9]+%$/.test(value)) return [invalid(field, value, percentMessage)];
  return atMost100Percent && percentOf(value) > 100 ? [invalid(field, value, 'must not be greater than 100%')] : [];
}

function percentOf(value: string): number {
  return Number(value.slice(0, -1));
}

export function isZero(value: number | string | undefined): boolean {
  return typeof value === 'string' ? percentOf(value) === 0 : (value ?? 0) === 0;
}
