import type { JsonObject } from '../schema-engine/walk';
import { StatusError } from '../status-error';

// The special keys of a strategic merge patch.
export const PATCH = '$patch';
export const RETAIN_KEYS = '$retainKeys';
export const SET_ELEMENT_ORDER = '$setElementOrder/';
export const DELETE_FROM_PRIMITIVE_LIST = '$deleteFromPrimitiveList/';

export function isDirective(key: string): boolean {
  return (
    key.charCodeAt(0) === 0x24 &&
    (key === PATCH ||
      key === RETAIN_KEYS ||
      key.startsWith(SET_ELEMENT_ORDER) ||
      key.startsWith(DELETE_FROM_PRIMITIVE_LIST))
  );
}

export type PatchDirective = 'replace' | 'delete' | 'merge';

/** What `$patch` says of a map or list item. */
export function directiveOf(patch: JsonObject): PatchDirective | undefined {
  const directive = patch[PATCH];
  if (directive === undefined) return undefined;
  if (directive === 'replace' || directive === 'delete' || directive === 'merge') return directive;
  throw new StatusError(
    'BadRequest',
    `unknown patch type: ${JSON.stringify(directive)} in map: ${JSON.stringify(patch)}; must be replace, delete or merge`,
  );
}

/** The list that a directive must hold. */
export function listOf(patch: JsonObject, key: string): unknown[] {
  const value = patch[key];
  if (!Array.isArray(value)) throw new StatusError('BadRequest', `invalid patch format of ${key}: must be a list`);
  return value;
}

/** Names an item of a list by its merge key, or a scalar by itself, so that items can be looked up. */
export function identityOf(item: unknown, mergeKey: string | undefined): string {
  if (typeof item !== 'object' || item === null) return `${typeof item}:${String(item)}`;
  const value = mergeKey === undefined ? undefined : (item as JsonObject)[mergeKey];
  if (value === undefined || value === null) {
    throw new StatusError(
      'BadRequest',
      `map: ${JSON.stringify(item)} does not contain declared merge key: ${mergeKey ?? '(none)'}`,
    );
  }
  // Anything may stand where a key is expected; not everything can be made a string.
  return typeof value === 'object' ? JSON.stringify(value) : `${typeof value}:${String(value)}`;
}
