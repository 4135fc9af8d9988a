import type { FieldError } from './kind';
import { StatusError } from './status-error';

const words: Record<FieldError['type'], { text: string; cause: string; showsValue: boolean }> = {
  Required: { text: 'Required value', cause: 'FieldValueRequired', showsValue: false },
  Invalid: { text: 'Invalid value', cause: 'FieldValueInvalid', showsValue: true },
  NotSupported: { text: 'Unsupported value', cause: 'FieldValueNotSupported', showsValue: true },
  Duplicate: { text: 'Duplicate value', cause: 'FieldValueDuplicate', showsValue: true },
  Forbidden: { text: 'Forbidden', cause: 'FieldValueForbidden', showsValue: false },
  TooLong: { text: 'Too long', cause: 'FieldValueTooLong', showsValue: false },
  TooMany: { text: 'Too many', cause: 'FieldValueTooMany', showsValue: true },
  TypeInvalid: { text: 'Invalid value', cause: 'FieldValueTypeInvalid', showsValue: true },
  NotFound: { text: 'Not found', cause: 'FieldValueNotFound', showsValue: true },
  InternalError: { text: 'Internal error', cause: 'InternalError', showsValue: false },
};

export function required(field: string, detail?: string): FieldError {
  return { type: 'Required', field, detail };
}

export function invalid(field: string, value: unknown, detail: string): FieldError {
  return { type: 'Invalid', field, value, detail };
}

/** A value of the wrong JSON type. */
export function typeInvalid(field: string, value: unknown, detail: string): FieldError {
  return { type: 'TypeInvalid', field, value, detail };
}

/** A value that is not one of `supported`; they are shown in the order given. */
export function notSupported(field: string, value: unknown, supported: readonly string[]): FieldError {
  const detail = supported.length
    ? `supported values: ${supported.map((s) => JSON.stringify(s)).join(', ')}`
    : undefined;
  return { type: 'NotSupported', field, value, detail };
}

export function duplicate(field: string, value: unknown): FieldError {
  return { type: 'Duplicate', field, value };
}

export function forbidden(field: string, detail: string): FieldError {
  return { type: 'Forbidden', field, detail };
}

/** A text of more than `max` bytes. */
export function tooLong(field: string, max: number): FieldError {
  return { type: 'TooLong', field, detail: `may not be more than ${max} bytes` };
}

/** A list of `actual` items where at most `max` are allowed. */
export function tooMany(field: string, actual: number, max: number): FieldError {
  return { type: 'TooMany', field, value: actual, detail: `must have at most ${max} item${max === 1 ? '' : 's'}` };
}

export function notFound(field: string, value: unknown): FieldError {
  return { type: 'NotFound', field, value };
}

/** Longer values are cut in messages. */
const shownLength = 1000;

function show(value: unknown): string {
  const text = (value === undefined ? 'null' : JSON.stringify(value)) ?? String(value);
  return text.length > shownLength ? `${text.slice(0, shownLength)}…` : text;
}

/** The error without its field: `Invalid value: -1: must be greater than or equal to 0`. */
function errorBody(error: FieldError): string {
  const word = words[error.type];
  const value = word.showsValue ? `: ${show(error.value)}` : '';
  return `${word.text}${value}${error.detail ? `: ${error.detail}` : ''}`;
}

/** The whole error: `spec.replicas: Invalid value: -1: must be greater than or equal to 0`. */
export function errorText(error: FieldError): string {
  return `${error.field}: ${errorBody(error)}`;
}

/** The 422 that Kubernetes answers with for an object that breaks its kind's rules, one cause a problem. */
export function invalidObject(group: string, kind: string, name: string, errors: readonly FieldError[]): StatusError {
  const texts = [...new Set(errors.map(errorText))];
  const joined = texts.length === 1 ? texts[0] : `[${texts.join(', ')}]`;
  const qualified = group ? `${kind}.${group}` : kind;
  return new StatusError('Invalid', `${qualified} ${JSON.stringify(name)} is invalid: ${joined}`, {
    ...(name ? { name } : {}),
    ...(group ? { group } : {}),
    kind,
    causes: errors.map((error) => ({
      reason: words[error.type].cause,
      message: errorBody(error),
      field: error.field,
    })),
  });
}
