/**
 * The store: ordered keys, one global revision, compare-and-swap, list at a revision, watch from a revision,
 * compaction. The etcd semantics Kubernetes needs and no more.
 *
 * Invariants, checked by the shared suite (test/store/store-suite.ts) on every implementation:
 * 1. Every successful write gets a revision of its own, greater than that of every write before it. Where nobody else
 *    writes to the store it is the next one.
 * 2. A write is acknowledged only once it is durable: it survives kill -9 and power loss.
 * 3. A watcher sees every event after its start revision exactly once, in revision order, never one not yet durable.
 * 4. `list` is a snapshot: it shows exactly the writes up to its revision.
 * 5. A watcher's revision reaches what `revision()` answered, events or none, without a further write of the caller.
 * 6. A write that fails by a ConflictError changed nothing. After any other error nobody knows whether it took place.
 * 7. What is read is what was written: damage is a CorruptError, never another value.
 *
 * Where the implementations differ: the revisions of LMDB and memory begin at 0 and count the writes of this store
 * alone. Those of etcd are etcd's own (moved on by an offset after a restore, see backup/), begin at 1 or later, and
 * skip what others write to the same etcd; `compact` concerns all of that etcd. LMDB belongs to one process; etcd is
 * shared by many.
 *
 * Keys are Unicode text, in the order of their UTF-8 bytes.
 */
export interface Store {
  /** A revision not older than any write that was acknowledged before the call, by whomever it was made. */
  revision(): Promise<number>;
  get(key: string): Promise<Entry | undefined>;
  list(prefix: string, options?: ListOptions): Promise<ListResult>;
  /**
   * Writes `value` if the entry's revision is `expected` (0: the key must not exist).
   * @throws ConflictError when it is not; the error carries the entry as it is now.
   */
  put(key: string, value: Uint8Array, expected: number): Promise<{ revision: number }>;
  /**
   * Deletes the entry if its revision is `expected`.
   * @throws ConflictError when it is not, or when there is none.
   */
  delete(key: string, expected: number): Promise<{ revision: number }>;
  /**
   * Delivers events with revision > `after` on keys under `prefix`, in batches of consecutive revisions,
   * until the signal aborts or the handler throws.
   * @throws CompactedError at once when events after `after` are no longer kept.
   */
  watch(prefix: string, after: number, handler: WatchHandler, signal: AbortSignal): Promise<void>;
  /** Forgets versions and events at and below `revision`; the current version of each key stays. */
  compact(revision: number): Promise<void>;
  /** The revision up to which history was forgotten. */
  compactedRevision(): Promise<number>;
  close(): Promise<void>;
}

export interface Entry {
  key: string;
  value: Uint8Array;
  /** Revision of the last write to this key. */
  revision: number;
  /** Revision of the write that created it. */
  createRevision: number;
}

export interface ListOptions {
  /** Read as of this revision; the current one when left out. */
  revision?: number;
  /** At most this many entries; all when left out or 0. */
  limit?: number;
  /** Start strictly after this key (a continued list). */
  after?: string;
}

export interface ListResult {
  entries: Entry[];
  /** The revision the list shows. */
  revision: number;
  /** Entries under the prefix beyond the last one returned. */
  remaining: number;
}

export interface StoreEvent {
  type: 'put' | 'delete';
  key: string;
  revision: number;
  /** Of a put: the new value. Of a delete: the last value. */
  value: Uint8Array;
  /** The value before this event, if the key existed. */
  previous?: Uint8Array;
}

/** Gets the next events, and the revision up to which the watcher has now seen everything (a bookmark). */
export type WatchHandler = (events: StoreEvent[], revision: number) => void;

/** The entry's revision was not the expected one. */
export class ConflictError extends Error {
  constructor(
    readonly key: string,
    readonly expected: number,
    readonly current: Entry | undefined,
  ) {
    super(`${key}: expected revision ${expected}, is ${current?.revision ?? 'absent'}`);
    this.name = 'ConflictError';
  }
}

/** The revision asked for was compacted away. */
export class CompactedError extends Error {
  constructor(
    readonly requested: number,
    readonly compacted: number,
  ) {
    super(`revision ${requested} has been compacted; the oldest kept is ${compacted}`);
    this.name = 'CompactedError';
  }
}

/** The store cannot be reached or cannot write. Whether the write that failed so took place is not known. */
export class UnavailableError extends Error {
  constructor(
    message: string,
    /** Whether the store stays so until it is opened anew. */
    readonly lost: boolean,
  ) {
    super(message);
    this.name = 'UnavailableError';
  }
}

/** What is stored is not what was written: a disk or a hand has changed it. Only a backup helps. */
export class CorruptError extends Error {
  constructor(what: string) {
    super(`the store is damaged: ${what}; restore it from a backup`);
    this.name = 'CorruptError';
  }
}
