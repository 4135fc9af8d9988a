import { invalid } from '../../field-errors';
import type { FieldError } from '../../kind';

export const atLeastZero = 'must be greater than or equal to 0';
const greaterThanZero = 'must be greater than 0';
export const immutableField = 'field is immutable';
export const maxInt32 = 2 ** 31 - 1;

/** A count that is not negative; a missing one is fine. */
export function checkNonNegative(field: string, value: number | undefined): FieldError[] {
  return value !== undefined && value < 0 ? [invalid(field, value, atLeastZero)] : [];
}

export function checkPositive(field: string, value: number | undefined): FieldError[] {
  return value !== undefined && value <= 0 ? [invalid(field, value, greaterThanZero)] : [];
}

export function checkRange(field: string, value: number | undefined, min: number, max: number): FieldError[] {
  if (value === undefined || (value >= min && value <= max)) return [];
  return [invalid(field, value, `must be between ${min} and ${max}, inclusive`)];
}

/** The field errors of a check that returns messages. */
export function checked(field: string, value: unknown, messages: readonly string[]): FieldError[] {
  return messages.map((message) => invalid(field, value, message));
}
