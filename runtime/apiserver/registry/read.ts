import type { Kind } from '../../kube/kind';
import type { Entry } from '../../store/store';
import type { Cache } from '../watch/cache';
import type { Target } from './context';
import { kindKey, kindPrefix } from './store-key';
import { StoredObject } from './stored-object';

/** An object as the cache has it, in the version of the target's kind. */
export function cachedObject(cache: Cache, { kind, namespace, name }: Target): StoredObject | undefined {
  return cache
    .resource(kindPrefix(kind))
    .get(kindKey(kind, namespace, name))
    ?.as(kind);
}

/** An entry of the store in the version of a kind. */
export function entryAs(kind: Kind, { key, revision, value }: Pick<Entry, 'key' | 'revision' | 'value'>): StoredObject {
  return new StoredObject(key, revision, value).as(kind);
}
