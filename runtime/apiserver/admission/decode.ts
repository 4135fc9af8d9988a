import { errorText, invalid, invalidObject, typeInvalid } from '../../kube/field-errors';
import type { FieldError, Kind } from '../../kube/kind';
import type { AnyObject } from '../../kube/object';
import { apiVersionOf } from '../../kube/resource';
import { isObject, normalize, unknownField, validateSchema } from '../../kube/schema-engine';
import { StatusError } from '../../kube/status-error';
import { yamlProblems } from '../../kube/yaml';
import { redact } from './redact';

export type FieldValidation = 'Strict' | 'Warn' | 'Ignore';

/**
 * Turns what a client sent into an object of the kind, in place: unknown fields removed (refused with `Strict`, warned
 * of with `Warn`), nulls, empty values and foreign spellings of quantities and times gone. Afterwards every field that is there has
 * its schema's type, so that defaults and rules need not look.
 *
 * @param duplicates what is said of keys that the text held twice, in the words of the decoder that found them
 * @param keepsEmpty of an apply: empty values stay, since they tell who owns what
 * @returns also the paths of the unknown fields
 * @throws StatusError BadRequest, with a cause for each field of a wrong type
 */
export function decodeObject(
  kind: Kind,
  input: unknown,
  fieldValidation: FieldValidation,
  duplicates: readonly string[] = [],
  keepsEmpty = false,
): { object: AnyObject; warnings: string[]; unknown: string[] } {
  if (!isObject(input)) throw cannotHandle(kind, [typeInvalid('', input, 'must be an object')]);
  checkTypeMeta(kind, input);
  const unknown = normalize(kind.schema, input, keepsEmpty);
  const errors = validateSchema(kind.custom?.decodeSchema ?? kind.schema, input, { required: false });
  if (errors.length) throw cannotHandle(kind, redact(kind, errors));
  const problems = fieldValidation === 'Ignore' ? [] : inOrder(kind, duplicates, unknown.map(unknownField));
  if (fieldValidation === 'Strict' && problems.length) {
    throw badRequest(kind, `strict decoding error: ${strictProblems(problems)}`);
  }
  input.metadata ??= {};
  return { object: input as AnyObject, warnings: problems, unknown };
}

/** What decodes the text itself speaks first: YAML's decoder, and that of custom objects, which knows no fields. */
function inOrder(kind: Kind, duplicates: readonly string[], unknown: readonly string[]): string[] {
  if (kind.custom || duplicates.some(isByLine)) return [...duplicates, ...unknown];
  return [...unknown, ...duplicates];
}

function isByLine(problem: string): boolean {
  return problem.startsWith('line ');
}

/** The problems in one text; those that YAML's decoder tells by their lines stand together, as it tells them. */
function strictProblems(problems: readonly string[]): string {
  const byLine = problems.filter(isByLine);
  if (byLine.length === 0) return problems.join(', ');
  const others = problems.filter((problem) => !byLine.includes(problem));
  return [yamlProblems(byLine), ...others].join(', ');
}

function checkTypeMeta(kind: Kind, input: Record<string, unknown>): void {
  const apiVersion = apiVersionOf(kind.resource);
  if (input.apiVersion && input.apiVersion !== apiVersion) {
    throw new StatusError(
      'BadRequest',
      `the API version in the data (${told(input.apiVersion)}) does not match the expected API version (${apiVersion})`,
    );
  }
  if (input.kind && input.kind !== kind.resource.kind) {
    if (kind.custom) throw otherKind(kind, input);
    throw new StatusError(
      'BadRequest',
      `the kind in the data (${told(input.kind)}) does not match the expected kind (${kind.resource.kind})`,
    );
  }
  input.apiVersion = apiVersion;
  input.kind = kind.resource.kind;
}

/** The kind of a custom object is a rule like those of its schema: 422, said of the kind that it claims to be. */
function otherKind({ resource }: Kind, { kind, metadata }: Record<string, unknown>): StatusError {
  const name = isObject(metadata) ? told(metadata.name ?? '') : '';
  return invalidObject(resource.group, told(kind), name, [invalid('kind', kind, `must be ${resource.kind}`)]);
}

/** What a client wrote, which may be no text. */
function told(value: unknown): string {
  return typeof value === 'string' ? value : (JSON.stringify(value) ?? '');
}

function cannotHandle(kind: Kind, errors: readonly FieldError[]): StatusError {
  return badRequest(
    kind,
    errors.map(errorText).join(', '),
    errors.map((error) => ({ reason: 'FieldValueTypeInvalid', message: errorText(error), field: error.field })),
  );
}

function badRequest(kind: Kind, why: string, causes?: Array<{ reason: string; message: string; field: string }>) {
  const { version, kind: name } = kind.resource;
  const message = `${name} in version ${JSON.stringify(version)} cannot be handled as a ${name}: ${why}`;
  return new StatusError('BadRequest', message, causes ? { kind: name, causes } : undefined);
}
