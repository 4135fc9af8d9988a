import type { AnyNode, ListNode, ObjectNode, SchemaNode } from '../schema-engine/compile';
import { isObject, type JsonObject } from '../schema-engine/walk';
import { asMember, type FieldSet, isMember } from './field-set';
import { childOf, isWhole } from './fields-of';
import { fieldElement, itemElement, nodeAt } from './path-element';

/** Takes the paths of a set out of a value; a list or map that loses its last item goes too. The value is not touched. */
export function removeFields(node: SchemaNode, value: unknown, set: FieldSet): unknown {
  if (isWhole(node, value)) return value;
  if (Array.isArray(value)) return removeFromList(node as ListNode, value, set);
  return isObject(value) ? removeFromObject(node as ObjectNode | AnyNode, value, set) : value;
}

function removeFromObject(node: ObjectNode | AnyNode, value: JsonObject, set: FieldSet): JsonObject | undefined {
  const result: JsonObject = { ...value };
  for (const element in set) {
    const key = element.slice(2);
    if (element === '.' || !Object.hasOwn(result, key)) continue;
    const rest = remainder(childOf(node, key)?.node, result[key], set[element] as FieldSet);
    if (rest === undefined) delete result[key];
    else result[key] = rest;
  }
  return Object.keys(result).length === 0 && Object.keys(value).length > 0 ? undefined : result;
}

function removeFromList(node: ListNode, value: unknown[], set: FieldSet): unknown[] | undefined {
  const result: unknown[] = [];
  for (const item of value) {
    const child = set[itemElement(node, item)];
    const rest = child === undefined ? item : remainder(node.items, item, child);
    if (rest !== undefined) result.push(rest);
  }
  return result.length === 0 && value.length > 0 ? undefined : result;
}

function remainder(node: SchemaNode | undefined, value: unknown, child: FieldSet): unknown {
  if (isMember(child)) return undefined;
  return node ? removeFields(node, value, child) : value;
}

/** The set with every struct that holds one of its paths: a set of `a.b.c` then holds `a` too if it is a named field. */
export function withNamedFields(node: SchemaNode | undefined, set: FieldSet): FieldSet {
  const result: Record<string, FieldSet> = {};
  for (const element in set) {
    const child = set[element] as FieldSet;
    if (element === '.') {
      result[element] = child;
      continue;
    }
    const below = withNamedFields(nodeAt(node, element), child);
    const named =
      node?.kind === 'object' && node.fields.has(element.slice(2)) && element === fieldElement(element.slice(2));
    result[element] = named ? asMember(below) : below;
  }
  return result;
}
