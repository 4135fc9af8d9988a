import { StatusError } from '../status-error';
import { type FieldSet, paths } from './field-set';
import type { Manager } from './managers';
import { formatElements } from './path-element';

/** A manager, and those of its fields that somebody else wants to set to another value. */
export interface Conflict {
  manager: Manager;
  fields: FieldSet;
}

/** The 409 that an apply is answered with when it would change fields that others own. */
export function conflictError(conflicts: readonly Conflict[]): StatusError {
  const found = conflicts
    .map(({ manager, fields }) => ({
      owner: describeManager(manager),
      fields: [...paths(fields)].map(formatElements),
    }))
    .sort((a, b) => (a.owner < b.owner ? -1 : 1));
  const causes = found.flatMap(({ owner, fields }) =>
    fields.map((field) => ({ reason: 'FieldManagerConflict', message: `conflict with ${owner}`, field })),
  );
  const lines = found.flatMap(({ owner, fields }) => [
    `conflicts with ${owner}:`,
    ...fields.map((field) => `- ${field}`),
  ]);
  const first = causes[0];
  const message =
    causes.length === 1 && first
      ? `Apply failed with 1 conflict: ${first.message}: ${first.field}`
      : `Apply failed with ${causes.length} conflicts: ${lines.join('\n')}`;
  return new StatusError('Conflict', message, { causes });
}

function describeManager({ manager, operation, apiVersion, subresource }: Manager): string {
  const name = `${JSON.stringify(manager)}${subresource ? ` with subresource ${JSON.stringify(subresource)}` : ''}`;
  return operation === 'Update' ? `${name} using ${apiVersion}` : name;
}
