import { invalid, notSupported, tooLong, tooMany, typeInvalid } from '../field-errors';
import type { FieldError } from '../kind';
import type { StructuralSchema } from '../schema';
import type { SchemaNode } from './compile';
import { formatProblem } from './formats';
import { compilePattern } from './pattern';
import type { ValueRules } from './value-rules';
import { isObject } from './walk';

/** Of custom resources: OpenAPI's validations, worded as Kubernetes' validator words them. */
export const customRules: ValueRules = {
  mapKeys: 'dotted',
  wrongType(node, value, stack) {
    const wanted = typesOf(node);
    const actual = typeOf(value);
    if (!wanted || wanted.includes(actual) || (actual === 'integer' && wanted.includes('number'))) return undefined;
    const path = stack.toString();
    return typeInvalid(path, actual, `${path} in body must be of type ${wanted.join(',')}: ${JSON.stringify(actual)}`);
  },
  value(schema, value, stack) {
    const path = stack.toString();
    if (typeof value === 'number') return numberErrors(schema, value, path);
    if (typeof value === 'string') return stringErrors(schema, value, path);
    if (Array.isArray(value)) return sizeErrors(path, value.length, schema.minItems, schema.maxItems, 'items');
    if (!isObject(value)) return [];
    return sizeErrors(path, Object.keys(value).length, schema.minProperties, schema.maxProperties, 'properties');
  },
  enumeration(schema, value, path) {
    const supported = (schema.enum ?? []).map((each) => (typeof each === 'string' ? each : JSON.stringify(each)));
    return notSupported(path, value, supported);
  },
};

function typesOf(node: SchemaNode): string[] | undefined {
  if (node.kind === 'object') return ['object'];
  if (node.kind === 'list') return ['array'];
  if (node.kind === 'any') return undefined;
  return node.scalar === 'int-or-string' ? ['integer', 'string'] : [node.scalar];
}

function typeOf(value: unknown): string {
  if (value === null || value === undefined) return 'null';
  if (Array.isArray(value)) return 'array';
  if (typeof value === 'number') return Number.isInteger(value) ? 'integer' : 'number';
  return typeof value;
}

function sizeErrors(
  path: string,
  size: number,
  min: number | undefined,
  max: number | undefined,
  what: string,
): FieldError[] {
  const errors: FieldError[] = [];
  if (max !== undefined && size > max) errors.push(tooMany(path, size, max));
  if (min !== undefined && size < min) {
    errors.push(invalid(path, size, `${path} in body should have at least ${min} ${what}`));
  }
  return errors;
}

function numberErrors(schema: StructuralSchema, value: number, path: string): FieldError[] {
  const errors: FieldError[] = [];
  const should = (text: string) => errors.push(invalid(path, value, `${path} in body should be ${text}`));
  const { minimum, maximum, exclusiveMinimum, exclusiveMaximum, multipleOf } = schema;
  if (multipleOf !== undefined && !isMultiple(value, multipleOf)) should(`a multiple of ${multipleOf}`);
  if (maximum !== undefined) {
    if (exclusiveMaximum && value >= maximum) should(`less than ${maximum}`);
    else if (value > maximum) should(`less than or equal to ${maximum}`);
  }
  if (minimum !== undefined) {
    if (exclusiveMinimum && value <= minimum) should(`greater than ${minimum}`);
    else if (value < minimum) should(`greater than or equal to ${minimum}`);
  }
  const bits = schema.format === 'int32' ? 31 : schema.format === 'int64' ? 63 : undefined;
  if (bits !== undefined && (!Number.isInteger(value) || value >= 2 ** bits || value < -(2 ** bits))) {
    errors.push(invalid(path, value, `${path} in body must be of type ${schema.format}: ${JSON.stringify(value)}`));
  }
  return errors;
}

/** 0.3 is a multiple of 0.1 although no binary fraction is either. */
function isMultiple(value: number, of: number): boolean {
  const ratio = value / of;
  return Math.abs(ratio - Math.round(ratio)) <= Number.EPSILON * Math.max(1, Math.abs(ratio));
}

function stringErrors(schema: StructuralSchema, value: string, path: string): FieldError[] {
  const errors: FieldError[] = [];
  const { minLength, maxLength, pattern, format } = schema;
  // Characters, as everywhere in OpenAPI; not UTF-16 units.
  const length = minLength === undefined && maxLength === undefined ? 0 : [...value].length;
  if (maxLength !== undefined && length > maxLength) errors.push(tooLong(path, maxLength));
  if (minLength !== undefined && length < minLength) {
    errors.push(invalid(path, value, `${path} in body should be at least ${minLength} chars long`));
  }
  if (pattern !== undefined && !compilePattern(pattern)(value)) {
    errors.push(invalid(path, value, `${path} in body should match '${pattern}'`));
  }
  if (format !== undefined && formatProblem(format, value)) {
    errors.push(invalid(path, value, `${path} in body must be of type ${format}: ${JSON.stringify(value)}`));
  }
  return errors;
}
