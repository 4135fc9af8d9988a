import type { StructuralSchema } from '../schema';
import { compile, type ObjectNode, type SchemaField, type SchemaNode } from './compile';
import { cloneJson, isObject, type JsonObject } from './walk';

/**
 * Fills what the schema's defaults say, in place: fields that are missing, and fields that are null but may not be.
 * Only existing objects and list items are entered, as in Kubernetes.
 */
export function applySchemaDefaults(schema: StructuralSchema, value: unknown): void {
  visit(compile(schema), value);
}

function visit(node: SchemaNode, value: unknown): void {
  if (!hasDefaults(node)) return;
  if (node.kind === 'list') {
    if (Array.isArray(value)) for (const item of value) visit(node.items, item);
  } else if (node.kind === 'object' && isObject(value)) {
    visitObject(node, value);
  }
}

function visitObject(node: ObjectNode, value: JsonObject): void {
  for (const field of defaulted(node)) {
    const current = value[field.name];
    const missing = current === undefined || (current === null && !field.nullable);
    if (missing && field.default !== undefined) value[field.name] = cloneJson(field.default);
    if (value[field.name] !== undefined) visit(field.node, value[field.name]);
  }
  if (!node.rest) return;
  for (const key of Object.keys(value)) if (!node.fields.has(key)) visit(node.rest, value[key]);
}

const defaultedFields = new WeakMap<ObjectNode, SchemaField[]>();

/** The fields that have a default or hold one somewhere below. */
function defaulted(node: ObjectNode): SchemaField[] {
  let fields = defaultedFields.get(node);
  if (!fields) {
    fields = [...node.fields.values()].filter((field) => field.default !== undefined || hasDefaults(field.node));
    defaultedFields.set(node, fields);
  }
  return fields;
}

const withDefaults = new WeakMap<SchemaNode, boolean>();

/** Whether a default stands anywhere below, so that most of an object is never entered. */
function hasDefaults(node: SchemaNode): boolean {
  const known = withDefaults.get(node);
  if (known !== undefined) return known;
  const found = reachable(node).some(
    (n) => n.kind === 'object' && [...n.fields.values()].some((f) => f.default !== undefined),
  );
  withDefaults.set(node, found);
  return found;
}

function reachable(from: SchemaNode): SchemaNode[] {
  const seen = new Set<SchemaNode>([from]);
  for (const node of seen) {
    if (node.kind === 'list') seen.add(node.items);
    if (node.kind !== 'object') continue;
    if (node.rest) seen.add(node.rest);
    for (const field of node.fields.values()) seen.add(field.node);
  }
  return [...seen];
}
