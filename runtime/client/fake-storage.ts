import type { AnyObject } from '../kube/object';
import { StatusError } from '../kube/status-error';

export interface StoredEvent {
  type: 'ADDED' | 'MODIFIED' | 'DELETED';
  collection: string;
  version: number;
  object: AnyObject;
  previous?: AnyObject;
}

/** The objects of a FakeApiClient: one revision over everything, a log to watch from, frozen objects. */
export class FakeStorage {
  private readonly collections = new Map<string, Map<string, AnyObject>>();
  private log: StoredEvent[] = [];
  private readonly listeners = new Set<() => void>();
  version = 1;
  /** The log starts after this version. */
  private compacted = 1;

  get(collection: string, key: string): AnyObject | undefined {
    return this.collections.get(collection)?.get(key);
  }

  list(collection: string): AnyObject[] {
    return [...(this.collections.get(collection)?.values() ?? [])].sort((a, b) => (order(a) < order(b) ? -1 : 1));
  }

  put(collection: string, key: string, object: AnyObject): AnyObject {
    const objects = this.collections.get(collection) ?? new Map<string, AnyObject>();
    this.collections.set(collection, objects);
    const previous = objects.get(key);
    const stored = this.stamp(object);
    objects.set(key, stored);
    this.append({ type: previous ? 'MODIFIED' : 'ADDED', collection, version: this.version, object: stored, previous });
    return stored;
  }

  remove(collection: string, key: string): void {
    const previous = this.get(collection, key);
    if (!previous) return;
    this.collections.get(collection)?.delete(key);
    const object = this.stamp(previous);
    this.append({ type: 'DELETED', collection, version: this.version, object, previous });
  }

  /** Forgets all events so far: a watch from before now is answered with 410. */
  compact(): void {
    this.compacted = this.version;
    this.log = [];
  }

  /** Events of a collection after `version`, one by one as they come, until the signal aborts. */
  async *follow(collection: string, version: number, signal: AbortSignal): AsyncIterable<StoredEvent> {
    let seen = version;
    while (!signal.aborted) {
      if (seen < this.compacted) {
        throw new StatusError('Expired', `too old resource version: ${seen} (${this.compacted})`);
      }
      // Each event has a version of its own, one above the last.
      const news = this.log.slice(Math.max(0, seen - this.compacted));
      seen = this.version;
      for (const event of news) {
        if (signal.aborted) return;
        if (event.collection === collection) yield event;
      }
      if (this.version === seen) await this.change(signal);
    }
  }

  private change(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const done = () => {
        this.listeners.delete(done);
        signal.removeEventListener('abort', done);
        resolve();
      };
      if (signal.aborted) return resolve();
      this.listeners.add(done);
      signal.addEventListener('abort', done, { once: true });
    });
  }

  private stamp(object: AnyObject): AnyObject {
    this.version++;
    const copy = structuredClone(object);
    copy.metadata.resourceVersion = String(this.version);
    return deepFreeze(copy);
  }

  private append(event: StoredEvent): void {
    this.log.push(event);
    for (const listener of [...this.listeners]) listener();
  }
}

function order(object: AnyObject): string {
  return `${object.metadata.namespace ?? ''}/${object.metadata.name}`;
}

/** What a cache hands out is shared: a controller that writes into it must fail in its tests. */
function deepFreeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value);
    for (const inner of Object.values(value)) deepFreeze(inner);
  }
  return value;
}
