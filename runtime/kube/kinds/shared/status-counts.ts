import { invalid } from '../../field-errors';
import type { FieldError } from '../../kind';
import { checkNonNegative } from './limits';

/** Counts of a status: none below zero, and none greater than the counts that bound it. */
export function checkCounts<T extends object, K extends keyof T & string>(
  status: T,
  counts: readonly K[],
  bounds: Partial<Record<K, K | K[]>>,
): FieldError[] {
  const value = (key: K) => (status[key] as number | undefined) ?? 0;
  const errors = counts.flatMap((key) => checkNonNegative(`status.${key}`, value(key)));
  for (const [key, others] of Object.entries(bounds) as Array<[K, K | K[]]>) {
    for (const other of Array.isArray(others) ? others : [others]) {
      if (value(key) <= value(other)) continue;
      errors.push(invalid(`status.${key}`, value(key), `cannot be greater than status.${other}`));
    }
  }
  return errors;
}

/** The count of name collisions of a controller only ever grows. */
export function checkNotDecremented(now = 0, before = 0): FieldError[] {
  return now < before ? [invalid('status.collisionCount', now, 'cannot be decremented')] : [];
}
