import { Float, type Packed, pack, UnknownExt, unpack } from './msgpack';
import { type CtyType, Dynamic, ExactNumber, isObjectValue, isWhollyKnown, Unknown, type Value } from './value';

/** `value` as Terraform's msgpack, by its type. @throws TypeError naming the place where value and type differ */
export function encodeValue(value: Value | undefined, type: CtyType): Buffer {
  return pack(toPacked(value ?? null, type, ''));
}

/** Terraform's msgpack as a value, by its type. @throws RangeError or TypeError on bytes that do not fit the type */
export function decodeValue(bytes: Uint8Array, type: CtyType): Value {
  return fromPacked(unpack(bytes), type, '');
}

function mismatch(path: string, type: CtyType, value: unknown): TypeError {
  const expected = typeof type === 'string' ? type : type[0];
  const got = value === null ? 'null' : Array.isArray(value) ? 'a list' : typeof value;
  return new TypeError(`${path ? `${path.slice(1)}: ` : ''}expected a value of Terraform type ${expected}, got ${got}`);
}

function toPacked(value: Value, type: CtyType, path: string): Packed {
  if (value === Unknown) return UnknownExt;
  if (type === 'dynamic') {
    if (value === null) return null;
    const dynamic = Dynamic.of(value);
    // A null or unknown value whose type is not known either is written bare.
    if (dynamic.type === 'dynamic') return toPacked(dynamic.value, 'string', path);
    return [Buffer.from(JSON.stringify(dynamic.type)), toPacked(dynamic.value, dynamic.type, path)];
  }
  if (value === null) return null;
  if (type === 'string' && typeof value === 'string') return value;
  if (type === 'bool' && typeof value === 'boolean') return value;
  if (type === 'number') return packNumber(value, path);
  if (Array.isArray(type)) return collectionToPacked(value, type, path);
  throw mismatch(path, type, value);
}

function collectionToPacked(value: Value, type: Exclude<CtyType, string>, path: string): Packed {
  switch (type[0]) {
    case 'list':
      if (!Array.isArray(value)) throw mismatch(path, type, value);
      return value.map((element, index) => toPacked(element, type[1], `${path}.${index}`));
    case 'set':
      if (!Array.isArray(value)) throw mismatch(path, type, value);
      return distinct(
        value.map((element, index) => ({ element, packed: toPacked(element, type[1], `${path}.${index}`) })),
      );
    case 'tuple':
      if (!Array.isArray(value) || value.length !== type[1].length) throw mismatch(path, type, value);
      return value.map((element, index) => toPacked(element, type[1][index] ?? 'dynamic', `${path}.${index}`));
    case 'map': {
      if (!isObjectValue(value)) throw mismatch(path, type, value);
      const entries = Object.entries(value).filter(([, element]) => element !== undefined);
      return new Map(entries.map(([key, element]) => [key, toPacked(element, type[1], `${path}.${key}`)]));
    }
    case 'object': {
      if (!isObjectValue(value)) throw mismatch(path, type, value);
      const stray = Object.keys(value).find((key) => !Object.hasOwn(type[1], key) && value[key] !== undefined);
      if (stray !== undefined) throw new TypeError(`${path.slice(1) || 'the value'}: has no attribute "${stray}"`);
      const attributes = Object.entries(type[1]);
      return new Map(attributes.map(([key, of]) => [key, toPacked(value[key] ?? null, of, `${path}.${key}`)]));
    }
  }
}

/** A set's elements without repetition; those not wholly known may still turn out different, and stay. */
function distinct(elements: { element: Value; packed: Packed }[]): Packed[] {
  const seen = new Set<string>();
  return elements
    .filter(({ element, packed }) => {
      if (!isWhollyKnown(element)) return true;
      const key = pack(packed).toString('latin1');
      return !seen.has(key) && seen.add(key);
    })
    .map(({ packed }) => packed);
}

