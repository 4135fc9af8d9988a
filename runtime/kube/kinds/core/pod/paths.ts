import { required } from '../../../field-errors';
import type { KeyToPath } from '../../../generated/types';
import type { FieldError } from '../../../kind';
import { checked } from '../../shared/limits';

function hasBackstep(path: string): boolean {
  return path.split('/').includes('..');
}

export function checkNoBacksteps(field: string, path: string): FieldError[] {
  return hasBackstep(path) ? checked(field, path, ["must not contain '..'"]) : [];
}

/** A path below a volume's root. */
export function checkRelativePath(field: string, path: string): FieldError[] {
  return [
    ...(path.startsWith('/') ? checked(field, path, ['must be a relative path']) : []),
    ...checkNoBacksteps(field, path),
  ];
}

/** A path below the root of a volume that is swapped atomically, which keeps names of its own that start with `..`. */
export function checkFilePath(field: string, path: string | undefined): FieldError[] {
  if (!path) return [required(field)];
  const errors = checkRelativePath(field, path);
  if (path.startsWith('..') && !hasBackstep(path)) errors.push(...checked(field, path, ["must not start with '..'"]));
  return errors;
}

export function checkFileMode(field: string, mode: number | undefined): FieldError[] {
  if (mode === undefined || (mode >= 0 && mode <= 0o777)) return [];
  return checked(field, mode, ['must be a number between 0 and 0777 (octal), both inclusive']);
}

/** The items of ConfigMap and Secret volumes. */
export function checkKeyToPaths(field: string, items: KeyToPath[] | undefined): FieldError[] {
  return (items ?? []).flatMap((item, index) => {
    const at = `${field}[${index}]`;
    return [
      ...(item.key ? [] : [required(`${at}.key`)]),
      ...checkFilePath(`${at}.path`, item.path),
      ...checkFileMode(`${at}.mode`, item.mode),
    ];
  });
}
