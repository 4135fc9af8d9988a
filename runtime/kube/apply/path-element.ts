import type { ListNode, SchemaNode } from '../schema-engine/compile';
import { isObject, type JsonObject } from '../schema-engine/walk';

// Path elements as FieldsV1 writes them: `f:name`, `k:{"name":"a"}`, `v:"value"`, `i:0`.

export const fieldElement = (name: string): string => `f:${name}`;

/** The item of a set or map list, named by its value or keys. A key it lacks takes the schema's default. */
export function itemElement(list: ListNode, item: unknown): string {
  if (list.listType === 'set' || !isObject(item)) return `v:${JSON.stringify(item)}`;
  const keys: JsonObject = {};
  for (const key of list.keys) keys[key] = item[key] ?? keyDefault(list, key);
  return `k:${JSON.stringify(keys)}`;
}

function keyDefault(list: ListNode, key: string): unknown {
  const value = list.items.kind === 'object' ? list.items.fields.get(key)?.default : undefined;
  return value ?? null;
}

/** The key that an item of a map list lacks and no default gives; undefined where none is missing. */
export function missingKey(list: ListNode, item: unknown): string | undefined {
  if (list.listType !== 'map' || !isObject(item)) return undefined;
  return list.keys.find((key) => (item[key] ?? keyDefault(list, key)) === null);
}

/** The schema node that an element leads to. */
export function nodeAt(node: SchemaNode | undefined, element: string): SchemaNode | undefined {
  if (node?.kind === 'list') return node.items;
  if (node?.kind !== 'object') return undefined;
  return node.fields.get(element.slice(2))?.node ?? node.rest;
}

/** A path as Kubernetes' apply errors write it: `.spec.containers[name="a"].image`. */
export function formatElements(elements: readonly string[]): string {
  return elements.map(formatElement).join('');
}

function formatElement(element: string): string {
  const text = element.slice(2);
  if (element.startsWith('f:')) return `.${text}`;
  if (element.startsWith('i:')) return `[${text}]`;
  if (element.startsWith('v:')) return `[=${text}]`;
  return `[${formatKeys(text)}]`;
}

function formatKeys(text: string): string {
  try {
    const keys = Object.entries(JSON.parse(text) as JsonObject);
    return keys.map(([key, value]) => `${key}=${JSON.stringify(value)}`).join(',');
  } catch {
    return text;
  }
}
