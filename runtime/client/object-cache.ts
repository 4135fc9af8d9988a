import { type KubeObject, keyOf } from '../kube/object';

/** Index name → the values under which an object is found. */
export type Indexers<T> = Record<string, (object: T) => string[]>;

/** Objects by key (`namespace/name`) and by index. What it returns is shared: read, never change. */
export interface ReadCache<T extends KubeObject> {
  get(key: string): T | undefined;
  list(): T[];
  keys(): string[];
  readonly size: number;
  byIndex(index: string, value: string): T[];
}

/** The cache an informer fills. */
export class ObjectCache<T extends KubeObject> implements ReadCache<T> {
  private readonly objects = new Map<string, T>();
  private readonly indexes = new Map<string, Map<string, Set<string>>>();

  constructor(private readonly indexers: Indexers<T> = {}) {
    for (const name of Object.keys(indexers)) this.indexes.set(name, new Map());
  }

  /** Adds an index, over what is already here too. A name that exists is kept. */
  addIndex(name: string, indexer: (object: T) => string[]): void {
    if (this.indexers[name]) return;
    this.indexers[name] = indexer;
    const index = new Map<string, Set<string>>();
    this.indexes.set(name, index);
    for (const [key, object] of this.objects) for (const value of indexer(object)) insert(index, value, key);
  }

  get(key: string): T | undefined {
    return this.objects.get(key);
  }

  list(): T[] {
    return [...this.objects.values()];
  }

  keys(): string[] {
    return [...this.objects.keys()];
  }

  get size(): number {
    return this.objects.size;
  }

  /** @throws Error for an index that was never declared */
  byIndex(index: string, value: string): T[] {
    const values = this.indexes.get(index);
    if (!values) throw new Error(`the cache has no index "${index}"`);
    const found: T[] = [];
    for (const key of values.get(value) ?? []) found.push(this.objects.get(key) as T);
    return found;
  }

  /** Puts an object; returns the one it replaces. */
  set(object: T): T | undefined {
    const key = keyOf(object);
    const old = this.objects.get(key);
    if (old) this.unindex(key, old);
    this.objects.set(key, object);
    for (const [name, index] of this.indexes) {
      for (const value of this.indexers[name]?.(object) ?? []) insert(index, value, key);
    }
    return old;
  }

  delete(key: string): T | undefined {
    const old = this.objects.get(key);
    if (!old) return undefined;
    this.unindex(key, old);
    this.objects.delete(key);
    return old;
  }

  private unindex(key: string, object: T): void {
    for (const [name, index] of this.indexes) {
      for (const value of this.indexers[name]?.(object) ?? []) {
        const keys = index.get(value);
        keys?.delete(key);
        if (keys?.size === 0) index.delete(value);
      }
    }
  }
}

function insert(index: Map<string, Set<string>>, value: string, key: string): void {
  const keys = index.get(value);
  if (keys) keys.add(key);
  else index.set(value, new Set([key]));
}
