import { formatQuantity, tryParseQuantity } from '../quantity';
import type { StructuralSchema } from '../schema';
import { compile, type ObjectNode, type ScalarNode, type SchemaNode } from './compile';
import { canonicalTime } from './timestamps';
import { isObject, type JsonObject, PathStack } from './walk';

/**
 * Makes an object, in place, what Kubernetes would have after reading it: unknown fields gone, nulls gone where
 * null is no value of the field, quantities and times in canonical form. Values of a wrong type stay for validation.
 *
 * @returns the paths of the unknown fields, in the order found: `spec.containers[0].foo`
 */
export function normalize(schema: StructuralSchema, value: unknown): string[] {
  const unknown: string[] = [];
  visit(compile(schema), value, new PathStack(), unknown);
  return unknown;
}

/** Visits a container's content; gives back what a scalar is to be. */
function visit(node: SchemaNode, value: unknown, path: PathStack, unknown: string[]): unknown {
  if (node.kind === 'scalar') return canonical(node, value);
  if (node.kind === 'object') {
    if (isObject(value)) visitObject(node, value, path, unknown);
  } else if (node.kind === 'list' && Array.isArray(value)) {
    for (let i = 0; i < value.length; i++) {
      path.pushKey(i);
      value[i] = visit(node.items, value[i], path, unknown);
      path.pop();
    }
  }
  return value;
}

function visitObject(node: ObjectNode, value: JsonObject, path: PathStack, unknown: string[]): void {
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
    const next = visit(child, current, path, unknown);
    if (next !== current) value[key] = next;
    path.pop();
  }
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

/** What a client is told of a field that the schema does not know. */
export function unknownField(path: string): string {
  return `unknown field ${JSON.stringify(path)}`;
}

/** What a client is told of a field that stands twice in its JSON. */
export function duplicateField(path: string): string {
  return `duplicate field ${JSON.stringify(path)}`;
}
