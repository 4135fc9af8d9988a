import type { StructuralSchema } from '../schema';
import { compile, type SchemaField, type SchemaNode } from '../schema-engine/compile';
import { isObject, type JsonObject } from '../schema-engine/walk';
import { StatusError } from '../status-error';
import {
  DELETE_FROM_PRIMITIVE_LIST,
  directiveOf,
  identityOf,
  isDirective,
  listOf,
  RETAIN_KEYS,
  SET_ELEMENT_ORDER,
} from './directives';
import { orderElements } from './element-order';

/**
 * Applies a strategic merge patch: maps are merged, lists replaced, except where the schema's patch strategy says to
 * merge lists by key. The target is not touched; what the patch does not change is shared with it.
 *
 * @throws StatusError BadRequest for a malformed directive or a list item without its merge key.
 */
export function applyStrategicMergePatch(schema: StructuralSchema, target: JsonObject, patch: JsonObject): JsonObject {
  return mergeMap(compile(schema), target, patch);
}

function mergeMap(node: SchemaNode | undefined, target: JsonObject, patch: JsonObject): JsonObject {
  const directive = directiveOf(patch);
  if (directive === 'delete') return {};
  if (directive === 'replace') return withoutDirectives(patch);
  const result = RETAIN_KEYS in patch ? retainKeys(target, patch) : { ...target };

  for (const key of Object.keys(patch)) {
    if (key.startsWith(DELETE_FROM_PRIMITIVE_LIST)) {
      const name = key.slice(DELETE_FROM_PRIMITIVE_LIST.length);
      const doomed = new Set(listOf(patch, key).map((item) => identityOf(item, undefined)));
      const list = result[name];
      if (Array.isArray(list))
        result[name] = list.filter((item) => isObject(item) || !doomed.has(identityOf(item, undefined)));
    } else if (!isDirective(key)) {
      const value = patch[key];
      if (value === null) delete result[key];
      else if (value !== undefined) result[key] = mergeValue(node, key, result[key], value);
    }
  }
  for (const key of Object.keys(patch))
    if (key.startsWith(SET_ELEMENT_ORDER)) setOrder(node, result, target, patch, key);
  return result;
}

function retainKeys(target: JsonObject, patch: JsonObject): JsonObject {
  const kept = new Set(listOf(patch, RETAIN_KEYS));
  const stray = Object.keys(patch).find((key) => !isDirective(key) && !kept.has(key) && patch[key] !== null);
  if (stray !== undefined) {
    throw new StatusError(
      'BadRequest',
      `invalid patch format of ${RETAIN_KEYS}: it must name every key of the patch, and lacks ${stray}`,
    );
  }
  return Object.fromEntries(Object.entries(target).filter(([key]) => kept.has(key)));
}

function fieldOf(node: SchemaNode | undefined, key: string): { field?: SchemaField; node?: SchemaNode } {
  if (node?.kind !== 'object') return {};
  const field = node.fields.get(key);
  return field ? { field, node: field.node } : { node: node.rest };
}

function mergeValue(parent: SchemaNode | undefined, key: string, target: unknown, value: unknown): unknown {
  const { field, node } = fieldOf(parent, key);
  if (isObject(value)) return mergeMap(node, isObject(target) && !field?.replaces ? target : {}, value);
  if (!Array.isArray(value)) return value;
  if (!field?.merges) return value.map(plain);
  const items = node?.kind === 'list' ? node.items : undefined;
  return mergeList(items, field.mergeKey, Array.isArray(target) ? target : [], value);
}

function mergeList(
  items: SchemaNode | undefined,
  mergeKey: string | undefined,
  target: unknown[],
  patch: unknown[],
): unknown[] {
  const result = [...target];
  const at = new Map<string, number>();
  const index = (item: unknown, i: number) => {
    const id = identityOf(item, mergeKey);
    if (!at.has(id)) at.set(id, i);
  };
  const directives = patch.map((item) => (isObject(item) ? directiveOf(item) : undefined));
  if (directives.includes('replace')) {
    return patch.filter((_, i) => directives[i] === undefined).map(plain);
  }
  result.forEach(index);
  const deleted = new Set<string>();
  patch.forEach((item, i) => {
    if (directives[i] === 'merge')
      throw new StatusError('BadRequest', 'the directive $patch: merge is not supported in a list');
    if (directives[i] === 'delete') deleted.add(identityOf(item, mergeKey));
  });
  const kept = deleted.size ? result.filter((item) => !deleted.has(identityOf(item, mergeKey))) : result;
  if (deleted.size) {
    at.clear();
    kept.forEach(index);
  }
  patch.forEach((item, i) => {
    if (directives[i] === 'delete') return;
    const found = at.get(identityOf(item, mergeKey));
    if (found === undefined) {
      index(item, kept.length);
      kept.push(isObject(item) ? mergeMap(items, {}, item) : item);
    } else if (isObject(item)) {
      const current = kept[found];
      kept[found] = mergeMap(items, isObject(current) ? current : {}, item);
    }
  });
  // Where the patch does not ask for an order, it asks for its own: what it adds stands first.
  const wanted = patch.filter((_, i) => directives[i] === undefined);
  return orderElements(kept, wanted, target, (item) => identityOf(item, mergeKey));
}

function setOrder(
  node: SchemaNode | undefined,
  result: JsonObject,
  target: JsonObject,
  patch: JsonObject,
  key: string,
): void {
  const name = key.slice(SET_ELEMENT_ORDER.length);
  const { field } = fieldOf(node, name);
  const merged = result[name];
  if (!Array.isArray(merged) || !field?.merges) return;
  const original = Array.isArray(target[name]) ? target[name] : [];
  result[name] = orderElements(merged, listOf(patch, key), original, (item) => identityOf(item, field.mergeKey));
}

/** A value of the patch that goes in as it is, without the patch's own keys. */
function plain(value: unknown): unknown {
  if (isObject(value)) return withoutDirectives(value);
  return Array.isArray(value) ? value.map(plain) : value;
}

function withoutDirectives(patch: JsonObject): JsonObject {
  const result: JsonObject = {};
  for (const key of Object.keys(patch)) {
    if (!isDirective(key) && patch[key] !== null) result[key] = plain(patch[key]);
  }
  return result;
}
