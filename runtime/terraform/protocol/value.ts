/**
 * The values that pass between Terraform and a resource: plain JavaScript, with three additions that
 * JavaScript has no word for: `Unknown`, `ExactNumber` and `Dynamic`. Null is Terraform's null.
 */

/** A value that will be known only after apply. */
export const Unknown: unique symbol = Symbol('unknown');
export type Unknown = typeof Unknown;

/** A number that neither a JavaScript number nor a bigint holds exactly, such as 1/3 in Terraform's arithmetic. */
export class ExactNumber {
  /** `text` is the decimal form; `float` is set where the number is exactly this binary fraction. */
  constructor(
    readonly text: string,
    readonly float?: number,
  ) {}

  toString(): string {
    return this.text;
  }
}

export type CollectionType = ['list', CtyType] | ['set', CtyType] | ['map', CtyType];

/** Terraform's types, in the JSON form that schemas and dynamic values carry. */
export type CtyType =
  | 'string'
  | 'number'
  | 'bool'
  | 'dynamic'
  | CollectionType
  | ['tuple', CtyType[]]
  /** The third element names optional attributes, which only types in variables have. */
  | ['object', Record<string, CtyType>, string[]?];

export function collectionOf(kind: 'list' | 'set' | 'map', element: CtyType): CtyType {
  return [kind, element] as CtyType;
}

/**
 * The value of a `dynamic` attribute with the type that the user's expression gave it. Return the same
 * Dynamic that was configured to echo it exactly; `Dynamic.of(js)` makes one from plain data.
 */
export class Dynamic {
  constructor(
    readonly type: CtyType,
    readonly value: Value,
  ) {}

  /** Objects become object types and arrays tuples, as in a Terraform literal. */
  static of(value: Value): Dynamic {
    return value instanceof Dynamic ? value : new Dynamic(impliedType(value), value);
  }

  /** The value as plain data: nested Dynamics unwrapped, `Unknown` left where it stands. */
  toJs(): Value {
    return plain(this.value);
  }
}

export type Value =
  | null
  | boolean
  | number
  | bigint
  | string
  | ExactNumber
  | Unknown
  | Dynamic
  | Value[]
  | { [key: string]: Value };

export type ObjectValue = { [key: string]: Value };

/** Whether `value` is an object or a map, and not one of the classes above. */
export function isObjectValue(value: unknown): value is ObjectValue {
  return (
    typeof value === 'object' &&
    value !== null &&
    !Array.isArray(value) &&
    !(value instanceof Dynamic) &&
    !(value instanceof ExactNumber)
  );
}

/** Whether nothing in `value`, at any depth, is unknown. */
export function isWhollyKnown(value: unknown): boolean {
  if (value === Unknown) return false;
  if (value instanceof Dynamic) return isWhollyKnown(value.value);
  if (Array.isArray(value)) return value.every(isWhollyKnown);
  if (isObjectValue(value)) return Object.values(value).every(isWhollyKnown);
  return true;
}

/** Deep equality of values. Two Dynamics are equal when type and value are; `Unknown` equals only `Unknown`. */
export function equalValues(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (a === null || b === null || a === undefined || b === undefined) return (a ?? null) === (b ?? null);
  if (a instanceof Dynamic || b instanceof Dynamic) {
    return a instanceof Dynamic && b instanceof Dynamic && equalValues(a.type, b.type) && equalValues(a.value, b.value);
  }
  if (a instanceof ExactNumber || b instanceof ExactNumber) {
    return a instanceof ExactNumber && b instanceof ExactNumber && a.text === b.text;
  }
  if (typeof a === 'bigint' || typeof b === 'bigint') return isIntegral(a) && isIntegral(b) && BigInt(a) === BigInt(b);
  if (Array.isArray(a)) {
    return Array.isArray(b) && a.length === b.length && a.every((element, index) => equalValues(element, b[index]));
  }
  if (!isObjectValue(a) || !isObjectValue(b)) return false;
  const keys = new Set([...Object.keys(a), ...Object.keys(b)]);
  return [...keys].every((key) => equalValues(a[key], b[key]));
}

function isIntegral(value: unknown): value is number | bigint {
  return typeof value === 'bigint' || Number.isInteger(value);
}

/** The type that Terraform would give `value` written as a literal. */
function impliedType(value: Value): CtyType {
  if (value === null || value === Unknown) return 'dynamic';
  if (typeof value === 'string') return 'string';
  if (typeof value === 'boolean') return 'bool';
  if (typeof value === 'number' || typeof value === 'bigint' || value instanceof ExactNumber) return 'number';
  if (value instanceof Dynamic) return value.type;
  if (Array.isArray(value)) return ['tuple', value.map(impliedType)];
  if (!isObjectValue(value)) throw new TypeError(`no Terraform type fits ${String(value)}`);
  const present = Object.entries(value).filter(([, element]) => element !== undefined);
  return ['object', Object.fromEntries(present.map(([key, element]) => [key, impliedType(element)]))];
}

/** `value` with every Dynamic replaced by what it holds. */
export function plain(value: Value): Value {
  if (value instanceof Dynamic) return plain(value.value);
  if (Array.isArray(value)) return value.map(plain);
  if (isObjectValue(value)) {
    return Object.fromEntries(Object.entries(value).map(([key, element]) => [key, plain(element)]));
  }
  return value;
}
