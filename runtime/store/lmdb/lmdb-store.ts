import {
  CompactedError,
  ConflictError,
  type Entry,
  type ListOptions,
  type ListResult,
  type Store,
  type StoreEvent,
  UnavailableError,
  type WatchHandler,
} from '../store';
import { Watchers } from '../watchers';
import { LmdbDatabase } from './database';
import { GroupCommit } from './group-commit';
import type { Version } from './version';

interface Write {
  revision: number;
  version: Version;
}

/** Revisions that one transaction of a compaction covers: more would keep writers waiting. */
const compactionStep = 1000;

/**
 * The embedded store: LMDB, one process, group commit.
 *
 * A failed commit: where the disk is full nothing of it was written, its writers are told, and the store goes on from
 * the state before it (reads go on, writes succeed again once there is space). After any other failure nobody can say
 * what the disk has: the store is lost for this process, every call and watch fails, and the process must start anew
 * from what is on the disk.
 */
export class LmdbStore implements Store {
  private readonly watchers = new Watchers();
  private readonly commits: GroupCommit<Write>;
  /** Versions accepted but not yet durable: later writes are checked against them. */
  private readonly pending = new Map<string, Version & { revision: number }>();
  private durable: number;
  private next: number;
  private compacted: number;
  private compaction: Promise<void> = Promise.resolve();
  private lost: UnavailableError | undefined;

  private constructor(private readonly database: LmdbDatabase) {
    const { revision, compacted } = database.state;
    database.verify();
    this.durable = revision;
    this.compacted = compacted;
    this.next = revision + 1;
    this.commits = new GroupCommit<Write>(
      (writes) => this.commit(writes),
      (writes) => this.publish(writes),
      (writes) => this.rollBack(writes),
    );
  }

  /**
   * Opens the store in a directory, making it (mode 0700) when absent. One process at a time may have it open.
   * @throws CorruptError when it is not as it was written
   */
  static open(directory: string): LmdbStore {
    return new LmdbStore(new LmdbDatabase(directory));
  }

  async revision(): Promise<number> {
    this.check();
    return this.durable;
  }

  async get(key: string): Promise<Entry | undefined> {
    this.check();
    return this.current(key);
  }

  async list(prefix: string, options: ListOptions = {}): Promise<ListResult> {
    this.check();
    const revision = options.revision ?? this.durable;
    if (revision < this.compacted) throw new CompactedError(revision, this.compacted);
    const at = this.revisionsAt(prefix, options.after, revision);
    const entries = at.slice(0, options.limit || at.length).map(([key, stored]) => this.database.entry(key, stored));
    return { entries, revision, remaining: at.length - entries.length };
  }

  async put(key: string, value: Uint8Array, expected: number): Promise<{ revision: number }> {
    const current = this.expect(key, expected);
    return this.write({
      type: 'put',
      key,
      value,
      createRevision: current?.createRevision ?? this.next,
      replaced: current?.revision ?? 0,
    });
  }

  async delete(key: string, expected: number): Promise<{ revision: number }> {
    const current = this.expect(key, expected);
    if (!current) throw new ConflictError(key, expected, undefined);
    return this.write({
      type: 'delete',
      key,
      value: current.value,
      createRevision: current.createRevision,
      replaced: current.revision,
    });
  }

  async watch(prefix: string, after: number, handler: WatchHandler, signal: AbortSignal): Promise<void> {
    this.check();
    if (after < this.compacted) throw new CompactedError(after, this.compacted);
    // Reading the past and joining the present happen in one turn, so nothing falls between.
    const missed: StoreEvent[] = [];
    for (const version of this.database.versions(after + 1, this.durable)) {
      if (version.key.startsWith(prefix)) missed.push(this.eventOf(version, version.revision));
    }
    if (!signal.aborted) handler(missed, this.durable);
    await this.watchers.add(prefix, handler, signal);
  }

  async compact(revision: number): Promise<void> {
    const run = this.compaction.then(() => this.forget(revision));
    this.compaction = run.catch(() => {});
    return run;
  }

  async compactedRevision(): Promise<number> {
    return this.compacted;
  }

  async close(): Promise<void> {
    await this.commits.idle();
    await this.compaction;
    this.watchers.stopAll();
    await this.database.root.close();
  }

  private check(): void {
    if (this.lost) throw this.lost;
  }

  private async forget(revision: number): Promise<void> {
    const upTo = Math.min(revision, this.durable);
    const from = this.database.state.compacted;
    if (upTo <= from) return;
    // Set first: a watch or list that starts while the rest runs must not miss what is being forgotten.
    this.compacted = upTo;
    for (let step = from + 1; step <= upTo; step += compactionStep) {
      const end = Math.min(step + compactionStep - 1, upTo);
      await this.transact(() => {
        this.database.forget(step, end);
        this.database.state = { ...this.database.state, compacted: end };
      });
    }
  }

