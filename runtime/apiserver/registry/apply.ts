import { apply } from '../../kube/apply';
import type { Scale } from '../../kube/generated/types';
import type { Kind } from '../../kube/kind';
import type { AnyObject } from '../../kube/object';
import { parsePath } from '../../kube/path';
import { apiVersionOf } from '../../kube/resource';
import { cloneJson } from '../../kube/schema-engine';
import { StatusError } from '../../kube/status-error';
import { yamlProblems } from '../../kube/yaml';
import { rfc3339 } from '../../util/clock';
import { decodeObject } from '../admission';
import type { Body, ObjectPath, RegistryContext, Target, WriteRequest } from './context';
import { conflict } from './errors';
import type { StoredObject } from './stored-object';
import { checkScaleVersion, replicasOf, scaleOf } from './subresources';
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
  requireManager(request);
  if (request.fieldValidation === 'Strict' && body.duplicates.length > 0) {
    const why = `error converting YAML to JSON: ${yamlProblems(body.duplicates)}`;
    throw new StatusError('BadRequest', `error strict decoding YAML: ${why}`);
  }
  // What a custom kind does not know is told in words of its own, below.
  const validation = kind.custom && request.fieldValidation === 'Strict' ? 'Warn' : request.fieldValidation;
  const decoded = decodeObject(kind, cloneJson(body.value), validation, { ...body, keepsEmpty: true });
  if (kind.custom && decoded.unknown.length > 0) throw undeclared(target, decoded.unknown);
  for (const text of decoded.warnings) request.warn(text);
  const applied = named(target, decoded.object);
  const ignored = ignoredFields(kind, path, applied);
  const change = (live: AnyObject | undefined) => laidOver(context, target, path, live, applied, request, ignored);
  if (path) return { object: await modifyObject(context, target, path, change, request), created: false };
  return modifyOrCreate(context, target, change, () => refuseUid(target, change(undefined)), request);
}

/**
 * Server-side apply of a Scale: the replicas of the scaled object become the manager's, through `scale`.
 * @throws StatusError 409 where another manager owns them and `force` is not set, 404, 422
 */
export async function applyScale(
  context: RegistryContext,
  target: Target,
  scale: Partial<Scale>,
  request: WriteRequest,
): Promise<Scale> {
  requireManager(request);
  const { kind, namespace, name } = target;
  const type = { apiVersion: apiVersionOf(kind.resource), kind: kind.resource.kind };
  const steps = parsePath(kind.subresources.scale?.specReplicas ?? '');
  const replicas = scale.spec?.replicas === undefined ? undefined : replicasOf(target, scale);
  const stated = steps.reduceRight<unknown>(
    (value, step) => (value === undefined ? undefined : { [step]: value }),
    replicas,
  );
  const applied = { ...type, metadata: { name, namespace }, ...(stated as object) } as AnyObject;
  const change = (live: AnyObject) => {
    checkScaleVersion(target, scale, live);
    return laidOver(context, target, 'scale', live, applied, request, []);
  };
  return scaleOf(target, (await modifyObject(context, target, 'scale', change, request)).object);
}

/** @throws StatusError 422 for an apply by nobody */
function requireManager({ explicitManager }: WriteRequest): void {
  if (explicitManager) return;
  throw new StatusError(
    'Invalid',
    'PatchOptions.meta.k8s.io "" is invalid: fieldManager: Required value: is required for apply patch',
  );
}

/** What an object becomes when somebody applies to it. */
function laidOver(
  { catalog, clock }: RegistryContext,
  { kind }: Target,
  path: ObjectPath,
  live: AnyObject | undefined,
  applied: AnyObject,
  { fieldManager, force }: WriteRequest,
  ignored: readonly string[],
): Body {
  const value = apply({
    schema: kind.schema,
    live,
    applied: cloneJson(applied),
    manager: fieldManager,
    force,
    versions: otherVersions(catalog, kind),
    now: rfc3339(clock.now()),
    ignored,
    ...(path ? { subresource: path } : {}),
  });
  return { value, duplicates: [], managed: true };
}

/** What is stated there but not written by this path, and so not owned by it either. */
function ignoredFields({ custom, statusKeeps, subresources }: Kind, path: ObjectPath, applied: AnyObject): string[] {
  if (!path) return subresources.status ? ['status'] : [];
  if (path === 'approval') return ['spec'];
  if (path !== 'status') return ['status'];
  const kept = statusKeeps === 'labels' ? ['metadata.labels'] : statusKeeps ? [statusKeeps] : [];
  const { apiVersion: _apiVersion, kind: _kind, metadata: _metadata, status: _status, ...rest } = applied;
  return [...(custom ? Object.keys(rest) : ['spec']), ...kept];
}

/** Who names a uid means an object that is there. @throws StatusError 409 */
function refuseUid({ kind, name }: Target, body: Body): Body {
  const { uid } = (body.value as AnyObject).metadata;
  if (!uid) return body;
  const why = `uid mismatch: the provided object specified uid ${uid}, and no existing object was found`;
  throw conflict(kind.resource, name, why);
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
