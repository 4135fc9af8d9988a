import { type KubeObject, keyOf } from '../kube/object';
import { type Indexers, ObjectCache, type ReadCache } from './object-cache';
import { type ReflectorOptions, type ReflectorSink, reflect } from './reflector';

/**
 * Told of changes, synchronously and in order; the cache already shows the change. Handlers only enqueue.
 * One that throws is logged and does not stop the others.
 */
export interface InformerHandler<T extends KubeObject> {
  onAdd?(object: T): void;
  onUpdate?(object: T, old: T): void;
  /** `object` is the last state known: after a missed watch it may be older than the one that was deleted. */
  onDelete?(object: T): void;
}

export interface InformerOptions<T extends KubeObject> extends ReflectorOptions<T> {
  indexers?: Indexers<T>;
}

/** A cache of one resource that follows the server, with handlers. Never resyncs: what did not change is not told. */
export class Informer<T extends KubeObject> {
  readonly cache: ReadCache<T>;
  private readonly objects: ObjectCache<T>;
  private readonly handlers: InformerHandler<T>[] = [];
  private readonly syncWaiters: Array<() => void> = [];
  private version: string | undefined;
  private running?: Promise<void>;

  constructor(private readonly options: InformerOptions<T>) {
    this.objects = new ObjectCache<T>({ ...options.indexers });
    this.cache = this.objects;
  }

  /** Whether the first list has been delivered. */
  get hasSynced(): boolean {
    return this.version !== undefined;
  }

  /** The resourceVersion up to which the cache shows everything. */
  get resourceVersion(): string | undefined {
    return this.version;
  }

  /** Declares an index (before or after the start). */
  addIndex(name: string, indexer: (object: T) => string[]): void {
    this.objects.addIndex(name, indexer);
  }

  /** Adds a handler; it is told of what is already in the cache first. */
  addHandler(handler: InformerHandler<T>): void {
    this.handlers.push(handler);
    for (const object of this.objects.list()) this.guard(() => handler.onAdd?.(object));
  }

  /** Follows the server until the signal aborts. Calling it again returns the same promise. */
  run(signal: AbortSignal): Promise<void> {
    this.running ??= reflect(this.options, this.sink, signal);
    return this.running;
  }

  /** Resolves true once synced, false when the signal aborts first. */
  waitForSync(signal?: AbortSignal): Promise<boolean> {
    if (this.hasSynced) return Promise.resolve(true);
    return new Promise((resolve) => {
      if (signal?.aborted) return resolve(false);
      const abort = () => resolve(false);
      signal?.addEventListener('abort', abort, { once: true });
      this.syncWaiters.push(() => {
        signal?.removeEventListener('abort', abort);
        resolve(true);
      });
    });
  }

  private readonly sink: ReflectorSink<T> = {
    replace: (objects, version) => {
      const gone = new Set(this.objects.keys());
      for (const object of objects) {
        gone.delete(keyOf(object));
        this.put(object);
      }
      for (const key of gone) this.remove(key);
      this.moveTo(version);
    },
    apply: (type, object, version) => {
      if (type === 'DELETED') {
        this.objects.set(object);
        this.remove(keyOf(object));
      } else this.put(object);
      this.moveTo(version);
    },
    bookmark: (version) => this.moveTo(version),
  };

  private put(object: T): void {
    const old = this.objects.set(object);
    if (!old) this.tell((handler) => handler.onAdd?.(object));
    else if (old.metadata.uid !== object.metadata.uid) {
      // Deleted and made anew under the same name while we did not look.
      this.tell((handler) => handler.onDelete?.(old));
      this.tell((handler) => handler.onAdd?.(object));
    } else if (old.metadata.resourceVersion !== object.metadata.resourceVersion) {
      this.tell((handler) => handler.onUpdate?.(object, old));
    }
  }

  private remove(key: string): void {
    const old = this.objects.delete(key);
    if (old) this.tell((handler) => handler.onDelete?.(old));
  }

  private moveTo(version: string): void {
    this.version = version;
    for (const wake of this.syncWaiters.splice(0)) wake();
  }

  private tell(what: (handler: InformerHandler<T>) => void): void {
    for (const handler of this.handlers) this.guard(() => what(handler));
  }

  private guard(run: () => void): void {
    try {
      run();
    } catch (error) {
      const message = error instanceof Error ? (error.stack ?? error.message) : String(error);
      this.options.logger.error({ resource: this.options.resource.plural, error: message }, 'informer handler failed');
    }
  }
}
