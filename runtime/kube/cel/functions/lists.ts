import type { Environment } from '../load';

const sync = { async: false };

type Comparable = bigint | number | string | boolean;

const comparable = ['int', 'uint', 'double', 'string', 'bool', 'google.protobuf.Timestamp', 'google.protobuf.Duration'];

/** Kubernetes' functions of lists, and CEL's sets. */
export function registerLists(environment: Environment): void {
  const define = (signature: string, run: (...args: never[]) => unknown) =>
    environment.registerFunction(signature, run as never, sync);
  for (const type of comparable) {
    define(`list<${type}>.isSorted(): bool`, (list: Comparable[]) =>
      list.every((item, index) => index === 0 || order(list[index - 1] as Comparable, item) <= 0),
    );
    define(`list<${type}>.min(): ${type}`, (list: Comparable[]) => extreme(list, -1, 'min'));
    define(`list<${type}>.max(): ${type}`, (list: Comparable[]) => extreme(list, 1, 'max'));
  }
  define('list<int>.sum(): int', (list: bigint[]) => list.reduce((sum, item) => sum + item, 0n));
  define('list<double>.sum(): double', (list: number[]) => list.reduce((sum, item) => sum + item, 0));
  for (const type of ['int', 'uint', 'double', 'string', 'bool']) {
    define(`list<${type}>.indexOf(${type}): int`, (list: Comparable[], item: Comparable) =>
      BigInt(list.findIndex((each) => same(each, item))),
    );
    define(`list<${type}>.lastIndexOf(${type}): int`, (list: Comparable[], item: Comparable) =>
      BigInt(list.findLastIndex((each) => same(each, item))),
    );
    define(`Sets.contains(list<${type}>, list<${type}>): bool`, (_: unknown, list: Comparable[], other: Comparable[]) =>
      contains(list, other),
    );
    define(
      `Sets.equivalent(list<${type}>, list<${type}>): bool`,
      (_: unknown, list: Comparable[], other: Comparable[]) => contains(list, other) && contains(other, list),
    );
    define(
      `Sets.intersects(list<${type}>, list<${type}>): bool`,
      (_: unknown, list: Comparable[], other: Comparable[]) => {
        const keys = new Set(list.map(keyOf));
        return other.some((item) => keys.has(keyOf(item)));
      },
    );
  }
}

function contains(list: readonly Comparable[], items: readonly Comparable[]): boolean {
  const keys = new Set(list.map(keyOf));
  return items.every((item) => keys.has(keyOf(item)));
}

function keyOf(item: Comparable): unknown {
  return typeof item === 'object' ? String(item) : item;
}

function same(a: Comparable, b: Comparable): boolean {
  return a.valueOf() === b.valueOf();
}

function order(a: Comparable, b: Comparable): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function extreme(list: readonly Comparable[], sign: number, name: string): Comparable {
  const [first, ...rest] = list;
  if (first === undefined) throw new Error(`${name} called on empty list`);
  return rest.reduce((best, item) => (order(item, best) * sign > 0 ? item : best), first);
}
