import { forbidden, invalid, tooLong } from '../../field-errors';
import type { FieldError } from '../../kind';
import { checkConfigMapKey } from '../../names';
import { equalJson } from '../../schema-engine';
import { checked } from '../shared/limits';

/** What the data of one ConfigMap or Secret may be together, in bytes. */
const maxDataSize = 1024 * 1024;

export function checkDataKeys(data: Record<string, string> | undefined, field: string): FieldError[] {
  return Object.keys(data ?? {}).flatMap((key) => checked(`${field}[${key}]`, key, checkConfigMapKey(key)));
}

/** The bytes that a base64 text stands for. */
export function decodedSize(base64: string): number {
  return Buffer.byteLength(base64, 'base64');
}

export function checkDataSize(field: string, sizes: readonly number[]): FieldError[] {
  const total = sizes.reduce((sum, size) => sum + size, 0);
  return total > maxDataSize ? [tooLong(field, maxDataSize)] : [];
}

/** What an object marked `immutable` may not change; unmarking it is a change too. */
export function checkImmutableData<T extends { immutable?: boolean }>(
  object: T,
  old: T,
  fields: ReadonlyArray<keyof T & string>,
): FieldError[] {
  if (!old.immutable) return [];
  const detail = 'field is immutable when `immutable` is set';
  const errors = object.immutable ? [] : [forbidden('immutable', detail)];
  for (const field of fields) {
    if (!equalJson(object[field] ?? {}, old[field] ?? {})) errors.push(forbidden(field, detail));
  }
  return errors;
}

export function checkNoSharedKeys(
  data: Record<string, string> | undefined,
  other: Record<string, string> | undefined,
): FieldError[] {
  return Object.keys(other ?? {})
    .filter((key) => data && Object.hasOwn(data, key))
    .map((key) => invalid(`data[${key}]`, key, 'duplicate of key present in binaryData'));
}
