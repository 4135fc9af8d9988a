import type { ServiceError } from '@grpc/grpc-js';
import {
  CompactedError,
  ConflictError,
  type Entry,
  type ListOptions,
  type ListResult,
  type Store,
  type WatchHandler,
} from '../store';
import { EtcdConnection } from './connection';
import { KeySpace } from './key-space';
import { compareMod, methods } from './messages';
import { checkMeta, readMeta } from './meta';
import { defaultEtcdPrefix, type EtcdOptions } from './options';
import { trustsProgress } from './progress';
import { EtcdWatch } from './watch';

/** Entries that one answer of etcd carries. */
const pageSize = 2000;
/** How long a write waits for this store's own watchers to see it, before it is acknowledged all the same. */
const echoMs = 1000;
/** How long another's write is given to reach our watchers by itself before etcd is asked how far they are. */
const patienceMs = 25;

/**
 * The store in etcd, shared by several servers. Its client is @grpc/grpc-js with etcd's own messages: the one kept
 * library (etcd3) reads its .proto files beside its code, which our bundled runtime has not, and its watcher knows
 * neither fragments nor progress requests.
 *
 * A revision that others' writes moved on outside our prefix reaches our watchers by a progress answer; of an etcd whose
 * progress answers may run ahead of events (before 3.4.31 and 3.5.13), by a marker that we write.
 */
export class EtcdStore implements Store {
  private readonly watches = new Set<EtcdWatch>();
  private reading: Promise<number> | undefined;
  private nextReading: Promise<number> | undefined;
  private catchUp: NodeJS.Timeout | undefined;
  /** What all watches are to reach. */
  private wanted = 0;
  /** etcd's own revision, below which it is known to keep nothing. */
  private floor = 0;

  private constructor(
    readonly connection: EtcdConnection,
    readonly space: KeySpace,
    private readonly progress: boolean,
  ) {}

  /**
   * Connects, and checks that the prefix holds a whole cluster or nothing.
   * @throws UnavailableError when no member answers
   */
  static async open(options: EtcdOptions): Promise<EtcdStore> {
    const connection = new EtcdConnection(options);
    try {
      const { version = '' } = await connection.call(methods.status, {}, true);
      const space = new KeySpace(options.prefix ?? defaultEtcdPrefix);
      const meta = await readMeta(connection, space);
      checkMeta(meta, space.prefix);
      space.offset = meta?.offset ?? 0;
      return new EtcdStore(connection, space, trustsProgress(version));
    } catch (error) {
      connection.close();
      throw error;
    }
  }

  async revision(): Promise<number> {
    const revision = await this.freshRevision();
    if ([...this.watches].some((watch) => watch.seen < revision)) {
      this.wanted = Math.max(this.wanted, revision);
      this.catchUp ??= setTimeout(() => void this.bringUp(), patienceMs);
    }
    return revision;
  }

  async get(key: string): Promise<Entry | undefined> {
    const { kvs = [] } = await this.connection.call(methods.range, { key: this.space.prefix + key }, true);
    return kvs[0] && this.space.entry(kvs[0]);
  }

  async list(prefix: string, options: ListOptions = {}): Promise<ListResult> {
    const entries: Entry[] = [];
    const limit = options.limit || Number.POSITIVE_INFINITY;
    let { revision, after } = options;
    if (revision !== undefined && revision - this.space.offset < 0) {
      throw new CompactedError(revision, await this.compactedRevision());
    }
    for (;;) {
      const page = Math.min(pageSize, limit - entries.length);
      const answer = await this.range(prefix, after, page, revision);
      revision ??= this.space.fromEtcd(answer.header?.revision ?? 0);
      const kvs = answer.kvs ?? [];
      for (const kv of kvs) entries.push(this.space.entry(kv));
      after = kvs.length > 0 ? this.space.entry(kvs.at(-1) as (typeof kvs)[0]).key : after;
      const remaining = (answer.count ?? 0) - kvs.length;
      if (remaining === 0 || entries.length >= limit) return { entries, revision, remaining };
    }
  }

  async put(key: string, value: Uint8Array, expected: number): Promise<{ revision: number }> {
    return this.write(key, { put: { key: this.space.prefix + key, value } }, expected);
  }

  async delete(key: string, expected: number): Promise<{ revision: number }> {
    if (expected === 0) throw new ConflictError(key, expected, await this.get(key));
    return this.write(key, { deleteRange: { key: this.space.prefix + key } }, expected);
  }

  async watch(prefix: string, after: number, handler: WatchHandler, signal: AbortSignal): Promise<void> {
    if (after < this.space.offset) throw new CompactedError(after, await this.compactedRevision());
    const watch = new EtcdWatch(this.connection, this.space, prefix, after, handler);
    this.watches.add(watch);
    try {
      // So that it is told how far it is, events or none.
      void this.revision().catch(() => {});
      await watch.run(signal);
    } finally {
      this.watches.delete(watch);
    }
  }

