import type { Kind } from '../../kube/kind';
import { namespaces } from '../../kube/resource';
import { ConflictError } from '../../store/store';
import { checkNodeWrite } from '../auth/node-restriction';
import type { RegistryContext, WriteRequest } from './context';
import { alreadyExists, forbidden, notFound } from './errors';
import { recordManager } from './managed-fields';
import { asObject, generateName, stampNew } from './object-meta';
import { prepareCreate } from './pipeline';
import { objectKey, resourcePrefix } from './store-key';
import { encodeObject, StoredObject } from './stored-object';

const generateAttempts = 8;

/** A body as a client sent it. */
export interface Body {
  value: unknown;
  /** Paths of fields that stand twice in the text. */
  duplicates: string[];
  /** Of an apply that creates: the fields that its manager set, given instead of found by comparison. */
  managed?: boolean;
}

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
  const object = asObject(kind, namespace, body.value);
  const { metadata } = object;
  const prefix = metadata.name ? undefined : metadata.generateName;
  stampNew(context, object);
  if (prefix) metadata.name = generateName(prefix, context.random);
  if (kind.resource.namespaced) await checkNamespace(context, kind, namespace as string, metadata.name ?? '');
  prepareCreate(kind, object, body.duplicates, request);
  checkNodeWrite(request.user, kind, 'create', undefined, object, undefined);
  if (!body.managed) recordManager(context, kind, undefined, object, undefined, request);

  const undo = await context.hooks(kind).beforeCreate?.(object, request);
  for (let attempt = 1; ; attempt++) {
    const key = objectKey(kind.resource, namespace, metadata.name as string);
    const value = encodeObject(object);
    try {
      if (request.dryRun) {
        if (context.cache.resource(resourcePrefix(kind.resource)).get(key)) throw new ConflictError(key, 0, undefined);
        await undo?.();
        return new StoredObject(key, 0, value);
      }
      const { revision } = await context.store.put(key, value, 0);
      return new StoredObject(key, revision, value);
    } catch (error) {
      if (error instanceof ConflictError && prefix && attempt < generateAttempts) {
        metadata.name = generateName(prefix, context.random);
        kind.applyDefaults?.(object);
        continue;
      }
      await undo?.();
      if (error instanceof ConflictError) throw alreadyExists(kind.resource, metadata.name as string);
      throw error;
    }
  }
}

async function checkNamespace(context: RegistryContext, kind: Kind, namespace: string, name: string): Promise<void> {
  const find = () =>
    context.cache.resource(resourcePrefix(namespaces)).get(objectKey(namespaces, undefined, namespace));
  let found = find();
  if (!found) {
    await context.cache.fresh();
    found = find();
  }
  if (!found) throw notFound(namespaces, namespace);
  if (!found.object.metadata.deletionTimestamp) return;
  const why = `unable to create new content in namespace ${namespace} because it is being terminated`;
  const error = forbidden(kind.resource, name, why);
  error.details?.causes?.push({ reason: 'NamespaceTerminating', message: why, field: 'metadata.namespace' });
  throw error;
}
