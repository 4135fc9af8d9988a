import { parsePath } from '../../../kube/path';
import { StatusError } from '../../../kube/status-error';
import type { AttributePath, Diagnostics } from '../../protocol/diagnostics';

/** A field of an object, as Kubernetes writes it, as a path into the `manifest` attribute. */
export function manifestPath(fieldPath: string | undefined): AttributePath {
  return fieldPath ? ['manifest', ...parsePath(fieldPath.replace(/^\./, ''))] : ['manifest'];
}

/**
 * A refusal by the API (or by its code at plan) as diagnostics, one for each field that it names. A conflict names the
 * other owner of each field and what can be done.
 */
export function reportStatus(diagnostics: Diagnostics, error: unknown, what: string): void {
  if (!(error instanceof StatusError)) {
    diagnostics.error(`Cannot ${what}`, error instanceof Error ? error.message : String(error), ['manifest']);
    return;
  }
  const causes = error.details?.causes ?? [];
  if (error.reason === 'Conflict' && causes.some(({ reason }) => reason === 'FieldManagerConflict')) {
    for (const { field, message } of causes) {
      diagnostics.error(
        `Cannot ${what}: ${field} belongs to somebody else`,
        `${message}. Leave the field out of the manifest, take it over with force_conflicts = true, or have its owner give it up.`,
        manifestPath(field),
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
        manifestPath(field),
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
    diagnostics.error(`Cannot ${what}: ${field}`, detail, manifestPath(field));
  }
}
