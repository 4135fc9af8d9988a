import type { Kind } from '../../kube/kind';

/**
 * The kinds that are served now: built-in ones, which never change, and custom ones, which come, change and go while
 * the server runs. A kind that is served in several versions is here once for each.
 *
 * A `Kind` is immutable. One that changes is another `Kind` object at the same place; whoever lives long (a watch)
 * looks it up again when told.
 */
export interface KindCatalog {
  /** The kind at `/apis/<group>/<version>/…/<plural>`. */
  find(group: string, version: string, plural: string): Kind | undefined;
  /** Every kind in every served version; of one group, versions that Kubernetes prefers come first. */
  list(): readonly Kind[];
  /** The kinds that share their stored objects with this one, itself included. */
  versionsOf(kind: Kind): readonly Kind[];
  /** Calls `listener` after each change of the list. Returns what ends the telling. */
  onChange(listener: () => void): () => void;
}
