/**
 * A set of field paths, kept as FieldsV1 writes it, so that managed fields need no decoding:
 * `{"f:spec":{"f:replicas":{},"f:template":{".":{},"f:x":{}}}}` holds spec.replicas, spec.template and spec.template.x.
 *
 * A path is in the set where its object is empty or holds `"."`. The root stands for no path: `{}` is the empty set.
 * Sets are never changed; operations share what they can.
 */
export interface FieldSet {
  readonly [element: string]: FieldSet;
}

/** A path that is in the set, with none below it. */
export const LEAF: FieldSet = Object.freeze({});
export const EMPTY: FieldSet = LEAF;

export function isEmptySet(set: FieldSet): boolean {
  for (const _ in set) return false;
  return true;
}

/** Whether the path that leads to this sub-set is itself in the set. */
export function isMember(child: FieldSet): boolean {
  return child['.'] !== undefined || isEmptySet(child);
}

/** The sub-set of a path that is in the set, with these below it. */
export function asMember(children: FieldSet | undefined): FieldSet {
  if (children === undefined || isEmptySet(children)) return LEAF;
  return children['.'] ? children : { '.': LEAF, ...children };
}

export function union(a: FieldSet, b: FieldSet): FieldSet {
  if (a === b || isEmptySet(b)) return a;
  if (isEmptySet(a)) return b;
  const result: Record<string, FieldSet> = { ...a };
  for (const element in b) {
    const left = a[element];
    const right = b[element] as FieldSet;
    result[element] = left === undefined ? right : unionChild(left, right);
  }
  return result;
}

function unionChild(a: FieldSet, b: FieldSet): FieldSet {
  if (a === b) return a;
  const merged = union(a, b);
  return isMember(a) || isMember(b) ? asMember(merged) : merged;
}

/** The paths of a that are not in b. Paths below one that is taken away stay. */
export function difference(a: FieldSet, b: FieldSet): FieldSet {
  if (isEmptySet(b)) return a;
  let result: Record<string, FieldSet> | undefined;
  for (const element in b) {
    const left = (result ?? a)[element];
    if (left === undefined || element === '.') continue;
    const rest = differenceChild(left, b[element] as FieldSet);
    if (rest === left) continue;
    result ??= { ...a };
    if (rest === undefined) delete result[element];
    else result[element] = rest;
  }
  return result ?? a;
}

function differenceChild(a: FieldSet, b: FieldSet): FieldSet | undefined {
  const member = isMember(a) && !isMember(b);
  const rest = difference(a, b);
  if (rest === a && member === isMember(a)) return a;
  const { '.': _, ...children } = rest;
  if (member) return asMember(children);
  return isEmptySet(children) ? undefined : children;
}

export function intersection(a: FieldSet, b: FieldSet): FieldSet {
  const result: Record<string, FieldSet> = {};
  for (const element in a) {
    const right = b[element];
    if (right === undefined || element === '.') continue;
    const left = a[element] as FieldSet;
    const children = intersection(left, right);
    if (isMember(left) && isMember(right)) result[element] = asMember(children);
    else if (!isEmptySet(children)) result[element] = children;
  }
  return result;
}

/** Whether both hold the same paths. */
export function equalSets(a: FieldSet, b: FieldSet): boolean {
  return isEmptySet(difference(a, b)) && isEmptySet(difference(b, a));
}

/** Whether every path of a is in b. */
export function isSubset(a: FieldSet, b: FieldSet): boolean {
  return isEmptySet(difference(a, b));
}

/** Every path of the set, as its elements; a path comes before those below it. */
export function* paths(set: FieldSet, prefix: readonly string[] = []): Generator<readonly string[]> {
  const elements = Object.keys(set).filter((element) => element !== '.');
  for (const element of elements) if (isMember(set[element] as FieldSet)) yield [...prefix, element];
  for (const element of elements) yield* paths(set[element] as FieldSet, [...prefix, element]);
}

/** The set with its elements in the order in which Kubernetes writes them, so that equal sets have equal bytes. */
export function inOrder(set: FieldSet): FieldSet {
  const elements = Object.keys(set);
  let same = elements.every((element, i) => i === 0 || compareElements(elements[i - 1] as string, element) < 0);
  if (!same) elements.sort(compareElements);
  const result: Record<string, FieldSet> = {};
  for (const element of elements) {
    const child = set[element] as FieldSet;
    const sorted = isEmptySet(child) ? child : inOrder(child);
    if (sorted !== child) same = false;
    result[element] = sorted;
  }
  return same ? set : result;
}

/** Itself first, then fields, keys, values and positions. */
const kindsInOrder = '.fkvi';

function compareElements(a: string, b: string): number {
  const [kind, other] = [a.charAt(0), b.charAt(0)];
  if (kind !== other) return kindsInOrder.indexOf(kind) - kindsInOrder.indexOf(other);
  if (kind === 'f' || a === b) return order(a, b);
  try {
    return compareValues(JSON.parse(a.slice(2)), JSON.parse(b.slice(2)));
  } catch {
    return order(a, b);
  }
}

/** Values of keys and of sets: numbers by size, objects (whose keys are sorted) field by field. */
function compareValues(a: unknown, b: unknown): number {
  if (typeof a === 'number' && typeof b === 'number') return a - b;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return order(String(a), String(b));
  const left = Object.entries(a);
  const right = Object.entries(b);
  for (let i = 0; i < Math.min(left.length, right.length); i++) {
    const [name, value] = left[i] as [string, unknown];
    const [otherName, otherValue] = right[i] as [string, unknown];
    const found = order(name, otherName) || compareValues(value, otherValue);
    if (found !== 0) return found;
  }
  return left.length - right.length;
}

function order(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** Whether a value has the form of FieldsV1; `depth` bounds how deep it may be nested. */
export function isFieldSet(value: unknown, depth = 250): value is FieldSet {
  if (typeof value !== 'object' || value === null || Array.isArray(value) || depth === 0) return false;
  return Object.entries(value).every(([element, child]) =>
    element === '.'
      ? isFieldSet(child, 1) && isEmptySet(child)
      : /^[fkvi]:/.test(element) && isFieldSet(child, depth - 1),
  );
}
