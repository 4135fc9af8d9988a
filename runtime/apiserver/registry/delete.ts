import type { DeleteOptions } from '../../kube/generated/types';
import type { Kind } from '../../kube/kind';
import type { AnyObject } from '../../kube/object';
import { StatusError } from '../../kube/status-error';
import { finalizers as wellKnown } from '../../kube/well-known';
import { ConflictError } from '../../store/store';
import { rfc3339 } from '../../util/clock';
import { admissionRequest } from '../admission';
import { checkNodeWrite } from '../auth/authz/node/restriction';
import { commit } from './commit';
import type { KindHooks, RegistryContext, Target, WriteRequest } from './context';
import { conflict, forbidden, modified, notFound } from './errors';
import { cachedObject, entryAs } from './read';
import { encodeFor, type StoredObject } from './stored-object';

export interface DeleteResult {
  /** The object as it was last: gone, or marked for deletion. */
  object: StoredObject;
  /** False while a grace period or a finalizer keeps it. */
  gone: boolean;
}

/**
 * Deletes an object, or marks it when a grace period or finalizers keep it; what keeps it removes it later through an
 * update or another delete. Deleting what is marked already changes nothing, unless the grace gets shorter.
 * @throws StatusError 404; 409 when a precondition does not hold; 400 for options that do not go together
 */
export async function deleteObject(
  context: RegistryContext,
  target: Target,
  options: Partial<DeleteOptions>,
  request: Pick<WriteRequest, 'user' | 'dryRun' | 'warn' | 'annotate'>,
): Promise<DeleteResult> {
  checkOptions(options);
  const { kind } = target;
  await context.cache.fresh();
  let current = cachedObject(context.cache, target);
  for (;;) {
    if (!current) throw notFound(kind.resource, target.name);
    checkNodeWrite(request.user, kind, 'delete', undefined, current.object, undefined);
    checkPreconditions(target, options, current);
    const { lookups, admission } = context;
    const details = { ...request, lookups };
    admission.admit(admissionRequest('DELETE', kind.resource, undefined, current.object, details));
    const refusal = kind.refuseDelete?.(current.object);
    if (refusal) throw forbidden(kind.resource, target.name, refusal);
    const marked = mark(context, kind, current.copy(), options);
    try {
      if (marked === 'unchanged') return { object: current, gone: false };
      if (marked === 'delete') return await remove(context, target, current, request);
      const { key } = current;
      const value = encodeFor(kind, marked);
      if (request.dryRun) return { object: entryAs(kind, { key, revision: current.revision, value }), gone: false };
      return { object: await commit(context, kind, key, value, current.revision), gone: false };
    } catch (error) {
      if (!(error instanceof ConflictError)) throw error;
      current = error.current && entryAs(kind, error.current);
    }
  }
}

/** Takes an object out of the store for good. @throws ConflictError when it changed meanwhile */
export async function remove(
  context: RegistryContext,
  { kind }: Pick<Target, 'kind'>,
  current: StoredObject,
  request: Pick<WriteRequest, 'dryRun'>,
): Promise<DeleteResult> {
  if (request.dryRun) return { object: current, gone: true };
  const { revision } = await context.store.delete(current.key, current.revision);
  await context.hooks(kind).afterDelete?.(current.object);
  return { object: current.at(revision), gone: true };
}

/** Whether nothing keeps a marked object any longer, so that the update that says so removes it. */
export function readyToRemove(hooks: KindHooks, object: AnyObject): boolean {
  const { deletionTimestamp, deletionGracePeriodSeconds, finalizers } = object.metadata;
  if (!deletionTimestamp || finalizers?.length || hooks.holds?.(object)) return false;
  return !deletionGracePeriodSeconds;
}

