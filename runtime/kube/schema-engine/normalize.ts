import { formatQuantity, tryParseQuantity } from '../quantity';
import type { StructuralSchema } from '../schema';
import { compile, type ObjectNode, type ScalarNode, type SchemaNode } from './compile';
import { canonicalTime } from './timestamps';
import { isObject, type JsonObject, PathStack } from './walk';

/**
 * Makes an object, in place, what Kubernetes would have after reading it: unknown fields gone, nulls gone where
 * null is no value of the field, quantities and times in canonical form. Values of a wrong type stay for validation.
 *
 * @param keepsEmpty whether empty values stay where they mean nothing: of an apply they tell who owns what
 * @returns the paths of the unknown fields, in the order found: `spec.containers[0].foo`
 */
export function normalize(schema: StructuralSchema, value: unknown, keepsEmpty = false): string[] {
  const reading: Reading = { path: new PathStack(), unknown: [], keepsEmpty };
  visit(compile(schema), value, reading);
  return reading.unknown;
}

interface Reading {
  path: PathStack;
  unknown: string[];
  keepsEmpty: boolean;
}

/** Visits a container's content; gives back what a scalar is to be. */
function visit(node: SchemaNode, value: unknown, reading: Reading): unknown {
  if (node.kind === 'scalar') return canonical(node, value);
  if (node.kind === 'object') {
    if (isObject(value)) visitObject(node, value, reading);
  } else if (node.kind === 'list' && Array.isArray(value)) {
    for (let i = 0; i < value.length; i++) {
      reading.path.pushKey(i);
      value[i] = visit(node.items, value[i], reading);
      reading.path.pop();
    }
  }
  return value;
}

function visitObject(node: ObjectNode, value: JsonObject, reading: Reading): void {
  const { path, unknown, keepsEmpty } = reading;
  for (const key of Object.keys(value)) {
    const field = node.fields.get(key);
    const child = field?.node ?? node.rest;
    if (!child) {
      if (node.preserve) continue;
      unknown.push(path.child(key));
      delete value[key];
      continue;
    }
    const current = value[key];
    if (current === null) {
      if (!field?.nullable && child.kind !== 'any') delete value[key];
      continue;
    }
    if (field) path.pushField(key);
    else path.pushKey(key);
    const next = visit(child, current, reading);
    path.pop();
    if (field?.omitsEmpty && !keepsEmpty && isEmpty(child, next)) delete value[key];
    else if (next !== current) value[key] = next;
  }
}

function isEmpty(node: SchemaNode, value: unknown): boolean {
  if (node.kind === 'list') return Array.isArray(value) && value.length === 0;
  if (node.kind === 'object') return !node.preserve && isObject(value) && Object.keys(value).length === 0;
  if (node.kind === 'any') return false;
  if (node.scalar === 'string') return value === '';
  if (node.scalar === 'boolean') return value === false;
  return (node.scalar === 'integer' || node.scalar === 'number') && value === 0;
}

function canonical(node: ScalarNode, value: unknown): unknown {
  if (node.scalar === 'quantity') {
    const quantity = tryParseQuantity(value);
    return quantity ? formatQuantity(quantity) : value;
  }
  const format = node.schema['x-orlop-verbatim'] ? undefined : node.schema.format;
  if (typeof value === 'string' && (format === 'date-time' || format === 'micro-time')) {
    return canonicalTime(value, format);
  }
  return value;
}

/** `unknown field "spec.foo"`, `duplicate field "spec.bar"`: the texts of warnings, and of a strict refusal. */
export function fieldProblems(unknown: readonly string[], duplicates: readonly string[]): string[] {
  return [
    ...unknown.map((path) => `unknown field ${JSON.stringify(path)}`),
    ...duplicates.map((path) => `duplicate field ${JSON.stringify(path)}`),
  ];
}
