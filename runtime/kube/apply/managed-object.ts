import type { ManagedFieldsEntry } from '../generated/types';
import type { KubeObject } from '../object';
import { equalJson } from '../schema-engine/walk';

export function withoutManagedFields<T extends KubeObject>(object: T): T {
  if (object.metadata?.managedFields === undefined) return object;
  const { managedFields: _, ...metadata } = object.metadata;
  return { ...object, metadata };
}

export function withManagedFields<T extends KubeObject>(object: T, entries: ManagedFieldsEntry[] | undefined): T {
  const bare = withoutManagedFields(object);
  return entries ? { ...bare, metadata: { ...bare.metadata, managedFields: entries } } : bare;
}

/**
 * Whether a write would change nothing but the times in managedFields; such a write is not to be stored.
 * The order of keys does not count.
 */
export function isNoOp(live: KubeObject, next: KubeObject): boolean {
  if (!equalJson(withoutManagedFields(live), withoutManagedFields(next))) return false;
  const timeless = (object: KubeObject) => (object.metadata.managedFields ?? []).map(({ time: _, ...entry }) => entry);
  return equalJson(timeless(live), timeless(next));
}
