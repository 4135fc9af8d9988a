import { forbidden, invalid, required, tooLong } from '../../field-errors';
import type { FieldError } from '../../kind';
import { checkQualifiedName } from '../../names';
import { equalJson } from '../../schema-engine';
import { checked } from '../shared/limits';

const maxCount = 512;
/** Of all keys and values together, in bytes. */
const maxSize = 256 * 1024;

/** Bytes of a map's keys and values. */
export function sizeOf(map: Record<string, string>): number {
  return Object.entries(map).reduce((sum, [key, value]) => sum + Buffer.byteLength(key) + Buffer.byteLength(value), 0);
}

/** What a class hands to its driver. */
export function checkParameters(parameters: Record<string, string> = {}): FieldError[] {
  const field = 'parameters';
  const keys = Object.keys(parameters);
  if (keys.length > maxCount) return [tooLong(field, maxCount)];
  return [
    ...(keys.includes('') ? [invalid(field, '', 'field can not be empty.')] : []),
    ...(sizeOf(parameters) > maxSize ? [tooLong(field, maxSize)] : []),
  ];
}

/** The driver that a class is for. */
export function checkProvisioner(field: string, value: string | undefined): FieldError[] {
  return value ? checked(field, value, checkQualifiedName(value.toLowerCase())) : [required(field)];
}

/** Fields that an update may not touch. */
export function checkFixed<T extends object>(object: T, old: T, fields: Array<keyof T & string>): FieldError[] {
  return fields
    .filter((field) => !equalJson(object[field] ?? null, old[field] ?? null))
    .map((field) => forbidden(field, `updates to ${field} are forbidden.`));
}
