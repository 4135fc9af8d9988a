import type { AnyNode, ListNode, ObjectNode, SchemaNode } from '../schema-engine/compile';
import { isObject, type JsonObject } from '../schema-engine/walk';
import { asMember, EMPTY, type FieldSet, isEmptySet, LEAF } from './field-set';
import { fieldElement, itemElement } from './path-element';

const anything: AnyNode = { kind: 'any', schema: {} };

/** What a key of an object is. */
export interface Child {
  readonly node: SchemaNode;
  /** As FieldsV1 writes it. */
  readonly element: string;
  /** Whether the schema names it, as it does not name the keys of maps. */
  readonly named: boolean;
  /** Whether it is there even when nothing is written. */
  readonly standing: boolean;
}

/** What a key of an object is; undefined for one that is unknown. */
export function childOf(node: ObjectNode | AnyNode, key: string): Child | undefined {
  const field = node.kind === 'object' ? node.fields.get(key) : undefined;
  if (field) return { node: field.node, element: field.element, named: true, standing: field.standing };
  const rest = node.kind === 'any' || (!node.rest && node.preserve) ? anything : node.rest;
  return rest && { node: rest, element: fieldElement(key), named: false, standing: false };
}

/** Whether a value is owned as one: a scalar, an atomic list or map, or something of another type than its schema's. */
export function isWhole(node: SchemaNode, value: unknown): boolean {
  switch (node.kind) {
    case 'object':
      return node.atomic || !isObject(value);
    case 'list':
      return node.listType === 'atomic' || !Array.isArray(value);
    case 'any':
      return !isObject(value);
    default:
      return true;
  }
}

/**
 * The fields that an object states: its leaves, the items of its lists by key, and the keys of its maps.
 * A struct is not in the set itself unless it is empty, as in Kubernetes.
 */
export function fieldsOf(node: SchemaNode, value: unknown): FieldSet {
  return isWhole(node, value) ? EMPTY : (below(node, value, false) ?? EMPTY);
}

/** Every path of a value, its own and those of the maps, lists and structs that hold others among them. */
export function allPathsOf(node: SchemaNode, value: unknown): FieldSet {
  return isWhole(node, value) ? LEAF : asMember(below(node, value, true));
}

/** @param containers whether what holds others is itself in the set, whatever it is */
function below(node: SchemaNode, value: unknown, containers: boolean): FieldSet | undefined {
  if (Array.isArray(value)) return belowList(node as ListNode, value, containers);
  const result: Record<string, FieldSet> = {};
  const object = value as JsonObject;
  for (const key of Object.keys(object)) {
    const item = object[key];
    const child = item === undefined ? undefined : childOf(node as ObjectNode | AnyNode, key);
    if (!child) continue;
    if (isWhole(child.node, item)) {
      result[child.element] = LEAF;
      continue;
    }
    const children = below(child.node, item, containers);
    const empty = isObject(item) && Object.keys(item).length === 0;
    if (empty || containers || !child.named) result[child.element] = asMember(children);
    else if (children) result[child.element] = children;
  }
  return isEmptySet(result) ? undefined : result;
}

/** Items with the same key cannot be told apart: they are owned together, as one. */
function belowList(node: ListNode, list: unknown[], containers: boolean): FieldSet | undefined {
  const result: Record<string, FieldSet> = {};
  for (const item of list) {
    const element = itemElement(node, item);
    const whole = element in result || isWhole(node.items, item);
    result[element] = whole ? LEAF : asMember(below(node.items, item, containers));
  }
  return isEmptySet(result) ? undefined : result;
}
