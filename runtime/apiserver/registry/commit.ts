import type { Kind } from '../../kube/kind';
import type { RegistryContext } from './context';
import { entryAs } from './read';
import { kindPrefix } from './store-key';
import type { StoredObject } from './stored-object';

/**
 * Puts the bytes of an object into the store, durably, in place of what it has at revision `expected` (0: nothing).
 * Returns the object as it is now, in the version of the kind.
 * @throws ConflictError when the store has it at another revision
 */
export async function commit(
  { store, cache }: Pick<RegistryContext, 'store' | 'cache'>,
  kind: Kind,
  key: string,
  value: Uint8Array,
  expected: number,
): Promise<StoredObject> {
  const { revision } = await store.put(key, value, expected);
  // As a rule the cache has heard of it already, and one object serves all.
  const cached = cache.resource(kindPrefix(kind)).get(key);
  return cached?.revision === revision ? cached.as(kind) : entryAs(kind, { key, revision, value });
}
