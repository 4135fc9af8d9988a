import type { OwnerReference } from '../../kube/generated/types';
import type { KubeObject } from '../../kube/object';
import { finalizers } from '../../kube/well-known';

/**
 * How an owner stands: `solid` (it is there and stays), `waiting` (it is being deleted in the foreground and waits for
 * this dependent), `absent` (it is gone, or another object has its name).
 */
export type OwnerState = 'solid' | 'waiting' | 'absent';

export type CollectAction =
  | { do: 'nothing' }
  /** Some owners stay: only the references to the others go. */
  | { do: 'unlink'; keep: OwnerReference[] }
  | { do: 'delete'; policy: 'Foreground' | 'Background' | 'Orphan' };

/** What becomes of an object with owners. */
export function collect(
  object: KubeObject,
  stateOf: (owner: OwnerReference) => OwnerState,
  hasDependents: boolean,
): CollectAction {
  const owners = object.metadata.ownerReferences ?? [];
  if (owners.length === 0 || object.metadata.deletionTimestamp) return { do: 'nothing' };
  const states = owners.map(stateOf);
  const keep = owners.filter((_, i) => states[i] === 'solid');
  if (keep.length === owners.length) return { do: 'nothing' };
  if (keep.length > 0) return { do: 'unlink', keep };
  if (has(object, finalizers.orphan)) return { do: 'delete', policy: 'Orphan' };
  const foreground = (states.includes('waiting') && hasDependents) || has(object, finalizers.foregroundDeletion);
  return { do: 'delete', policy: foreground ? 'Foreground' : 'Background' };
}

export function has(object: KubeObject, finalizer: string): boolean {
  return object.metadata.finalizers?.includes(finalizer) ?? false;
}

/** Whether an object is being deleted and waits for its dependents to go first. */
export function waitsForDependents(object: KubeObject): boolean {
  return object.metadata.deletionTimestamp !== undefined && has(object, finalizers.foregroundDeletion);
}

/** Whether an object is being deleted and its dependents are to be cut loose first. */
export function orphansDependents(object: KubeObject): boolean {
  return object.metadata.deletionTimestamp !== undefined && has(object, finalizers.orphan);
}
