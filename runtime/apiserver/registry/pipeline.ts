import { invalidObject } from '../../kube/field-errors';
import type { FieldError, Kind } from '../../kube/kind';
import type { AnyObject } from '../../kube/object';
import { applySchemaDefaults, fieldProblems, normalize, validateSchema } from '../../kube/schema-engine';
import { StatusError } from '../../kube/status-error';
import type { WriteRequest } from './context';

/** The subresources through which an object itself is written; none is the object's own path. */
export type ObjectPath = 'status' | 'scale' | 'finalize' | 'binding' | undefined;

/** Makes a client's new object what is stored, in place. @throws StatusError 400 (strict fields), 422 */
export function prepareCreate(kind: Kind, object: AnyObject, duplicates: string[], request: WriteRequest): void {
  normalizeFields(kind, object, duplicates, request);
  checkTypes(kind, object);
  kind.prepareForCreate?.(object);
  setDefaults(kind, object);
  refuse(kind, object, kind.validate?.(object) ?? []);
  for (const text of kind.warnings?.(object) ?? []) request.warn(text);
}

/** Checks what an apply states, before it is merged: nothing is defaulted. In place. @throws StatusError 400, 422 */
export function prepareApplied(kind: Kind, object: AnyObject, duplicates: string[], request: WriteRequest): void {
  normalizeFields(kind, object, duplicates, request);
  checkTypes(kind, object);
}

/** The same for an update of what is stored. */
export function prepareUpdate(
  kind: Kind,
  path: ObjectPath,
  object: AnyObject,
  old: AnyObject,
  duplicates: string[],
  request: WriteRequest,
): void {
  // The server itself made this object out of the old one.
  if (path === 'binding') return;
  normalizeFields(kind, object, duplicates, request);
  checkTypes(kind, object);
  setDefaults(kind, object);
  if (path === 'status') {
    kind.prepareForStatusUpdate?.(object, old);
    refuse(kind, object, kind.validateStatusUpdate?.(object, old) ?? []);
    return;
  }
  if (path === 'finalize') object.status = old.status;
  else kind.prepareForUpdate?.(object, old);
  refuse(kind, object, [...(kind.validate?.(object) ?? []), ...(kind.validateUpdate?.(object, old) ?? [])]);
  for (const text of kind.warnings?.(object) ?? []) request.warn(text);
}

function setDefaults(kind: Kind, object: AnyObject): void {
  applySchemaDefaults(kind.schema, object);
  kind.applyDefaults?.(object);
}

function checkTypes(kind: Kind, object: AnyObject): void {
  refuse(kind, object, validateSchema(kind.schema, object, { required: false }));
}

function refuse({ resource }: Kind, object: AnyObject, errors: FieldError[]): void {
  if (errors.length) throw invalidObject(resource.group, resource.kind, object.metadata.name ?? '', errors);
}

/** Drops unknown fields: silently, with a warning, or refusing the whole, as the client asked. */
function normalizeFields(kind: Kind, object: AnyObject, duplicates: string[], request: WriteRequest): void {
  const problems = fieldProblems(normalize(kind.schema, object), duplicates);
  if (problems.length === 0 || request.fieldValidation === 'Ignore') return;
  if (request.fieldValidation === 'Warn') {
    for (const problem of problems) request.warn(problem);
    return;
  }
  const { kind: name } = kind.resource;
  throw new StatusError(
    'BadRequest',
    `${name} in version ${JSON.stringify(kind.resource.version)} cannot be handled as a ${name}: strict decoding error: ${problems.join(', ')}`,
  );
}
