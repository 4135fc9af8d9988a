import type { AnyNode, ListNode, ObjectNode, SchemaNode } from '../schema-engine/compile';
import { equalJson, isObject, type JsonObject } from '../schema-engine/walk';
import { EMPTY, type FieldSet, isEmptySet, LEAF } from './field-set';
import { allPathsOf, childOf, isWhole } from './fields-of';
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
  if (before === undefined) return { added: allPathsOf(node, after, false) };
  if (after === undefined) return { removed: allPathsOf(node, before, true) };
  if (isWhole(node, before) || isWhole(node, after)) return equalJson(before, after) ? undefined : MODIFIED;
  return compareBelow(node, before, after);
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
    if (child) collector.take(child.element, compareValues(child.node, left, right));
  }
  for (const key of Object.keys(after)) {
    if (before[key] !== undefined || after[key] === undefined) continue;
    const child = childOf(node, key);
    if (child) collector.take(child.element, compareValues(child.node, undefined, after[key]));
  }
  return collector.result;
}

function compareLists(node: ListNode, before: unknown[], after: unknown[]): Difference | undefined {
  const collector = new Collector();
  const left = indexItems(node, before);
  const right = indexItems(node, after);
  for (const [element, item] of left) collector.take(element, compareItems(node, item, right.get(element)));
  for (const [element, item] of right) {
    if (!left.has(element)) collector.take(element, compareItems(node, undefined, item));
  }
  return collector.result;
}

/** An item that comes or goes is itself among the paths that come or go. */
function compareItems(node: ListNode, before: unknown, after: unknown): Difference | undefined {
  const found = compareValues(node.items, before, after);
  if (found?.added && before === undefined) return { added: { '.': LEAF, ...found.added } };
  return found;
}

/** Items by element; of several with the same key the last counts. */
export function indexItems(node: ListNode, list: readonly unknown[]): Map<string, unknown> {
  return new Map(list.map((item) => [itemElement(node, item), item]));
}
