import { admitUpdate, prepareCreate, validateUpdate } from '../../../apiserver/admission';
import { forbidden, invalidObject } from '../../../kube/field-errors';
import type { Kind } from '../../../kube/kind';
import { kindFor } from '../../../kube/kinds';
import type { AnyObject } from '../../../kube/object';
import { isStatusError, StatusError } from '../../../kube/status-error';
import { withoutServerFields } from './manifest';

export interface PreparedManifest {
  kind: Kind;
  /** Defaulted and admitted, without what only a server knows. */
  object: AnyObject;
  warnings: string[];
}

/**
 * What the API server would make of a manifest, found by its own code and without it; undefined for a kind that is not
 * built in. A Secret's values that are sent apart are stood in for, so that rules which need them hold.
 * @throws StatusError as the server would answer
 */
export function prepareManifest(
  manifest: AnyObject,
  namespace: string,
  secretKeys: readonly string[] = [],
): PreparedManifest | undefined {
  const kind = kindFor(manifest.apiVersion, manifest.kind);
  if (!kind) return undefined;
  const standIns = Object.fromEntries(secretKeys.map((key) => [key, 'AA==']));
  const input = secretKeys.length > 0 ? { ...manifest, data: { ...(manifest.data as object), ...standIns } } : manifest;
  const ownNamespace = manifest.metadata?.namespace;
  if (ownNamespace && !kind.resource.namespaced) {
    // The server would leave it out, and every plan would show that as drift.
    const problem = forbidden('metadata.namespace', 'not allowed on this type');
    throw invalidObject(kind.resource.group, kind.resource.kind, manifest.metadata.name ?? '', [problem]);
  }
  const { object, warnings } = prepareCreate(kind, input, {
    fieldValidation: 'Strict',
    ...(kind.resource.namespaced ? { namespace: ownNamespace || namespace } : {}),
  });
  const prepared = withoutServerFields(object);
  if (secretKeys.length > 0) {
    const data = { ...(prepared.data as Record<string, string>) };
    for (const key of secretKeys) delete data[key];
    if (Object.keys(data).length > 0) prepared.data = data;
    else delete prepared.data;
  }
  return { kind, object: prepared, warnings };
}

/**
 * Whether the object can become `next` in place: the fields that cannot change, as Kubernetes paths, where not.
 * @throws StatusError for a change that is refused for another reason
 */
export function immutableChanges({ kind, object: next }: PreparedManifest, prior: AnyObject): string[] {
  const old = { ...prior, metadata: { ...prior.metadata, uid: 'planned', creationTimestamp: '2026-01-01T00:00:00Z' } };
  try {
    const { object } = admitUpdate(kind, next, old);
    validateUpdate(kind, object, old);
    return [];
  } catch (error) {
    if (!isStatusError(error, 'Invalid')) throw error;
    const causes = error.details?.causes ?? [];
    const fixed = causes.filter(({ message }) =>
      /immutable|may not change|cannot be changed|may not be (changed|updated)/i.test(message ?? ''),
    );
    const others = causes.filter((cause) => !fixed.includes(cause));
    if (others.length > 0) throw new StatusError('Invalid', error.message, { ...error.details, causes: others });
    return fixed.map(({ field }) => field ?? '');
  }
}
