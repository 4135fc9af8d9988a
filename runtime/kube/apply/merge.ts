import type { AnyNode, ListNode, ObjectNode, SchemaNode } from '../schema-engine/compile';
import type { JsonObject } from '../schema-engine/walk';
import { indexItems } from './compare';
import { childOf, isWhole } from './fields-of';
import { itemElement } from './path-element';

/**
 * Lays what is applied over what is live: maps and map lists are merged, everything else is taken as applied.
 * Neither is touched; the result shares what did not change.
 */
export function mergeApplied(node: SchemaNode, live: unknown, applied: unknown): unknown {
  if (live === undefined || isWhole(node, applied) || isWhole(node, live)) return applied;
  if (Array.isArray(live)) return mergeLists(node as ListNode, live, applied as unknown[]);
  return mergeObjects(node as ObjectNode | AnyNode, live as JsonObject, applied as JsonObject);
}

function mergeObjects(node: ObjectNode | AnyNode, live: JsonObject, applied: JsonObject): JsonObject {
  const result: JsonObject = { ...live };
  for (const key of Object.keys(applied)) {
    const child = childOf(node, key);
    if (child && applied[key] !== undefined) result[key] = mergeApplied(child.node, live[key], applied[key]);
  }
  return result;
}

/**
 * Applied items stand in their own order. Items that are only live stay where they stood: before the next item that
 * both have.
 */
function mergeLists(node: ListNode, live: unknown[], applied: unknown[]): unknown[] {
  const elements = live.map((item) => itemElement(node, item));
  const liveItems = indexItems(node, live);
  const appliedItems = indexItems(node, applied);
  const shared = [...appliedItems.keys()].filter((element) => liveItems.has(element));
  const result: unknown[] = [];
  let at = 0;
  let nextShared = 0;

  const takeLiveOnly = () => {
    for (; at < elements.length; at++) {
      const element = elements[at] as string;
      if (!appliedItems.has(element)) result.push(live[at]);
      else if (element === shared[nextShared]) return;
      // Any other shared item comes, or came, in its applied place.
    }
  };
  for (const [element, item] of appliedItems) {
    takeLiveOnly();
    result.push(mergeApplied(node.items, liveItems.get(element), item));
    if (element !== shared[nextShared]) continue;
    nextShared++;
    if (elements[at] === element) at++;
  }
  takeLiveOnly();
  return result;
}