function packNumber(value: Value, path: string): Packed {
  if (value instanceof ExactNumber) return value.float === undefined ? value.text : new Float(value.float);
  if (typeof value === 'bigint') {
    return value >= -(2n ** 63n) && value < 2n ** 64n ? value : value.toString();
  }
  if (typeof value !== 'number' || Number.isNaN(value)) throw mismatch(path, 'number', value);
  if (Number.isSafeInteger(value)) return value;
  // The shortest text for an integer that is written without an exponent may be that of its neighbour.
  if (Number.isInteger(value) && Math.abs(value) < 1e21) return packNumber(BigInt(value), path);
  // As decimal text, since Terraform reads 0.1 as exactly one tenth and not as the nearest binary fraction.
  return Number.isFinite(value) ? value.toString() : new Float(value);
}

function fromPacked(packed: Packed, type: CtyType, path: string): Value {
  if (packed === UnknownExt) return Unknown;
  if (packed === null) return null;
  if (type === 'dynamic') {
    const [of, value] = Array.isArray(packed) ? packed : [];
    if (of === undefined || value === undefined) throw mismatch(path, type, packed);
    const text = Buffer.isBuffer(of) ? of.toString('utf8') : String(of);
    const dynamicType = JSON.parse(text) as CtyType;
    return new Dynamic(dynamicType, fromPacked(value, dynamicType, path));
  }
  if (type === 'string' && typeof packed === 'string') return packed;
  if (type === 'bool' && typeof packed === 'boolean') return packed;
  if (type === 'number') return unpackNumber(packed, path);
  if (!Array.isArray(type)) throw mismatch(path, type, packed);
  if (type[0] === 'map' || type[0] === 'object') {
    if (!(packed instanceof Map)) throw mismatch(path, type, packed);
    const result: Record<string, Value> = {};
    for (const [key, element] of packed) {
      const of = type[0] === 'map' ? type[1] : type[1][key];
      if (of === undefined) throw new TypeError(`${path.slice(1)}: has no attribute "${key}"`);
      setOwn(result, key, fromPacked(element, of, `${path}.${key}`));
    }
    return result;
  }
  if (!Array.isArray(packed)) throw mismatch(path, type, packed);
  return packed.map((element, index) => {
    const of = type[0] === 'tuple' ? (type[1][index] ?? 'dynamic') : type[1];
    return fromPacked(element, of, `${path}.${index}`);
  });
}

/** Sets a property whatever its name, `__proto__` included. */
export function setOwn(target: Record<string, Value>, key: string, value: Value): void {
  if (key === '__proto__')
    Object.defineProperty(target, key, { value, enumerable: true, writable: true, configurable: true });
  else target[key] = value;
}

function unpackNumber(packed: Packed, path: string): Value {
  if (typeof packed === 'number' || typeof packed === 'bigint') return packed;
  if (typeof packed === 'string') return parseNumber(packed);
  if (packed instanceof Float) {
    const parsed = parseNumber(packed.value.toString());
    // Only halves, quarters and so on are the same number in decimal and in binary.
    const exact = Number.isInteger(packed.value * 2 ** 20) || !Number.isFinite(packed.value);
    return exact
      ? typeof parsed === 'number'
        ? parsed
        : packed.value
      : new ExactNumber(String(packed.value), packed.value);
  }
  throw mismatch(path, 'number', packed);
}

/** A decimal text as the plainest JavaScript value that holds it exactly. */
export function parseNumber(text: string): number | bigint | ExactNumber {
  if (/^-?\d+$/.test(text)) {
    const number = Number(text);
    return Number.isSafeInteger(number) ? number : BigInt(text);
  }
  const number = Number(text);
  if (Number.isSafeInteger(number) && /^-?\d+(\.0+)?$/.test(text)) return number;
  return canonical(String(number)) === canonical(text) ? number : new ExactNumber(text);
}

/** Digits without trailing zeros, and the power of ten they stand for: equal for equal numbers. */
function canonical(text: string): string {
  const match = /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/.exec(text);
  if (!match) return text;
  const [, sign, whole = '', fraction = '', exponent = '0'] = match;
  const digits = (whole + fraction).replace(/^0+/, '');
  const trimmed = digits.replace(/0+$/, '');
  return `${sign}${trimmed}e${Number(exponent) - fraction.length + digits.length - trimmed.length}`;
}
