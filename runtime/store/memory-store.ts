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

/** A store in memory, for tests and simulations: the whole contract but for outliving its process. */
export class MemoryStore implements Store {
  private readonly watchers = new Watchers();
  private readonly current = new Map<string, Entry>();
  /** Every event since the last compaction, in revision order. */
  private history: StoreEvent[] = [];
  private last = 0;
  private compacted = 0;

  async revision(): Promise<number> {
    return this.last;
  }

  async get(key: string): Promise<Entry | undefined> {
    return this.current.get(key);
  }

  async list(prefix: string, options: ListOptions = {}): Promise<ListResult> {
    const revision = options.revision ?? this.last;
    if (revision < this.compacted) throw new CompactedError(revision, this.compacted);
    const after = options.after ?? '';
    const all = [...this.stateAt(revision).values()]
      .filter((entry) => entry.key.startsWith(prefix) && entry.key > after)
      .sort((a, b) => (a.key < b.key ? -1 : 1));
    const entries = options.limit ? all.slice(0, options.limit) : all;
    return { entries, revision, remaining: all.length - entries.length };
  }

  async put(key: string, value: Uint8Array, expected: number): Promise<{ revision: number }> {
    const before = this.expect(key, expected);
    const revision = ++this.last;
    this.current.set(key, { key, value, revision, createRevision: before?.createRevision ?? revision });
    return this.record({ type: 'put', key, revision, value, ...(before ? { previous: before.value } : {}) });
  }

  async delete(key: string, expected: number): Promise<{ revision: number }> {
    const before = this.expect(key, expected);
    if (!before) throw new ConflictError(key, expected, undefined);
    const revision = ++this.last;
    this.current.delete(key);
    return this.record({ type: 'delete', key, revision, value: before.value, previous: before.value });
  }

  async watch(prefix: string, after: number, handler: WatchHandler, signal: AbortSignal): Promise<void> {
    if (after < this.compacted) throw new CompactedError(after, this.compacted);
    const missed = this.history.filter((event) => event.revision > after && event.key.startsWith(prefix));
    if (!signal.aborted) handler(missed, this.last);
    await this.watchers.add(prefix, handler, signal);
  }

  async compact(revision: number): Promise<void> {
    const upTo = Math.min(revision, this.last);
    if (upTo <= this.compacted) return;
    // A copy: the state at the last revision is the present one, which changes.
    this.base = new Map(this.stateAt(upTo));
    this.compacted = upTo;
    this.history = this.history.filter((event) => event.revision > upTo);
  }

  async compactedRevision(): Promise<number> {
    return this.compacted;
  }

  async close(): Promise<void> {
    this.watchers.stopAll();
  }

  /** The state at the compacted revision, from which older states are replayed. */
  private base = new Map<string, Entry>();

  private stateAt(revision: number): Map<string, Entry> {
    if (revision >= this.last) return this.current;
    const state = new Map(this.base);
    for (const event of this.history) {
      if (event.revision > revision) break;
      if (event.type === 'delete') state.delete(event.key);
      else {
        const createRevision = state.get(event.key)?.createRevision ?? event.revision;
        state.set(event.key, { key: event.key, value: event.value, revision: event.revision, createRevision });
      }
    }
    return state;
  }

  private expect(key: string, expected: number): Entry | undefined {
    const entry = this.current.get(key);
    if ((entry?.revision ?? 0) !== expected) throw new ConflictError(key, expected, entry);
    return entry;
  }

  private record(event: StoreEvent): { revision: number } {
    this.history.push(event);
    this.watchers.publish([event], event.revision);
    return { revision: event.revision };
  }
}
