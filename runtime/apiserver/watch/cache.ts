import { CompactedError, type Store, type StoreEvent } from '../../store/store';
import type { Logger } from '../../util/logger';
import { objectsPrefix, resourcePrefixOf } from '../registry/store-key';
import { StoredObject } from '../registry/stored-object';
import { ResourceCache } from './resource-cache';

/**
 * The server's view of the store, kept current by one store watch over all objects.
 * Invariant: after every event with revision ≤ `revision` and none after it has been applied, to all resources.
 */
export class Cache {
  private readonly resources = new Map<string, ResourceCache>();
  private readonly waiting = new Set<{ revision: number; wake: () => void }>();
  private readonly abort = new AbortController();
  private start = 0;
  private current = 0;
  private done: Promise<void> = Promise.resolve();
  private failure: unknown;

  private constructor(readonly store: Store) {}

  /** Reads the whole store, then follows it until `stop`. `onFailure` is told when following it fails. */
  static async open(store: Store, logger: Logger, onFailure: (error: unknown) => void): Promise<Cache> {
    const cache = new Cache(store);
    const { entries, revision } = await store.list(objectsPrefix);
    cache.start = revision;
    cache.current = revision;
    for (const entry of entries) {
      const prefix = resourcePrefixOf(entry.key);
      if (prefix) cache.resource(prefix).load(new StoredObject(entry.key, entry.revision, entry.value));
    }
    // The prefix of every key, so that each write moves the revision on, whatever it wrote.
    cache.done = store
      .watch('/', revision, (events, seen) => cache.apply(events, seen), cache.abort.signal)
      .then(() => {
        if (!cache.abort.signal.aborted) throw new Error('the store ended its watch');
      })
      .catch((error: unknown) => {
        cache.failure = error;
        logger.error({ error: String(error) }, 'the watch cache lost the store');
        cache.wake();
        onFailure(error);
      });
    return cache;
  }

  get revision(): number {
    return this.current;
  }

  /** Whether following the store ended with an error: the cache is stale for good. */
  get failed(): boolean {
    return this.failure !== undefined;
  }

  resource(prefix: string): ResourceCache {
    let resource = this.resources.get(prefix);
    if (!resource) {
      resource = new ResourceCache(this.start);
      this.resources.set(prefix, resource);
    }
    return resource;
  }

  /** How many objects a resource has; 0 for one that nobody knows. */
  countOf(prefix: string): number {
    return this.resources.get(prefix)?.size ?? 0;
  }

  /** Resolves when the cache shows every write acknowledged before the call. */
  async fresh(): Promise<void> {
    const revision = await this.store.revision();
    if (revision > this.current) await this.reached(revision);
  }

  /** Resolves when the cache has seen `revision`, or when the signal aborts. @throws when the store was lost. */
  async reached(revision: number, signal?: AbortSignal): Promise<void> {
    while (this.current < revision && !signal?.aborted) {
      if (this.failure) throw this.failure;
      await new Promise<void>((resolve) => {
        const waiter = { revision, wake: resolve };
        this.waiting.add(waiter);
        signal?.addEventListener('abort', () => this.waiting.delete(waiter) && resolve(), { once: true });
      });
    }
  }

  /**
   * The events of `after` < revision ≤ `upTo` on keys under `prefix`, read back from the store.
   * @throws CompactedError when the store keeps them no longer.
   */
  async history(prefix: string, after: number, upTo: number): Promise<StoreEvent[]> {
    const events: StoreEvent[] = [];
    const abort = new AbortController();
    if ((await this.store.compactedRevision()) > after) {
      throw new CompactedError(after, await this.store.compactedRevision());
    }
    const collect = (batch: StoreEvent[], seen: number) => {
      for (const event of batch) if (event.revision <= upTo && event.key.startsWith(prefix)) events.push(event);
      if (seen >= upTo) abort.abort();
    };
    await this.store.watch('/', after, collect, abort.signal);
    return events;
  }

  async stop(): Promise<void> {
    this.abort.abort();
    await this.done;
  }

  private apply(events: StoreEvent[], seen: number): void {
    for (const event of events) {
      const prefix = resourcePrefixOf(event.key);
      this.current = event.revision;
      if (prefix) this.resource(prefix).apply(event);
    }
    this.current = Math.max(this.current, seen);
    this.wake();
  }

  private wake(): void {
    for (const waiter of this.waiting) {
      if (this.current < waiter.revision && !this.failure) continue;
      this.waiting.delete(waiter);
      waiter.wake();
    }
  }
}