  async compact(revision: number): Promise<void> {
    const at = this.space.toEtcd(Math.min(revision, await this.freshRevision()));
    if (at <= 0) return;
    try {
      await this.connection.call(methods.compact, { revision: at }, true);
    } catch (error) {
      if (!isCompacted(error)) throw error;
    }
  }

  /** Asked of etcd itself, since any server may have compacted it: the oldest revision that it still reads. */
  async compactedRevision(): Promise<number> {
    let newest = this.space.toEtcd(await this.freshRevision());
    if (!(await this.reads(Math.max(this.floor, 1)))) {
      let gone = Math.max(this.floor, 1);
      while (newest - gone > 1) {
        const middle = Math.floor((gone + newest) / 2);
        if (await this.reads(middle)) newest = middle;
        else gone = middle;
      }
      this.floor = newest;
    }
    return this.space.fromEtcd(this.floor);
  }

  async close(): Promise<void> {
    clearTimeout(this.catchUp);
    for (const watch of this.watches) watch.end();
    this.connection.close();
  }

  private async reads(revision: number): Promise<boolean> {
    try {
      await this.connection.call(methods.range, { key: this.space.internal('none'), countOnly: true, revision }, true);
      return true;
    } catch (error) {
      if (isCompacted(error)) return false;
      throw error;
    }
  }

  private async range(prefix: string, after: string | undefined, limit: number, revision: number | undefined) {
    const at = revision === undefined ? {} : { revision: this.space.toEtcd(revision) };
    const request = { ...this.space.range(prefix, after), limit, ...at };
    try {
      return await this.connection.call(methods.range, request, true);
    } catch (error) {
      if (isCompacted(error)) throw new CompactedError(revision ?? 0, await this.compactedRevision());
      throw error;
    }
  }

  private async write(
    key: string,
    operation: { put: { key: string; value: Uint8Array } } | { deleteRange: { key: string } },
    expected: number,
  ): Promise<{ revision: number }> {
    const at = this.space.prefix + key;
    // A revision from before the offset is none of etcd's: it can be nobody's present one.
    const modRevision = expected === 0 ? 0 : expected - this.space.offset;
    const compare = [{ target: compareMod, key: at, modRevision }];
    const request = { compare, success: [operation], failure: [{ range: { key: at } }] };
    const answer = await this.connection.call(methods.txn, request, false);
    if (!answer.succeeded) {
      const [kv] = answer.responses?.[0]?.range?.kvs ?? [];
      throw new ConflictError(key, expected, kv && this.space.entry(kv));
    }
    const revision = this.space.fromEtcd(answer.header?.revision ?? 0);
    await this.echo(revision);
    return { revision };
  }

  /** Waits until our watchers have seen a write, as those of the other stores have when it is acknowledged. */
  private async echo(revision: number): Promise<void> {
    const behind = [...this.watches].filter((watch) => watch.seen < revision);
    if (behind.length === 0) return;
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, echoMs);
    });
    await Promise.race([Promise.all(behind.map((watch) => watch.reached(revision))), late]);
    clearTimeout(timer);
  }

  /** A linearizable read of the revision. Callers share one that begins after they called. */
  private freshRevision(): Promise<number> {
    if (!this.reading) {
      this.reading = this.readRevision().finally(() => {
        this.reading = undefined;
      });
      return this.reading;
    }
    this.nextReading ??= this.reading
      .catch(() => {})
      .then(() => {
        this.nextReading = undefined;
        return this.freshRevision();
      });
    return this.nextReading;
  }

  private async readRevision(): Promise<number> {
    const request = { key: this.space.internal('none'), countOnly: true };
    const { header } = await this.connection.call(methods.range, request, true);
    return this.space.fromEtcd(header?.revision ?? 0);
  }

  /** Lets the watches that have not seen the wanted revision know that there is nothing in it for them. */
  private async bringUp(): Promise<void> {
    const behind = [...this.watches].filter((watch) => watch.seen < this.wanted);
    if (this.progress) for (const watch of behind) watch.requestProgress();
    else if (behind.length > 0) await this.mark().catch(() => {});
    this.catchUp = undefined;
    // Until they have: a stream that broke, or one that was not in step, is asked again.
    if (behind.some((watch) => this.watches.has(watch) && watch.seen < this.wanted)) {
      this.catchUp = setTimeout(() => void this.bringUp(), 4 * patienceMs);
    }
  }

  private async mark(): Promise<void> {
    const put = { key: this.space.marker, value: Buffer.alloc(0) };
    const { header } = await this.connection.call(methods.txn, { compare: [], success: [{ put }], failure: [] }, true);
    this.wanted = Math.max(this.wanted, this.space.fromEtcd(header?.revision ?? 0));
  }
}

/** etcd: "mvcc: required revision has been compacted", OUT_OF_RANGE. */
function isCompacted(error: unknown): boolean {
  return /required revision has been compacted/.test((error as ServiceError).details ?? '');
}
