import { apply } from '../../kube/apply';
import type { Kind } from '../../kube/kind';
import type { AnyObject } from '../../kube/object';
import { apiVersionOf } from '../../kube/resource';
import { cloneJson } from '../../kube/schema-engine';
import { StatusError } from '../../kube/status-error';
import { rfc3339 } from '../../util/clock';
import { decodeObject } from '../admission';
import type { ObjectPath, RegistryContext, Target, WriteRequest } from './context';
import type { Body } from './create';
import type { StoredObject } from './stored-object';
import { modifyObject, modifyOrCreate } from './update';
import { otherVersions } from './versions';

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
  const { kind } = target;
  if (!request.explicitManager) {
    throw new StatusError(
      'Invalid',
      'PatchOptions.meta.k8s.io "" is invalid: fieldManager: Required value: is required for apply patch',
    );
  }
  // What a custom kind does not know is told in words of its own, below.
  const validation = kind.custom && body.duplicates.length === 0 ? 'Warn' : request.fieldValidation;
  const decoded = decodeObject(kind, cloneJson(body.value), validation, body.duplicates);
  if (kind.custom && decoded.unknown.length > 0) throw undeclared(target, decoded.unknown);
  for (const text of decoded.warnings) request.warn(text);
  const applied = named(target, decoded.object);
  const change = (live: AnyObject | undefined): Body => ({
    value: apply({
      schema: kind.schema,
      live,
      applied: cloneJson(applied),
      manager: request.fieldManager,
      force: request.force,
      versions: otherVersions(context.catalog, kind),
      now: rfc3339(context.clock.now()),
      ignored: ignoredBy(kind, path),
      ...(path ? { subresource: path } : {}),
    }),
    duplicates: [],
    managed: true,
  });
  if (path) return { object: await modifyObject(context, target, path, change, request), created: false };
  return modifyOrCreate(context, target, change, () => change(undefined), request);
}

/** Paths by which an object's status is written. */
const statusPaths: readonly ObjectPath[] = ['status', 'approval'];

/** The part of an object that nobody can own by this path, since it is not written by it. */
function ignoredBy({ subresources }: Kind, path: ObjectPath): string[] {
  if (statusPaths.includes(path)) return ['spec'];
  return path || subresources.status ? ['status'] : [];
}

/** As in Kubernetes, what the schema of a custom kind does not know cannot be applied at all: nobody could own it. */
function undeclared({ kind, namespace, name }: Target, unknown: readonly string[]): StatusError {
  const who = `${namespace ? `${namespace}/` : ''}${name}; ${apiVersionOf(kind.resource)}, Kind=${kind.resource.kind}`;
  const problems = unknown.map((path) => `.${path}: field not declared in schema`);
  const what = problems.length === 1 ? problems[0] : `errors:\n${problems.map((each) => `  ${each}`).join('\n')}`;
  return new StatusError('BadRequest', `failed to create typed patch object (${who}): ${what}`);
}

function named({ kind, namespace, name }: Target, applied: AnyObject): AnyObject {
  const { metadata } = applied;
  metadata.name ||= name;
  if (metadata.name !== name) {
    throw new StatusError('BadRequest', `the name of the object (${metadata.name}) does not match ${name}`);
  }
  if (!kind.resource.namespaced) return applied;
  metadata.namespace ||= namespace;
  if (metadata.namespace !== namespace) {
    const why = 'the namespace of the provided object does not match the namespace sent on the request';
    throw new StatusError('BadRequest', why);
  }
  return applied;
}
