import { isSame } from './compare';
import type { Conflict } from './conflicts';
import { difference, EMPTY, intersection, isEmptySet, union } from './field-set';
import type { Manager } from './managers';
import type { ChangeFor } from './versions';

/** Which fields of other managers a change would set to another value. */
export function findConflicts(others: readonly Manager[], changeFor: ChangeFor): Conflict[] {
  return others
    .map((manager) => {
      const change = changeFor(manager);
      const touched = change ? union(change.modified, change.added) : EMPTY;
      return { manager, fields: isEmptySet(touched) ? EMPTY : intersection(manager.fields, touched) };
    })
    .filter(({ fields }) => !isEmptySet(fields));
}

/**
 * The managers after a change by somebody else: what was set to another value or removed is theirs no more. As in
 * Kubernetes, those whose version is served no longer are forgotten.
 */
export function withoutChanged(others: readonly Manager[], changeFor: ChangeFor): Manager[] {
  return others.flatMap((manager) => {
    const change = changeFor(manager);
    if (!change) return [];
    if (isSame(change)) return [manager];
    const lost = union(union(change.modified, change.added), change.removed);
    return [{ ...manager, fields: difference(manager.fields, lost) }];
  });
}
