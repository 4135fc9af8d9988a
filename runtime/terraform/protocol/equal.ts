import { type CtyType, Dynamic, equalValues, isObjectValue, type Value } from './value';

/** Stands in a comparison for a value that the provider is to choose and that therefore differs from nothing. */
export const Anything: unique symbol = Symbol('anything');

/** Equality of two values of `type`: as equalValues, but the order of a set's elements does not count. */
export function equalByType(a: Value | undefined, b: Value | undefined, type: CtyType): boolean {
  if ((a as unknown) === Anything || (b as unknown) === Anything) return true;
  const left = a ?? null;
  const right = b ?? null;
  if (typeof type === 'string' || left instanceof Dynamic || right instanceof Dynamic) return equalValues(left, right);
  if (Array.isArray(left) && Array.isArray(right)) {
    if (left.length !== right.length) return false;
    if (type[0] === 'tuple') return equalValues(left, right);
    const of = type[1] as CtyType;
    if (type[0] !== 'set') return left.every((element, index) => equalByType(element, right[index], of));
    const rest = [...right];
    return left.every((element) => {
      const found = rest.findIndex((other) => equalByType(element, other, of));
      if (found >= 0) rest.splice(found, 1);
      return found >= 0;
    });
  }
  if (isObjectValue(left) && isObjectValue(right)) {
    const keys = new Set([...Object.keys(left), ...Object.keys(right)]);
    return [...keys].every((key) => {
      const of = type[0] === 'map' ? type[1] : type[0] === 'object' ? (type[1][key] ?? 'dynamic') : 'dynamic';
      return equalByType(left[key], right[key], of);
    });
  }
  return equalValues(left, right);
}
