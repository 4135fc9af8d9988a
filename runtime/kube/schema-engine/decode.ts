import { StatusError } from '../status-error';
import { duplicateKeys } from './duplicate-keys';
import { endOfString } from './json-text';
import { isObject } from './walk';

export interface DecodeLimits {
  /** Bytes of text. @default 3 MiB, as Kubernetes' request limit */
  maxBytes?: number;
  /** Objects and lists inside one another. @default 200 */
  maxDepth?: number;
  /** Of YAML, whose reading costs microseconds each: words, marks and line ends. @default no bound */
  maxTokens?: number;
  /** Of YAML: takes what is said of keys that stand twice (`line 5: key "a" already set in map`). @default they are refused */
  duplicates?: string[];
}

/**
 * Reads JSON that somebody else wrote. `duplicates` names the fields that stand twice in one object (the last one counts).
 *
 * @throws StatusError BadRequest for text that is no JSON, is nested too deep, or has a key `__proto__` or an integer that
 *   would be altered; RequestEntityTooLarge for text that is too long.
 */
export function decodeJson(text: string, limits: DecodeLimits = {}): { value: unknown; duplicates: string[] } {
  const { maxBytes = 3 * 1024 * 1024, maxDepth = 200 } = limits;
  if (text.length > maxBytes) {
    throw new StatusError('RequestEntityTooLarge', `Request entity too large: limit is ${maxBytes}`);
  }
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new StatusError('BadRequest', `couldn't read the object: ${(error as Error).message}`);
  }
  const entries = countEntries(value, maxDepth);
  return { value, duplicates: entries === countColons(text) ? [] : duplicateKeys(text) };
}

/** The same for text that must be an object. */
export function decodeJsonObject(text: string, limits?: DecodeLimits) {
  const { value, duplicates } = decodeJson(text, limits);
  if (!isObject(value)) throw new StatusError('BadRequest', 'the body of the request must be a JSON object');
  return { value, duplicates };
}

/** Keys of all objects in a value; an object with a key twice has fewer than its text. */
function countEntries(value: unknown, depth: number): number {
  if (typeof value !== 'object' || value === null) return 0;
  if (depth === 0) throw new StatusError('BadRequest', 'the object is nested too deep');
  let count = 0;
  if (Array.isArray(value)) {
    for (const item of value) count += countEntries(item, depth - 1);
    return count;
  }
  for (const key of Object.keys(value)) {
    // Legal JSON, but code that copies such a key by assignment would change the copy's prototype.
    if (key === '__proto__') throw new StatusError('BadRequest', 'the key "__proto__" is not allowed');
    count += 1 + countEntries((value as Record<string, unknown>)[key], depth - 1);
  }
  return count;
}

/** Colons outside strings: one for each key in valid JSON. Numbers on the way are looked at. @throws StatusError 400 */
function countColons(text: string): number {
  let count = 0;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code === 0x3a) count++;
    else if (code === 0x22) i = endOfString(text, i);
    else if (isDigit(code)) i = endOfNumber(text, i);
  }
  return count;
}

const isDigit = (code: number) => code >= 0x30 && code <= 0x39;

/** Digits that every integer of so many has exactly in a double. */
const exactDigits = 15;

function endOfNumber(text: string, start: number): number {
  let end = start;
  while (isDigit(text.charCodeAt(end + 1))) end++;
  const isWhole = !'.eE'.includes(text.charAt(end + 1) || ' ');
  // After a point or an exponent come digits of a number that Kubernetes keeps as a double too.
  const isFraction = '.eE+'.includes(text.charAt(start - 1) || ' ');
  if (isWhole && !isFraction && end - start >= exactDigits) checkExact(text.slice(start, end + 1));
  return end;
}

/** Kubernetes keeps integers of 64 bits as they are, and makes doubles of larger ones. @throws StatusError 400 */
function checkExact(digits: string): void {
  if (String(Number(digits)) === digits || BigInt(digits) > 2n ** 63n) return;
  throw new StatusError(
    'BadRequest',
    `the integer ${digits} cannot be kept exactly: integers above ${Number.MAX_SAFE_INTEGER} are not served; where its field allows text, write it as a string`,
  );
}
