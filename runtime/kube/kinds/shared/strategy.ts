import type { Kind } from '../../kind';
import type { KubeObject } from '../../object';
import { equalJson } from '../../schema-engine';

type WithSpec = KubeObject & { spec?: unknown; status?: unknown };

/**
 * The usual strategy of a kind with spec and status: a create starts with an empty status and generation 1, an update
 * leaves the status alone and counts the generation up when the spec changed, a status update leaves the spec alone.
 */
export function specStrategy<T extends WithSpec>(
  newStatus: () => T['status'],
): Pick<Kind<T>, 'prepareForCreate' | 'prepareForUpdate' | 'prepareForStatusUpdate'> {
  return {
    prepareForCreate(object) {
      object.metadata.generation = 1;
      object.status = newStatus();
    },
    prepareForUpdate(object, old) {
      object.status = old.status;
      countGeneration(object, old, equalJson(object.spec ?? null, old.spec ?? null));
    },
    prepareForStatusUpdate: keepSpec,
  };
}

/** Of a status update: the spec stays, metadata may change. */
export function keepSpec<T extends WithSpec>(object: T, old: T): void {
  object.spec = old.spec;
}

/** One more than before, unless what it counts is the same. */
export function countGeneration(object: KubeObject, old: KubeObject, same: boolean): void {
  const generation = old.metadata.generation ?? 1;
  object.metadata.generation = same ? generation : generation + 1;
}
