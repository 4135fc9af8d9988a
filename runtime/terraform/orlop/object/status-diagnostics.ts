import { StatusError } from '../../../kube/status-error';
import type { AttributePath, Diagnostics } from '../../protocol/diagnostics';
import { locate } from './field-path';

/** The place in the `manifest` attribute of a field that Kubernetes names, or the nearest that the manifest has. */
function manifestPath(manifest: unknown, fieldPath: string | undefined): AttributePath {
  return ['manifest', ...(fieldPath ? locate(manifest, fieldPath).path : [])];
}

/** The fields of a conflict between field managers; undefined for any other error. */
export function conflictingFields(error: unknown): string[] | undefined {
  if (!(error instanceof StatusError) || error.reason !== 'Conflict') return undefined;
  const fields = (error.details?.causes ?? []).flatMap(({ reason, field }) =>
    reason === 'FieldManagerConflict' ? [field ?? ''] : [],
  );
  return fields.length > 0 ? fields : undefined;
}

/**
 * A refusal by the API (or by its code at plan) as diagnostics, one for each field that it names. A conflict names the
 * other owner of each field and what can be done.
 */
export function reportStatus(diagnostics: Diagnostics, error: unknown, what: string, manifest: unknown): void {
  if (!(error instanceof StatusError)) {
    diagnostics.error(`Cannot ${what}`, error instanceof Error ? error.message : String(error), ['manifest']);
    return;
  }
  const causes = error.details?.causes ?? [];
  if (conflictingFields(error)) {
    for (const { field, message } of causes) {
      diagnostics.error(
        `Cannot ${what}: ${field} belongs to somebody else`,
        `${message}. Leave the field out of the manifest, take it over with force_conflicts = true, or have its owner give it up.`,
        manifestPath(manifest, field),
      );
    }
    return;
  }
  if (error.reason === 'BadRequest' && causes.length === 0) {
    const unknown = [...error.message.matchAll(/unknown field "([^"]+)"/g)].map((match) => match[1] as string);
    for (const field of unknown) {
      diagnostics.error(
        `Cannot ${what}: ${field} is unknown`,
        `The kind has no field ${field}. Check its spelling and where it is indented.`,
        manifestPath(manifest, field),
      );
    }
    if (unknown.length > 0) return;
  }
  const named = causes.filter(({ field }) => field);
  if (named.length === 0) {
    diagnostics.error(`Cannot ${what}`, error.message, ['manifest']);
    return;
  }
  for (const { field, message } of named) {
    // Kubernetes' own form of one field's problem: `spec.replicas: Invalid value: -1: must be …`.
    const detail = message?.startsWith(`${field}:`) ? message : `${field}: ${message ?? error.message}`;
    diagnostics.error(`Cannot ${what}: ${field}`, detail, manifestPath(manifest, field));
  }
}
