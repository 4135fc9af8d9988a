import type { AnyObject } from '../../kube/object';

/** Objects that are made when they are asked for, and stored nowhere. */
export interface ComputedResource {
  /** All of them; those of a namespace, or of a name, where one is given. */
  list(namespace?: string, name?: string): Promise<AnyObject[]>;
}
