import type { AnyNode, ListNode, ObjectNode, SchemaNode } from '../schema-engine/compile';
import { isObject, type JsonObject } from '../schema-engine/walk';
import { StatusError } from '../status-error';
import { childOf, isWhole } from './fields-of';
import { formatElements, itemElement, missingKey } from './path-element';

/** Refuses an applied object whose list items cannot be told apart: one without its key, or two with the same. */
export function checkListKeys(node: SchemaNode, value: unknown, path: readonly string[] = []): void {
  if (isWhole(node, value)) return;
  if (Array.isArray(value)) checkList(node as ListNode, value, path);
  else if (isObject(value)) checkObject(node as ObjectNode | AnyNode, value, path);
}

function checkObject(node: ObjectNode | AnyNode, value: JsonObject, path: readonly string[]): void {
  for (const key of Object.keys(value)) {
    const child = childOf(node, key);
    if (child) checkListKeys(child.node, value[key], [...path, child.element]);
  }
}

function checkList(node: ListNode, list: unknown[], path: readonly string[]): void {
  const seen = new Set<string>();
  list.forEach((item, i) => {
    const missing = missingKey(node, item);
    if (missing !== undefined) {
      refuse(
        path,
        `element ${i}: associative list with keys has an element that omits key field ${JSON.stringify(missing)}`,
      );
    }
    const element = itemElement(node, item);
    if (seen.has(element)) refuse(path, `duplicate entries for key ${formatElements([element])}`);
    seen.add(element);
    checkListKeys(node.items, item, [...path, element]);
  });
}

function refuse(path: readonly string[], problem: string): never {
  throw new StatusError('BadRequest', `failed to create typed patch object: ${formatElements(path)}: ${problem}`);
}
