/** How a quantity was written, which decides how it is written again. */
export type QuantityFormat = 'DecimalSI' | 'BinarySI' | 'DecimalExponent';

/** An exact amount: an integer number of billionths, since Kubernetes keeps nothing finer. */
export interface Quantity {
  readonly nano: bigint;
  readonly format: QuantityFormat;
}

/** A quantity as it stands in an object (`"500m"`, `2`) or parsed. */
export type QuantityLike = Quantity | string | number;

const NANO = 1_000_000_000n;
/** Kubernetes caps every quantity at the largest signed 64-bit integer. */
const MAX_NANO = (2n ** 63n - 1n) * NANO;
const MAX_TEXT = 256;
const DECIMAL_SUFFIXES = ['n', 'u', 'm', '', 'k', 'M', 'G', 'T', 'P', 'E'];
const BINARY_SUFFIXES = ['', 'Ki', 'Mi', 'Gi', 'Ti', 'Pi', 'Ei'];
const PATTERN = /^([+-]?)(\d*)(?:\.(\d*))?(Ki|Mi|Gi|Ti|Pi|Ei|[numkMGTPE]|[eE][+-]?\d+)?$/;

export const quantityMessage =
  "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'";

const parsed = new Map<string, Quantity>();
const PARSED_LIMIT = 4096;

/** Reads `"500m"`, `"1.5Gi"`, `"1e3"` or a JSON number; undefined for anything else. */
export function tryParseQuantity(value: unknown): Quantity | undefined {
  if (typeof value === 'number') return Number.isFinite(value) ? tryParseQuantity(String(value)) : undefined;
  if (typeof value !== 'string' || value.length > MAX_TEXT) return undefined;
  const known = parsed.get(value);
  if (known) return known;
  const quantity = parse(value);
  if (quantity) {
    if (parsed.size >= PARSED_LIMIT) parsed.clear();
    parsed.set(value, quantity);
  }
  return quantity;
}

/** Reads a quantity. @throws RangeError in Kubernetes' words when it is none. */
export function parseQuantity(value: QuantityLike): Quantity {
  if (typeof value === 'object') return value;
  const quantity = tryParseQuantity(value);
  if (!quantity) throw new RangeError(`${quantityMessage}, got ${JSON.stringify(value)}`);
  return quantity;
}

function parse(text: string): Quantity | undefined {
  const match = PATTERN.exec(text);
  if (!match) return undefined;
  const [, sign = '', whole = '', fraction = '', suffix = ''] = match;
  if (whole === '' && fraction === '') return undefined;
  const digits = BigInt(`${whole}${fraction}` || '0');
  const { format, scale } = scaleOf(suffix);
  const nano = clamp(scaleDigits(digits, scale.base, scale.exponent, fraction.length));
  return { nano: sign === '-' ? -nano : nano, format };
}

function scaleOf(suffix: string): { format: QuantityFormat; scale: { base: bigint; exponent: number } } {
  const binary = BINARY_SUFFIXES.indexOf(suffix);
  if (binary > 0) return { format: 'BinarySI', scale: { base: 1024n, exponent: binary } };
  const decimal = DECIMAL_SUFFIXES.indexOf(suffix);
  if (decimal >= 0) return { format: 'DecimalSI', scale: { base: 10n, exponent: (decimal - 3) * 3 } };
  return { format: 'DecimalExponent', scale: { base: 10n, exponent: Number(suffix.slice(1)) } };
}

/** digits × base^exponent ÷ 10^places, in billionths, rounded away from zero. */
function scaleDigits(digits: bigint, base: bigint, exponent: number, places: number): bigint {
  if (digits === 0n) return 0n;
  // No more digits than this can matter: above is capped, below rounds up to one billionth.
  const bounded = Math.max(-2 * MAX_TEXT, Math.min(2 * MAX_TEXT, exponent));
  const up = digits * NANO * (bounded > 0 ? base ** BigInt(bounded) : 1n);
  const down = 10n ** BigInt(places) * (bounded < 0 ? base ** BigInt(-bounded) : 1n);
  return divideUp(up, down);
}

function divideUp(value: bigint, by: bigint): bigint {
  const quotient = value / by;
  if (quotient * by === value) return quotient;
  return value < 0n ? quotient - 1n : quotient + 1n;
}

function clamp(nano: bigint): bigint {
  if (nano > MAX_NANO) return MAX_NANO;
  return nano < -MAX_NANO ? -MAX_NANO : nano;
}

/** The canonical text: no fraction, the largest suffix that keeps it exact. */
export function formatQuantity({ nano, format }: Quantity): string {
  if (nano === 0n) return '0';
  if (format === 'BinarySI' && (nano <= -1024n * NANO || nano >= 1024n * NANO)) {
    return withSuffix(divideUp(nano, NANO), 1024n, BINARY_SUFFIXES);
  }
  if (format !== 'DecimalExponent') return withSuffix(nano, 1000n, DECIMAL_SUFFIXES);
  let value = nano;
  let exponent = -9;
  while (value % 1000n === 0n) {
    value /= 1000n;
    exponent += 3;
  }
  return exponent === 0 ? `${value}` : `${value}e${exponent}`;
}

function withSuffix(value: bigint, base: bigint, suffixes: string[]): string {
  let rest = value;
  let step = 0;
  while (step < suffixes.length - 1 && rest % base === 0n) {
    rest /= base;
    step++;
  }
  return `${rest}${suffixes[step]}`;
}

/** Negative, zero or positive as a is less than, equal to or greater than b. */
export function compareQuantities(a: QuantityLike, b: QuantityLike): number {
  const left = parseQuantity(a).nano;
  const right = parseQuantity(b).nano;
  return left < right ? -1 : left > right ? 1 : 0;
}

/** a + b, in a's format (b's where a is zero). */
export function addQuantities(a: QuantityLike, b: QuantityLike): Quantity {
  const left = parseQuantity(a);
  const right = parseQuantity(b);
  return { nano: clamp(left.nano + right.nano), format: left.nano === 0n ? right.format : left.format };
}

/** Whole units, rounded away from zero; exact up to 2^53. */
export function quantityValue(value: QuantityLike): number {
  return Number(divideUp(parseQuantity(value).nano, NANO));
}

/** Thousandths, rounded away from zero; exact up to 2^53. */
export function quantityMilliValue(value: QuantityLike): number {
  return Number(divideUp(parseQuantity(value).nano, 1_000_000n));
}
