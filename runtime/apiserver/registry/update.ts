import { isNoOp } from '../../kube/apply';
import type { AnyObject } from '../../kube/object';
import { cloneJson } from '../../kube/schema-engine';
import { isStatusError } from '../../kube/status-error';
import { ConflictError } from '../../store/store';
import { checkNodeWrite } from '../auth/node-restriction';
import type { RegistryContext, Target, WriteRequest } from './context';
import { type Body, createObject } from './create';
import { readyToRemove, remove } from './delete';
import { conflict, modified, notFound } from './errors';
import { recordManager } from './managed-fields';
import { asObject, carryOver } from './object-meta';
import { type ObjectPath, prepareUpdate } from './pipeline';
import { objectKey, resourcePrefix } from './store-key';
import { encodeObject, StoredObject } from './stored-object';

/** What an object is to become: computed anew from the state that it is tried on. May change `base`, which it owns. */
export type Change = (base: AnyObject) => Body;

/** Replaces an object. @throws StatusError 404, 409 when it is not at the version the body names, 400, 422 */
export function updateObject(
  context: RegistryContext,
  target: Target,
  path: ObjectPath,
  body: Body,
  request: WriteRequest,
): Promise<StoredObject> {
  // The pipeline changes what it is given. A body that names its version is tried once at most.
  const once = Boolean(asObject(target.kind, target.namespace, body.value).metadata.resourceVersion);
  const change = () => (once ? body : { ...body, value: cloneJson(body.value) });
  return modifyObject(context, target, path, change, request);
}

/** Changes an object through the one pipeline of all writes, again from the start when another write came between. */
export async function modifyObject(
  context: RegistryContext,
  target: Target,
  path: ObjectPath,
  change: Change,
  request: WriteRequest,
): Promise<StoredObject> {
  const { kind } = target;
  const key = objectKey(kind.resource, target.namespace, target.name);
  await context.cache.fresh();
  let current = context.cache.resource(resourcePrefix(kind.resource)).get(key);
  for (;;) {
    if (!current) throw notFound(kind.resource, target.name);
    try {
      return await modifyOnce(context, target, path, current, change(current.copy()), request);
    } catch (error) {
      if (!(error instanceof ConflictError)) throw error;
      current = error.current && new StoredObject(key, error.current.revision, error.current.value);
    }
  }
}

/** Changes an object, or creates it where there is none (an apply). */
export async function modifyOrCreate(
  context: RegistryContext,
  target: Target,
  change: Change,
  create: () => Body,
  request: WriteRequest,
): Promise<{ object: StoredObject; created: boolean }> {
  const { kind, namespace, name } = target;
  const key = objectKey(kind.resource, namespace, name);
  for (;;) {
    await context.cache.fresh();
    try {
      if (context.cache.resource(resourcePrefix(kind.resource)).get(key)) {
        return { object: await modifyObject(context, target, undefined, change, request), created: false };
      }
      return { object: await createObject(context, kind, namespace, create(), request), created: true };
    } catch (error) {
      // Somebody else created or deleted it in between: what is there now decides.
      if (!isStatusError(error, 'AlreadyExists')) throw error;
    }
  }
}

async function modifyOnce(
  context: RegistryContext,
  target: Target,
  path: ObjectPath,
  current: StoredObject,
  body: Body,
  request: WriteRequest,
): Promise<StoredObject> {
  const { kind } = target;
  const old = current.copy();
  const object = asObject(kind, target.namespace, body.value);
  checkPreconditions(target, object, current);
  carryOver(object, old);
  prepareUpdate(kind, path, object, old, body.duplicates, request);
  checkNodeWrite(request.user, kind, 'update', path, object, old);
  if (!body.managed) recordManager(context, kind, path, object, old, request);

  const hooks = context.hooks(kind);
  if (readyToRemove(hooks, object)) {
    return (await remove(context, { kind }, current, request)).object;
  }
  if (isNoOp(old, object)) return current;
  const undo = await hooks.beforeUpdate?.(object, old, request);
  const value = encodeObject(object);
  if (request.dryRun) {
    await undo?.();
    return new StoredObject(current.key, current.revision, value);
  }
  try {
    const { revision } = await context.store.put(current.key, value, current.revision);
    await hooks.afterUpdate?.(object, old);
    return new StoredObject(current.key, revision, value);
  } catch (error) {
    await undo?.();
    throw error;
  }
}

function checkPreconditions({ kind, name }: Target, object: AnyObject, current: StoredObject): void {
  const { resourceVersion, uid } = object.metadata;
  const actual = current.object.metadata.uid;
  if (uid && uid !== actual) {
    const why = `Precondition failed: UID in precondition: ${uid}, UID in object meta: ${actual}`;
    throw conflict(kind.resource, name, why);
  }
  if (resourceVersion && resourceVersion !== String(current.revision)) throw conflict(kind.resource, name, modified);
}
