import { quantityMessage, tryParseQuantity } from '../quantity';
import type { StructuralSchema } from '../schema';
import type { ScalarNode } from './compile';
import { parseTimestamp } from './timestamps';

const INT32 = 2 ** 31;

/** What is wrong with a scalar's type; undefined where nothing is. */
export function typeProblem({ scalar, schema }: ScalarNode, value: unknown): string | undefined {
  switch (scalar) {
    case 'string':
      return typeof value === 'string' ? undefined : 'must be a string';
    case 'boolean':
      return typeof value === 'boolean' ? undefined : 'must be a boolean';
    case 'number':
      return typeof value === 'number' ? undefined : 'must be a number';
    case 'int-or-string':
      return typeof value === 'string' || isInteger(value, 'int32') ? undefined : 'must be an integer or a string';
    case 'quantity':
      if (typeof value !== 'string' && typeof value !== 'number') return 'must be a quantity: a string or a number';
      return tryParseQuantity(value) ? undefined : quantityMessage;
    case 'integer':
      if (typeof value !== 'number' || !Number.isInteger(value)) return 'must be an integer';
      return isInteger(value, schema.format)
        ? undefined
        : `must be an integer of ${schema.format === 'int32' ? 32 : 53} bits`;
  }
}

function isInteger(value: unknown, format: string | undefined): boolean {
  if (!Number.isSafeInteger(value)) return false;
  return format !== 'int32' || ((value as number) >= -INT32 && (value as number) < INT32);
}

/** What is wrong with a scalar of the right type: bounds, lengths, pattern, format. */
export function valueProblems(schema: StructuralSchema, value: unknown): string[] {
  if (typeof value === 'number') return numberProblems(schema, value);
  return typeof value === 'string' ? stringProblems(schema, value) : [];
}

function numberProblems(schema: StructuralSchema, value: number): string[] {
  const problems: string[] = [];
  if (schema.minimum !== undefined && value < schema.minimum) {
    problems.push(`must be greater than or equal to ${schema.minimum}`);
  }
  if (schema.maximum !== undefined && value > schema.maximum) {
    problems.push(`must be less than or equal to ${schema.maximum}`);
  }
  return problems;
}

function stringProblems(schema: StructuralSchema, value: string): string[] {
  const problems: string[] = [];
  if (schema.minLength !== undefined && value.length < schema.minLength) {
    problems.push(`must be at least ${schema.minLength} characters long`);
  }
  if (schema.maxLength !== undefined && value.length > schema.maxLength) {
    problems.push(`must be at most ${schema.maxLength} characters long`);
  }
  if (schema.pattern !== undefined && !patternOf(schema.pattern).test(value)) {
    problems.push(`must match '${schema.pattern}'`);
  }
  const problem = schema.format && formats[schema.format]?.(value);
  if (problem) problems.push(problem);
  return problems;
}

const patterns = new Map<string, RegExp>();

function patternOf(source: string): RegExp {
  let pattern = patterns.get(source);
  if (!pattern) {
    pattern = new RegExp(source, 'u');
    patterns.set(source, pattern);
  }
  return pattern;
}

const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;
const time = (value: string) =>
  parseTimestamp(value) === undefined
    ? 'must be a time as RFC 3339 writes it, such as 2026-01-31T13:00:00Z'
    : undefined;

/** Formats that are checked; others are only notes, as in Kubernetes. */
const formats: Record<string, (value: string) => string | undefined> = {
  // Go's decoder allows line breaks inside.
  byte: (value) => (BASE64.test(value.replace(/[\r\n]/g, '')) ? undefined : 'must be base64'),
  'date-time': time,
  'micro-time': time,
};
