import type { KubeObject, ObjectKey } from '../../kube/object';
import type { Resource } from '../../kube/resource';
import type { AdmissionLookups } from '../admission';
import type { Cache } from '../watch/cache';
import { listPrefix, objectKey, resourcePrefix } from './store-key';

/** Admission's view of the cluster. */
export class CachedLookups implements AdmissionLookups {
  constructor(private readonly cache: Cache) {}

  get<T extends KubeObject>(resource: Resource<T>, { namespace, name }: ObjectKey): T | 'missing' {
    const found = this.cache.resource(resourcePrefix(resource)).get(objectKey(resource, namespace, name));
    return found ? (found.object as unknown as T) : 'missing';
  }

  list<T extends KubeObject>(resource: Resource<T>, namespace?: string): readonly T[] {
    const all = this.cache.resource(resourcePrefix(resource)).list(listPrefix(resource, namespace));
    return all.map(({ object }) => object as unknown as T);
  }
}
