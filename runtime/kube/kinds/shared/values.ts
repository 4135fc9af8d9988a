import { isIP } from 'node:net';
import { notSupported, required } from '../../field-errors';
import type { FieldError } from '../../kind';
import { checkPortName, checkPortNumber } from '../../names';
import { checked } from './limits';

/** One of a few words; a missing one is an error too. */
export function checkWord(field: string, value: string | undefined, words: readonly string[]): FieldError[] {
  if (!value) return [required(field)];
  return words.includes(value) ? [] : [notSupported(field, value, words)];
}

/** One of a few words, where it is given. */
export function checkOptionalWord(field: string, value: string | undefined, words: readonly string[]): FieldError[] {
  return value ? checkWord(field, value, words) : [];
}

/** A port by number, or by the name that a container gives it. */
export function checkPortNumberOrName(field: string, port: number | string | undefined): FieldError[] {
  if (typeof port === 'string') return checked(field, port, checkPortName(port));
  return checked(field, port ?? 0, checkPortNumber(port ?? 0));
}

export function checkIp(field: string, value: string | undefined): FieldError[] {
  const ok = value !== undefined && isIP(value) !== 0;
  return ok ? [] : checked(field, value ?? '', ['must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)']);
}

export const protocols = ['SCTP', 'TCP', 'UDP'] as const;
