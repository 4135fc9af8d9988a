import type { Informer } from '../client/informer';
import type { KubeObject } from '../kube/object';
import { keyOf } from '../kube/object';

/**
 * What a controller wrote that its cache does not show yet. Laid over the cache, it lets the next reconcile build on
 * the last one's writes instead of repeating them.
 */
export class Written<T extends KubeObject> {
  private readonly entries = new Map<string, { object: T; deleted: boolean }>();

  constructor(informer: Informer<T>) {
    const seen = (object: T) => {
      const entry = this.entries.get(keyOf(object));
      if (entry && !entry.deleted && !isNewer(entry.object, object)) this.entries.delete(keyOf(object));
    };
    informer.addHandler({ onAdd: seen, onUpdate: seen, onDelete: (object) => this.entries.delete(keyOf(object)) });
  }

  wrote(object: T, cached: T | undefined): void {
    if (!cached || isNewer(object, cached)) this.entries.set(keyOf(object), { object, deleted: false });
  }

  deleted(object: T, cached: T | undefined): void {
    if (cached) this.entries.set(keyOf(object), { object, deleted: true });
  }

  /** A write was refused: the cache is right, or will be. */
  forget(object: T): void {
    this.entries.delete(keyOf(object));
  }

  /** `cached` as it will be; `belongs` chooses what else to add of what was created. */
  overlay(cached: readonly T[], belongs: (object: T) => boolean): T[] {
    const result: T[] = [];
    const present = new Set<string>();
    for (const object of cached) {
      const key = keyOf(object);
      present.add(key);
      const entry = this.entries.get(key);
      if (!entry) result.push(object);
      else if (!entry.deleted) result.push(isNewer(entry.object, object) ? entry.object : object);
    }
    for (const [key, { object, deleted }] of this.entries) {
      if (!deleted && !present.has(key) && belongs(object)) result.push(object);
    }
    return result;
  }
}

function isNewer(a: KubeObject, b: KubeObject): boolean {
  return BigInt(a.metadata.resourceVersion ?? 0) > BigInt(b.metadata.resourceVersion ?? 0);
}
