import type { AnyNode, ListNode, ObjectNode, SchemaNode } from '../schema-engine/compile';
import { equalJson, isObject, type JsonObject } from '../schema-engine/walk';
import { EMPTY, type FieldSet, isEmptySet, LEAF } from './field-set';
import { allPathsOf, type Child, childOf, isWhole } from './fields-of';
import { itemElement } from './path-element';

/** What differs between two objects, by path. Order within sets and map lists does not count. */
export interface Comparison {
  added: FieldSet;
  modified: FieldSet;
  removed: FieldSet;
}

export function compare(node: SchemaNode, before: unknown, after: unknown): Comparison {
  const found = compareBelow(node, before, after);
  return { added: found?.added ?? EMPTY, modified: found?.modified ?? EMPTY, removed: found?.removed ?? EMPTY };
}

export function isSame({ added, modified, removed }: Comparison): boolean {
  return isEmptySet(added) && isEmptySet(modified) && isEmptySet(removed);
}

type Difference = Partial<Comparison>;
const MODIFIED: Difference = { modified: LEAF };

function compareValues(node: SchemaNode, before: unknown, after: unknown): Difference | undefined {
  if (before === after) return undefined;
  if (before === undefined) return { added: allPathsOf(node, after) };
  if (after === undefined) return { removed: allPathsOf(node, before) };
  if (isWhole(node, before) || isWhole(node, after)) return equalJson(before, after) ? undefined : MODIFIED;
  return compareBelow(node, before, after);
}

/** What is always there is, where nothing is written, empty. */
function compareChildren({ node, standing }: Child, before: unknown, after: unknown): Difference | undefined {
  if (!standing || (before !== undefined && after !== undefined)) return compareValues(node, before, after);
  const value = before ?? after;
  if (isWhole(node, value)) return isZero(value) ? undefined : MODIFIED;
  const empty = Array.isArray(value) ? [] : {};
  if (Array.isArray(value) && value.length === 0) return MODIFIED;
  return compareValues(node, before ?? empty, after ?? empty);
}

/** What Go writes of a field that was never set. */
function isZero(value: unknown): boolean {
  return value === 0 || value === '' || value === false;
}

function compareBelow(node: SchemaNode, before: unknown, after: unknown): Difference | undefined {
  if (isObject(before) && isObject(after)) return compareObjects(node as ObjectNode | AnyNode, before, after);
  if (Array.isArray(before) && Array.isArray(after)) return compareLists(node as ListNode, before, after);
  return undefined;
}

type Kind = keyof Comparison;

class Collector {
  result: Partial<Record<Kind, Record<string, FieldSet>>> | undefined;

  take(element: string, found: Difference | undefined): void {
    if (!found) return;
    this.put('added', element, found.added);
    this.put('modified', element, found.modified);
    this.put('removed', element, found.removed);
  }

  private put(kind: Kind, element: string, set: FieldSet | undefined): void {
    if (!set) return;
    this.result ??= {};
    const sets = this.result[kind] ?? {};
    sets[element] = set;
    this.result[kind] = sets;
  }
}

function compareObjects(node: ObjectNode | AnyNode, before: JsonObject, after: JsonObject): Difference | undefined {
  const collector = new Collector();
  for (const key of Object.keys(before)) {
    const left = before[key];
    const right = after[key];
    if (left === right) continue;
    const child = childOf(node, key);
    if (child) collector.take(child.element, compareChildren(child, left, right));
  }
  for (const key of Object.keys(after)) {
    if (before[key] !== undefined || after[key] === undefined) continue;
    const child = childOf(node, key);
    if (child) collector.take(child.element, compareChildren(child, undefined, after[key]));
  }
  return collector.result;
}

function compareLists(node: ListNode, before: unknown[], after: unknown[]): Difference | undefined {
  const collector = new Collector();
  const left = groupItems(node, before);
  const right = groupItems(node, after);
  for (const [element, items] of left) collector.take(element, compareItems(node, items, right.get(element) ?? []));
  for (const [element, items] of right) {
    if (!left.has(element)) collector.take(element, compareItems(node, [], items));
  }
  return collector.result;
}

/** Items with the same key are compared together, as one value: none of their fields is anybody's. */
function compareItems(node: ListNode, before: unknown[], after: unknown[]): Difference | undefined {
  if (before.length > 1 && after.length > 1) return equalJson(before, after) ? undefined : MODIFIED;
  if (before.length > 1) {
    return { removed: LEAF, ...(after.length === 1 && compareValues(node.items, undefined, after[0])) };
  }
  if (after.length > 1) {
    return { added: LEAF, ...(before.length === 1 && compareValues(node.items, before[0], undefined)) };
  }
  return compareValues(node.items, before[0], after[0]);
}

function groupItems(node: ListNode, list: readonly unknown[]): Map<string, unknown[]> {
  const groups = new Map<string, unknown[]>();
  for (const item of list) {
    const element = itemElement(node, item);
    const group = groups.get(element);
    if (group) group.push(item);
    else groups.set(element, [item]);
  }
  return groups;
}

/** Items by element; of several with the same key the last counts. */
export function indexItems(node: ListNode, list: readonly unknown[]): Map<string, unknown> {
  return new Map(list.map((item) => [itemElement(node, item), item]));
}
