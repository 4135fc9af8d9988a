import { apply } from '../../kube/apply';
import type { AnyObject } from '../../kube/object';
import { cloneJson } from '../../kube/schema-engine';
import { StatusError } from '../../kube/status-error';
import { rfc3339 } from '../../util/clock';
import type { RegistryContext, Target, WriteRequest } from './context';
import type { Body } from './create';
import { asObject } from './object-meta';
import { type ObjectPath, prepareApplied } from './pipeline';
import type { StoredObject } from './stored-object';
import { modifyObject, modifyOrCreate } from './update';

/**
 * Server-side apply. Through the object's own path it creates what is not there.
 * @throws StatusError 409 where another manager owns a field that would change and `force` is not set
 */
export async function applyConfiguration(
  context: RegistryContext,
  target: Target,
  path: ObjectPath,
  body: Body,
  request: WriteRequest,
): Promise<{ object: StoredObject; created: boolean }> {
  const { kind, name } = target;
  if (!request.fieldManager) {
    throw new StatusError(
      'Invalid',
      'PatchOptions.meta.k8s.io "" is invalid: fieldManager: Required value: is required for apply patch',
    );
  }
  const applied = asObject(kind, target.namespace, body.value);
  applied.metadata.name ??= name;
  if (applied.metadata.name !== name) {
    throw new StatusError('BadRequest', `the name of the object (${applied.metadata.name}) does not match ${name}`);
  }
  prepareApplied(kind, applied, body.duplicates, request);
  const change = (live: AnyObject | undefined): Body => ({
    value: apply({
      schema: kind.schema,
      live,
      applied: cloneJson(applied),
      manager: request.fieldManager,
      force: request.force,
      now: rfc3339(context.clock.now()),
      ignored: path ? ['spec'] : kind.subresources.status ? ['status'] : [],
      ...(path ? { subresource: path } : {}),
    }),
    duplicates: [],
    managed: true,
  });
  if (path) return { object: await modifyObject(context, target, path, change, request), created: false };
  return modifyOrCreate(context, target, change, () => change(undefined), request);
}
