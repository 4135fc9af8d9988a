import type { Kind } from '../../kube/kind';
import type { AnyObject } from '../../kube/object';
import { isObject } from '../../kube/schema-engine';
import { isStatusError } from '../../kube/status-error';
import { ConflictError } from '../../store/store';
import { rfc3339 } from '../../util/clock';
import { admitCreate, validateCreate } from '../admission';
import { checkNodeWrite } from '../auth/authz/node/restriction';
import { commit } from './commit';
import type { Body, QuotaCharge, RegistryContext, Undo, WriteRequest } from './context';
import { alreadyExists } from './errors';
import { recordCreator } from './managed-fields';
import { entryAs } from './read';
import { kindKey, kindPrefix } from './store-key';
import { dropEmpty, encodeFor, encodeObject, StoredObject } from './stored-object';

/** As in Kubernetes: how often a generated name is tried anew. */
const generateAttempts = 8;

/**
 * Creates an object.
 * @throws StatusError 409 AlreadyExists, 404 for a missing namespace, 403 for one being deleted, 400, 422
 */
export async function createObject(
  context: RegistryContext,
  kind: Kind,
  namespace: string | undefined,
  body: Body,
  request: WriteRequest,
): Promise<StoredObject> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await createOnce(context, kind, namespace, body, request);
    } catch (error) {
      if (!isStatusError(error, 'AlreadyExists') || !isGenerated(body.value) || attempt === generateAttempts)
        throw error;
    }
  }
}

function isGenerated(value: unknown): boolean {
  const metadata = isObject(value) && isObject(value.metadata) ? value.metadata : {};
  return Boolean(metadata.generateName) && !metadata.name;
}

async function createOnce(
  context: RegistryContext,
  kind: Kind,
  namespace: string | undefined,
  body: Body,
  request: WriteRequest,
): Promise<StoredObject> {
  const { user, fieldValidation } = request;
  const { lookups, admission, random } = context;
  // Admission looks at the state as it is now: a limit that was acknowledged holds from then on.
  await context.cache.fresh();
  await context.hooks(kind).beforeAdmission?.(context, namespace, body.value);
  const { duplicates, keys } = body;
  const { warn, annotate } = request;
  const { answer } = context.hooks(kind);
  const wanted = (object: AnyObject) => {
    if (!body.managed && !answer) recordCreator(context, kind, object, request);
  };
  const details = {
    namespace,
    fieldValidation,
    duplicates,
    keys,
    user,
    lookups,
    admission,
    random,
    warn,
    annotate,
    wanted,
  };
  const { object, warnings } = admitCreate(kind, body.value, details);
  dropEmpty(object);
  const { metadata } = object;
  metadata.uid = context.uid();
  metadata.creationTimestamp = rfc3339(context.clock.now());
  checkNodeWrite(user, kind, 'create', undefined, object, undefined);

  const { dryRun } = request;
  let undo: Undo | undefined;
  let charge: QuotaCharge | undefined;
  try {
    undo = await context.hooks(kind).beforeCreate?.(object, request);
    validateCreate(kind, object, details);
    if (answer) return answered(await answer(object, request));
    charge = await context.quotas.charge({ kind, namespace, object, dryRun });
    for (const text of warnings) request.warn(text);
    const key = kindKey(kind, namespace, metadata.name as string);
    const value = encodeFor(kind, object);
    if (dryRun) {
      if (context.cache.resource(kindPrefix(kind)).get(key)) throw new ConflictError(key, 0, undefined);
      await undo?.();
      return entryAs(kind, { key, revision: 0, value });
    }
    const created = await commit(context, kind, key, value, 0);
    charge?.settle();
    return created;
  } catch (error) {
    await undo?.();
    await charge?.refund();
    if (error instanceof ConflictError) throw alreadyExists(kind.resource, metadata.name as string);
    throw error;
  }
}

/** What answers a create of a kind that is never stored: it has no name, no uid and no version. */
function answered(object: AnyObject): StoredObject {
  delete object.metadata.uid;
  return new StoredObject('', 0, encodeObject(object));
}
