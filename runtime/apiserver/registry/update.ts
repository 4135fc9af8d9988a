import { isNoOp } from '../../kube/apply';
import type { AnyObject } from '../../kube/object';
import { isObject } from '../../kube/schema-engine';
import { isStatusError } from '../../kube/status-error';
import { ConflictError } from '../../store/store';
import { admitUpdate, validateUpdate } from '../admission';
import { checkNodeWrite } from '../auth/authz/node/restriction';
import { commit } from './commit';
import type { Body, ObjectPath, QuotaCharge, RegistryContext, Target, Undo, WriteRequest } from './context';
import { createObject } from './create';
import { readyToRemove, remove } from './delete';
import { conflict, modified, notFound, versionMissing } from './errors';
import { recordManager } from './managed-fields';
import { cachedObject, entryAs } from './read';
import { dropEmpty, encodeFor, type StoredObject } from './stored-object';

/**
 * What an object is to become, computed anew from each state that it is tried on. May change `base`, which it owns.
 * Through `finalize` and `binding` the server itself makes the new object out of the old one.
 */
export type Change = (base: AnyObject) => Body;

/**
 * Replaces an object; one of some kinds that is not there is created.
 * @throws StatusError 404, 409 when it is not at the version the body names, 400, 422
 */
export async function updateObject(
  context: RegistryContext,
  target: Target,
  path: ObjectPath,
  body: Body,
  request: WriteRequest,
): Promise<{ object: StoredObject; created: boolean }> {
  const { metadata } = (isObject(body.value) ? body.value : {}) as Partial<AnyObject>;
  const { kind, name } = target;
  const creates = kind.replaceCreates && !path && !metadata?.resourceVersion && (metadata?.name ?? name) === name;
  if (creates) await context.cache.fresh();
  if (creates && !cachedObject(context.cache, target)) {
    const named = { ...(body.value as AnyObject), metadata: { ...metadata, name } };
    return modifyOrCreate(
      context,
      target,
      () => body,
      () => ({ ...body, value: named }),
      request,
    );
  }
  if (kind.replaceNeedsVersion && !metadata?.resourceVersion) throw versionMissing(target);
  return { object: await modifyObject(context, target, path, () => body, request), created: false };
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
  await context.cache.fresh();
  let current = cachedObject(context.cache, target);
  for (;;) {
    if (!current) throw notFound(kind.resource, target.name);
    try {
      return await modifyOnce(context, target, path, current, change(current.copy()), request);
    } catch (error) {
      if (!(error instanceof ConflictError)) throw error;
      current = error.current && entryAs(kind, error.current);
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
  const { kind, namespace } = target;
  for (;;) {
    await context.cache.fresh();
    if (cachedObject(context.cache, target)) {
      return { object: await modifyObject(context, target, undefined, change, request), created: false };
    }
    try {
      await request.checkCreate?.();
      return { object: await createObject(context, kind, namespace, create(), request), created: true };
    } catch (error) {
      // Somebody else created it in between: what is there now is applied to.
      if (!isStatusError(error, 'AlreadyExists') || request.dryRun) throw error;
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
  const hooks = context.hooks(kind);
  const old = current.object;
  const made = path === 'finalize' || path === 'binding';
  const details = detailsOf(context, target, path, body, request);
  const { object, warnings } = made
    ? { object: body.value as AnyObject, warnings: [] }
    : admitUpdate(kind, body.value, old, details);
  dropEmpty(object);
  checkPreconditions(target, object, current);
  object.metadata.resourceVersion = String(current.revision);
  checkNodeWrite(request.user, kind, 'update', path, object, old);

  let undo: Undo | undefined;
  let charge: QuotaCharge | undefined;
  try {
    undo = await hooks.beforeUpdate?.(object, old, request);
    if (!made) validateUpdate(kind, object, old, details);
    for (const text of warnings) request.warn(text);
    if (!body.managed) recordManager(context, kind, path, object, old, request);
    if (isNoOp(old, object) && current.isCurrent(kind)) {
      await undo?.();
      return current;
    }
    if (readyToRemove(hooks, object)) {
      await undo?.();
      undo = undefined;
      return (await remove(context, target, current, request)).object;
    }
    const { key } = current;
    const value = encodeFor(kind, object);
    if (!made) {
      const { dryRun } = request;
      charge = await context.quotas.charge({
        kind,
        namespace: target.namespace,
        object,
        old,
        subresource: path,
        dryRun,
      });
    }
    if (request.dryRun) {
      await undo?.();
      return entryAs(kind, { key, revision: current.revision, value });
    }
    const updated = await commit(context, kind, key, value, current.revision);
    charge?.settle();
    charge = undefined;
    await hooks.afterUpdate?.(object, old);
    return updated;
  } catch (error) {
    await undo?.();
    await charge?.refund();
    throw error;
  }
}

function detailsOf(
  { lookups, admission }: RegistryContext,
  { namespace, name }: Target,
  path: ObjectPath,
  { duplicates, keys }: Body,
  { user, fieldValidation, warn, annotate }: WriteRequest,
) {
  const subresource = path;
  return { namespace, name, fieldValidation, duplicates, keys, subresource, user, lookups, admission, warn, annotate };
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