/** Marks `object` in place; or says that it goes at once, or that nothing changes. */
function mark(
  context: RegistryContext,
  kind: Kind,
  object: AnyObject,
  options: Partial<DeleteOptions>,
): AnyObject | 'delete' | 'unchanged' {
  const hooks = context.hooks(kind);
  const meta = object.metadata;
  const finalizers = finalizersFor(kind, meta.finalizers ?? [], options);
  if (!meta.deletionTimestamp) {
    for (const name of hooks.deletionFinalizers ?? []) if (!finalizers.includes(name)) finalizers.push(name);
  }
  const changesFinalizers = finalizers.join() !== (meta.finalizers ?? []).join();
  const grace = hooks.deletionGrace?.(object, options.gracePeriodSeconds) ?? 0;
  const holds = finalizers.length > 0 || (hooks.holds?.(object) ?? false);
  if (grace === 0 && !holds) return 'delete';

  const before = meta.deletionGracePeriodSeconds ?? 0;
  const shortens = meta.deletionTimestamp ? options.gracePeriodSeconds !== undefined && grace < before : true;
  if (!shortens && !changesFinalizers) return 'unchanged';
  if (shortens) {
    // A shorter grace counts from when the deletion began.
    const began = meta.deletionTimestamp ? Date.parse(meta.deletionTimestamp) - before * 1000 : context.clock.now();
    if (!meta.deletionTimestamp && meta.generation) meta.generation += 1;
    meta.deletionTimestamp = rfc3339(began + grace * 1000);
    meta.deletionGracePeriodSeconds = grace;
    hooks.markDeleted?.(object);
  }
  if (finalizers.length) meta.finalizers = finalizers;
  else delete meta.finalizers;
  return object;
}

/** The finalizers that carry out a propagation policy, beside those that others have set. */
function finalizersFor(kind: Kind, present: string[], options: Partial<DeleteOptions>): string[] {
  const policy =
    options.propagationPolicy ??
    (options.orphanDependents === undefined ? undefined : options.orphanDependents ? 'Orphan' : 'Background') ??
    (kind.orphansDependents && !present.some(decides) ? 'Orphan' : undefined);
  if (!policy) return [...present];
  const others = present.filter((finalizer) => !decides(finalizer));
  if (policy === 'Orphan') return [...others, wellKnown.orphan];
  return policy === 'Foreground' ? [...others, wellKnown.foregroundDeletion] : others;
}

/** Whether a finalizer says already what becomes of dependents. */
function decides(finalizer: string): boolean {
  return finalizer === wellKnown.orphan || finalizer === wellKnown.foregroundDeletion;
}

function checkOptions(options: Partial<DeleteOptions>): void {
  const { propagationPolicy: policy, orphanDependents, gracePeriodSeconds } = options;
  const fail = (why: string) => new StatusError('Invalid', `DeleteOptions.meta.k8s.io "" is invalid: ${why}`);
  if (policy !== undefined && orphanDependents !== undefined) {
    throw fail('propagationPolicy: Invalid value: orphanDependents and propagationPolicy cannot be both set');
  }
  if (policy !== undefined && !['Foreground', 'Background', 'Orphan'].includes(policy)) {
    throw fail(
      `propagationPolicy: Unsupported value: ${JSON.stringify(policy)}: supported values: "Background", "Foreground", "Orphan"`,
    );
  }
  if (gracePeriodSeconds !== undefined && !Number.isSafeInteger(gracePeriodSeconds)) {
    throw fail(`gracePeriodSeconds: Invalid value: ${JSON.stringify(gracePeriodSeconds)}: must be an integer`);
  }
}

function checkPreconditions({ kind, name }: Target, options: Partial<DeleteOptions>, current: StoredObject): void {
  const { uid, resourceVersion } = options.preconditions ?? {};
  const actual = current.object.metadata.uid;
  if (uid !== undefined && uid !== actual) {
    const why = `Precondition failed: UID in precondition: ${uid}, UID in object meta: ${actual}`;
    throw conflict(kind.resource, name, why);
  }
  if (resourceVersion !== undefined && resourceVersion !== String(current.revision)) {
    const why = `Precondition failed: ResourceVersion in precondition: ${resourceVersion}, ResourceVersion in object meta: ${current.revision}`;
    throw conflict(kind.resource, name, resourceVersion ? why : modified);
  }
}
