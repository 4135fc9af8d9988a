import type { ClusterRole, ClusterRoleBinding } from '../../kube/generated/types';
import type { KubeObject } from '../../kube/object';
import { clusterRoleBindings, clusterRoles, type Resource } from '../../kube/resource';
import { isStatusError } from '../../kube/status-error';
import { desiredBinding, desiredRole } from '../auth/authz/rbac/defaults/reconcile';
import { clusterBindings, systemRoles } from '../auth/authz/rbac/defaults/system-roles';
import { userRoles } from '../auth/authz/rbac/defaults/user-roles';
import { internalUser } from '../auth/user';
import type { RegistryContext, WriteRequest } from '../registry/context';
import { createObject } from '../registry/create';
import { deleteObject } from '../registry/delete';
import { cachedObject } from '../registry/read';
import { updateObject } from '../registry/update';

const request: WriteRequest = {
  user: internalUser,
  fieldManager: 'orlop-apiserver',
  fieldValidation: 'Strict',
  dryRun: false,
  warn: () => {},
};

/** Makes the default roles and bindings, and gives back to them what they have lost, but for those that say no. */
export async function reconcileDefaultRoles(context: RegistryContext): Promise<void> {
  await context.cache.fresh();
  const role = async (wanted: (typeof userRoles)[number]) => {
    const put = desiredRole(wanted, find<ClusterRole>(context, clusterRoles, wanted.name));
    if (put) await write(context, clusterRoles, put);
  };
  const binding = async (wanted: (typeof clusterBindings)[number]) => {
    const { put, remove } = desiredBinding(wanted, find<ClusterRoleBinding>(context, clusterRoleBindings, wanted.name));
    if (remove)
      await deleteObject(context, { kind: kindOf(context, clusterRoleBindings), name: wanted.name }, {}, request);
    if (put) await write(context, clusterRoleBindings, put);
  };
  // All at once, so that they share few commits.
  await Promise.all([...[...userRoles, ...systemRoles].map(role), ...clusterBindings.map(binding)]);
}

function kindOf<T extends KubeObject>({ catalog }: RegistryContext, { group, version, plural }: Resource<T>) {
  const kind = catalog.find(group, version, plural);
  if (!kind) throw new Error(`kind ${plural} is not served`);
  return kind;
}

function find<T extends KubeObject>(context: RegistryContext, resource: Resource<T>, name: string): T | undefined {
  return cachedObject(context.cache, { kind: kindOf(context, resource), name })?.object as unknown as T | undefined;
}

async function write<T extends KubeObject>(context: RegistryContext, resource: Resource<T>, object: T): Promise<void> {
  const kind = kindOf(context, resource);
  const body = { value: object, duplicates: [] };
  try {
    if (object.metadata.resourceVersion) {
      await updateObject(context, { kind, name: object.metadata.name ?? '' }, undefined, body, request);
    } else await createObject(context, kind, undefined, body, request);
  } catch (error) {
    // Another server over the same store was first; it writes the same.
    if (!isStatusError(error, 'AlreadyExists') && !isStatusError(error, 'Conflict')) throw error;
  }
}
