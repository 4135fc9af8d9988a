import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { type Database, open, type RootDatabase } from 'lmdb';
import { GroupCommit } from './group-commit';
import { decodeVersion, encodeVersion, type Version } from './lmdb-version';
import {
  CompactedError,
  ConflictError,
  type Entry,
  type ListOptions,
  type ListResult,
  type Store,
  type StoreEvent,
  type WatchHandler,
} from './store';
import { Watchers } from './watchers';

interface Write {
  revision: number;
  version: Version;
}

/**
 * The embedded store: LMDB, one process, group commit.
 *
 * `keys` maps a key to the revision of its current version; `history` maps each revision to what it wrote, so a value
 * stands once. A version names the revision it replaced: an older state is found by following that chain back, and
 * compaction forgets exactly the versions that a kept one replaced.
 */
export class LmdbStore implements Store {
  private readonly root: RootDatabase;
  private readonly keys: Database<number, string>;
  private readonly history: Database<Buffer, number>;
  private readonly meta: Database<number, string>;
  private readonly watchers = new Watchers();
  private readonly commits: GroupCommit<Write>;
  /** Versions accepted but not yet durable: later writes are checked against them. */
  private readonly pending = new Map<string, Version & { revision: number }>();
  private durable: number;
  private next: number;
  private compacted: number;

  private constructor(directory: string) {
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    // Without overlappingSync a commit is told only after its fdatasync: acknowledged means durable.
    this.root = open({ path: join(directory, 'store.mdb'), overlappingSync: false, maxDbs: 4, commitDelay: 0 });
    this.keys = this.root.openDB({ name: 'keys', encoding: 'msgpack' });
    this.history = this.root.openDB({ name: 'history', encoding: 'binary' });
    this.meta = this.root.openDB({ name: 'meta', encoding: 'msgpack' });
    this.durable = this.meta.get('revision') ?? 0;
    this.compacted = this.meta.get('compacted') ?? 0;
    this.next = this.durable + 1;
    this.commits = new GroupCommit<Write>(
      (writes) => this.commit(writes),
      (writes) => this.publish(writes),
      (writes) => this.rollBack(writes),
    );
  }

  /** Opens the store in a directory, making it (mode 0700) when absent. One process at a time may have it open. */
  static open(directory: string): LmdbStore {
    return new LmdbStore(directory);
  }

  async revision(): Promise<number> {
    return this.durable;
  }

  async get(key: string): Promise<Entry | undefined> {
    const revision = this.keys.get(key);
    return revision === undefined ? undefined : this.entryAt(revision);
  }

  async list(prefix: string, options: ListOptions = {}): Promise<ListResult> {
    const revision = options.revision ?? this.durable;
    if (revision < this.compacted) throw new CompactedError(revision, this.compacted);
    const limit = options.limit || Number.POSITIVE_INFINITY;
    const at = this.revisionsAt(prefix, options.after, revision);
    const entries = at.slice(0, Math.min(limit, at.length)).map((stored) => this.entryAt(stored) as Entry);
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
    if (after < this.compacted) throw new CompactedError(after, this.compacted);
    // Reading the past and joining the present happen in one turn, so nothing falls between.
    const missed: StoreEvent[] = [];
    for (const { key: revision, value } of this.history.getRange({ start: after + 1, end: this.durable + 1 })) {
      const version = decodeVersion(value);
      if (version.key.startsWith(prefix)) missed.push(this.eventOf(version, revision));
    }
    if (!signal.aborted) handler(missed, this.durable);
    await this.watchers.add(prefix, handler, signal);
  }

  async compact(revision: number): Promise<void> {
    const upTo = Math.min(revision, this.durable);
    if (upTo <= this.compacted) return;
    const from = this.compacted;
    // Set first: a watch or list that starts while the rest runs must not miss what is being forgotten.
    this.compacted = upTo;
    await this.root.transaction(() => {
      for (const { key, value } of this.history.getRange({ start: from + 1, end: upTo + 1 })) {
        const version = decodeVersion(value);
        if (version.replaced > 0) this.history.remove(version.replaced);
        if (version.type === 'delete') this.history.remove(key);
      }
      this.meta.put('compacted', upTo);
    });
  }

  async compactedRevision(): Promise<number> {
    return this.compacted;
  }

  async backup(directory: string): Promise<void> {
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    await this.commits.idle();
    await this.root.backup(join(directory, 'store.mdb'), true);
  }

  async close(): Promise<void> {
    await this.commits.idle();
    this.watchers.stopAll();
    await this.root.close();
  }

  private expect(key: string, expected: number): Entry | undefined {
    const waiting = this.pending.get(key);
    const current = waiting
      ? waiting.type === 'put'
        ? toEntry(waiting, waiting.revision)
        : undefined
      : this.currentEntry(key);
    if ((current?.revision ?? 0) !== expected) throw new ConflictError(key, expected, current);
    return current;
  }

  private currentEntry(key: string): Entry | undefined {
    const revision = this.keys.get(key);
    return revision === undefined ? undefined : this.entryAt(revision);
  }

  private async write(version: Version): Promise<{ revision: number }> {
    const revision = this.next++;
    this.pending.set(version.key, { ...version, revision });
    await this.commits.add({ revision, version });
    return { revision };
  }

  private async commit(writes: Write[]): Promise<void> {
    await this.root.transaction(() => {
      for (const { revision, version } of writes) {
        this.history.put(revision, encodeVersion(version));
        if (version.type === 'put') this.keys.put(version.key, revision);
        else this.keys.remove(version.key);
      }
      this.meta.put('revision', (writes.at(-1) as Write).revision);
    });
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
    const previous = version.replaced > 0 ? this.history.get(version.replaced) : undefined;
    return {
      type: version.type,
      key: version.key,
      revision,
      value: version.value,
      ...(previous ? { previous: decodeVersion(previous).value } : {}),
    };
  }

  private entryAt(revision: number): Entry | undefined {
    const stored = this.history.get(revision);
    return stored ? toEntry(decodeVersion(stored), revision) : undefined;
  }

  /** The revisions of the versions that were current at `revision`, in the order of their keys. */
  private revisionsAt(prefix: string, after: string | undefined, revision: number): number[] {
    const inRange = (key: string) => key.startsWith(prefix) && (after === undefined || key > after);
    const current = new Map<string, number>();
    const start = after !== undefined && after > prefix ? after : prefix;
    for (const { key, value } of this.keys.getRange({ start, end: `${prefix}\uffff` })) {
      if (inRange(key)) current.set(key, value);
    }
    if (revision === this.durable) return [...current.values()];
    // The first write to a key after `revision` names the version that it replaced.
    const touched = new Set<string>();
    for (const { value } of this.history.getRange({ start: revision + 1, end: this.durable + 1 })) {
      const { key, replaced } = decodeVersion(value);
      if (!inRange(key) || touched.has(key)) continue;
      touched.add(key);
      if (replaced > 0) current.set(key, replaced);
      else current.delete(key);
    }
    return [...current].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, stored]) => stored);
  }
}

function toEntry(version: Version, revision: number): Entry {
  return { key: version.key, value: version.value, revision, createRevision: version.createRevision };
}
