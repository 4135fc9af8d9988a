import type { ClusterRole, ClusterRoleBinding, Role, RoleBinding } from '../../../../kube/generated/types';
import { resourcePrefix } from '../../../registry/store-key';
import type { StoredObject } from '../../../registry/stored-object';
import type { Cache } from '../../../watch/cache';
import { RbacPolicy } from './policy';

const group = 'rbac.authorization.k8s.io';

/** The roles and bindings in the store, current with the cache. */
export function cachedPolicy(cache: Cache): RbacPolicy {
  const policy = new RbacPolicy();
  const roles = {
    put: (object: unknown) => policy.putRole(object as Role | ClusterRole),
    remove: (object: unknown) => policy.removeRole(object as Role | ClusterRole),
  };
  const bindings = {
    put: (object: unknown) => policy.putBinding(object as RoleBinding | ClusterRoleBinding),
    remove: (object: unknown) => policy.removeBinding(object as RoleBinding | ClusterRoleBinding),
  };
  follow(cache, 'roles', roles);
  follow(cache, 'clusterroles', roles);
  follow(cache, 'rolebindings', bindings);
  follow(cache, 'clusterrolebindings', bindings);
  return policy;
}

function follow(cache: Cache, plural: string, to: { put(o: unknown): void; remove(o: unknown): void }): void {
  const prefix = resourcePrefix({ group, plural });
  const resource = cache.resource(prefix);
  const put = (stored: StoredObject) => to.put(stored.object);
  for (const stored of resource.list(prefix)) put(stored);
  resource.subscribe(({ object, previous }) => {
    if (object) put(object);
    else if (previous) to.remove(previous.object);
  });
}
