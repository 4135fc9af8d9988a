import { type Comparison, isSame } from './compare';
import type { Conflict } from './conflicts';
import { difference, intersection, isEmptySet, union } from './field-set';
import type { Manager } from './managers';

/** Which fields of other managers a change would set to another value. */
export function findConflicts(others: readonly Manager[], change: Comparison): Conflict[] {
  const touched = union(change.modified, change.added);
  if (isEmptySet(touched)) return [];
  return others
    .map((manager) => ({ manager, fields: intersection(manager.fields, touched) }))
    .filter(({ fields }) => !isEmptySet(fields));
}

/** The managers after a change by somebody else: what was set to another value or removed is theirs no more. */
export function withoutChanged(others: readonly Manager[], change: Comparison): Manager[] {
  if (isSame(change)) return [...others];
  const lost = union(union(change.modified, change.added), change.removed);
  return others.map((manager) => ({ ...manager, fields: difference(manager.fields, lost) }));
}
