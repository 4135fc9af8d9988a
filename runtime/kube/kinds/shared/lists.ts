import { duplicate, tooMany } from '../../field-errors';
import type { FieldError } from '../../kind';

type ItemRule<T> = (item: T, field: string) => FieldError[];

/** A list of at most `max` items, each by its rule. One that is too long is not looked into. */
export function checkList<T>(items: readonly T[] = [], max: number, field: string, rule: ItemRule<T>): FieldError[] {
  if (items.length > max) return [tooMany(field, items.length, max)];
  return items.flatMap((item, index) => rule(item, `${field}[${index}]`));
}

/** The same for a list in which no key may be there twice. */
export function checkSet<T>(
  items: readonly T[] = [],
  max: number,
  field: string,
  rule: ItemRule<T>,
  keyOf: (item: T) => string,
): FieldError[] {
  const errors = checkList(items, max, field, rule);
  if (items.length > max) return errors;
  const seen = new Set<string>();
  for (const [index, item] of items.entries()) {
    const key = keyOf(item);
    if (seen.has(key)) errors.push(duplicate(`${field}[${index}]`, key));
    seen.add(key);
  }
  return errors;
}

/** A map of at most `max` entries, each key and each value by its rule. */
export function checkMap<T>(
  map: Record<string, T> = {},
  max: number,
  field: string,
  keyRule: ItemRule<string>,
  rule: ItemRule<T>,
): FieldError[] {
  const entries = Object.entries(map);
  if (entries.length > max) return [tooMany(field, entries.length, max)];
  return entries.flatMap(([key, value]) => [...keyRule(key, field), ...rule(value, `${field}[${key}]`)]);
}