  private expect(key: string, expected: number): Entry | undefined {
    this.check();
    const waiting = this.pending.get(key);
    const current = waiting ? (waiting.type === 'put' ? waiting : undefined) : this.current(key);
    const { revision = 0, value, createRevision = 0 } = current ?? {};
    const entry = value && { key, value, revision, createRevision };
    if (revision !== expected) throw new ConflictError(key, expected, entry);
    return entry;
  }

  /** The current entry among the durable ones that are published. */
  private current(key: string): Entry | undefined {
    let revision = this.database.keys.get(key) ?? this.replacedByUnpublished(key);
    while (revision > this.durable) revision = this.database.version(revision)?.replaced ?? 0;
    return revision > 0 ? this.database.entry(key, revision) : undefined;
  }

  /** Of a key that is not there: the revision that a deletion replaced which is committed and not yet published. */
  private replacedByUnpublished(key: string): number {
    const waiting = this.pending.get(key);
    if (!waiting) return 0;
    const committed = this.database.state.revision;
    for (const version of this.database.versions(this.durable + 1, committed)) {
      if (version.key === key) return version.replaced;
    }
    return 0;
  }

  private async write(version: Version): Promise<{ revision: number }> {
    const revision = this.next++;
    this.pending.set(version.key, { ...version, revision });
    await this.commits.add({ revision, version });
    return { revision };
  }

  private commit(writes: Write[]): Promise<void> {
    return this.transact(() => {
      let { state } = this.database;
      for (const { revision, version } of writes) state = this.database.write(state, version, revision);
      this.database.state = state;
    });
  }

  /** A durable transaction. @throws UnavailableError when it is not known to be durable */
  private async transact(run: () => void): Promise<void> {
    this.check();
    try {
      await this.database.root.transaction(run);
    } catch (error) {
      const cause = await rootOf(error);
      if (isDiskFull(cause)) {
        throw new UnavailableError(`the store's disk is full, and nothing was written: ${cause.message}`, false);
      }
      this.lost = new UnavailableError(`the store failed to write (${cause.message}) and must be opened anew`, true);
      this.watchers.stopAll(this.lost);
      throw this.lost;
    }
  }

  private publish(writes: Write[]): void {
    this.durable = (writes.at(-1) as Write).revision;
    for (const { revision, version } of writes) {
      if (this.pending.get(version.key)?.revision === revision) this.pending.delete(version.key);
    }
    this.watchers.publish(
      writes.map(({ revision, version }) => this.eventOf(version, revision)),
      this.durable,
    );
  }

  private rollBack(writes: Write[]): void {
    for (const { version } of writes) this.pending.delete(version.key);
    this.next = this.durable + 1;
  }

  private eventOf(version: Version, revision: number): StoreEvent {
    const previous = version.replaced > 0 ? this.database.version(version.replaced) : undefined;
    const { type, key, value } = version;
    return { type, key, revision, value, ...(previous ? { previous: previous.value } : {}) };
  }

  /** The keys and revisions of the versions that were current at `revision`, in the order of their keys. */
  private revisionsAt(prefix: string, after: string | undefined, revision: number): Array<[string, number]> {
    const inRange = (key: string) => key.startsWith(prefix) && (after === undefined || key > after);
    const current = new Map<string, number>();
    const start = after !== undefined && after > prefix ? after : prefix;
    for (const { key, value } of this.database.keys.getRange({ start })) {
      if (!key.startsWith(prefix) && key > prefix) break;
      if (inRange(key)) current.set(key, value);
    }
    // What is committed and not yet published is newer than `durable`, too.
    const committed = this.database.state.revision;
    if (revision === committed) return [...current];
    // The first write to a key after `revision` names the version that it replaced.
    const touched = new Set<string>();
    for (const { key, replaced } of this.database.versions(revision + 1, committed)) {
      if (!inRange(key) || touched.has(key)) continue;
      touched.add(key);
      if (replaced > 0) current.set(key, replaced);
      else current.delete(key);
    }
    return [...current].sort(([a], [b]) => (a < b ? -1 : 1));
  }
}

interface CommitFailure extends Error {
  code?: number | string;
  /** Rejects with why the commit failed. */
  commitError?: Promise<never>;
}

async function rootOf(error: unknown): Promise<CommitFailure> {
  const failure = error as CommitFailure;
  return failure.commitError ? failure.commitError.catch((cause: CommitFailure) => cause) : failure;
}

/** LMDB writes its root page only once all others are on the disk: pages that found no space were part of nothing. */
function isDiskFull(failure: CommitFailure): boolean {
  return failure.code === 28 || failure.code === 'ENOSPC' || /No space left on device/.test(failure.message);
}
