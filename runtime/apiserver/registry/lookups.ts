import type { ServiceAccount } from '../../kube/generated/types';
import { namespaces, serviceAccounts } from '../../kube/resource';
import type { AdmissionLookups } from '../admission';
import type { Cache } from '../watch/cache';
import { objectKey, resourcePrefix } from './store-key';

/** Admission's view of the cluster. */
export class CachedLookups implements AdmissionLookups {
  constructor(private readonly cache: Cache) {}

  namespace(name: string): ReturnType<AdmissionLookups['namespace']> {
    const found = this.cache.resource(resourcePrefix(namespaces)).get(objectKey(namespaces, undefined, name));
    if (!found) return 'missing';
    return found.object.metadata.deletionTimestamp ? 'terminating' : 'active';
  }

  serviceAccount(namespace: string, name: string): ReturnType<AdmissionLookups['serviceAccount']> {
    const key = objectKey(serviceAccounts, namespace, name);
    const found = this.cache.resource(resourcePrefix(serviceAccounts)).get(key);
    if (found) return found.object as unknown as ServiceAccount;
    // No pod has to wait for the account that every namespace gets: nothing of a pod depends on it yet.
    return name === 'default' ? 'unknown' : 'missing';
  }
}
