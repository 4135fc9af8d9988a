import { setMaxListeners } from 'node:events';
import type { KubeObject } from '../kube/object';
import { apiVersionOf, type Resource } from '../kube/resource';
import { Informer } from './informer';
import type { ReflectorOptions } from './reflector';

/** One informer a resource, shared by everything in the process that watches it. */
export class InformerFactory {
  private readonly informers = new Map<string, Informer<KubeObject>>();
  private readonly ends = new Map<string, AbortController>();
  private readonly abort = new AbortController();
  private started = false;

  constructor(private readonly options: Omit<ReflectorOptions<KubeObject>, 'resource' | 'query'>) {
    // Every informer listens to it, and that is no leak.
    setMaxListeners(0, this.abort.signal);
  }

  /** The informer of a resource, all namespaces; made (and, after the start, run) when first asked for. */
  for<T extends KubeObject>(resource: Resource<T>): Informer<T> {
    const key = keyOf(resource);
    const known = this.informers.get(key);
    if (known) return known as unknown as Informer<T>;
    const informer = new Informer<T>({ ...this.options, resource });
    this.informers.set(key, informer as unknown as Informer<KubeObject>);
    if (this.started) this.run(key);
    return informer;
  }

  /** Ends the informer of a resource that is served no longer. Whoever asks for it again gets a new one. */
  drop(resource: Resource): void {
    const key = keyOf(resource);
    this.ends.get(key)?.abort();
    this.ends.delete(key);
    this.informers.delete(key);
  }

  start(): void {
    this.started = true;
    for (const key of this.informers.keys()) this.run(key);
  }

  /** Resolves true when every informer asked for so far has synced, false when stopped before. */
  async waitForSync(): Promise<boolean> {
    const waits = [...this.informers.values()].map((informer) => informer.waitForSync(this.abort.signal));
    return (await Promise.all(waits)).every(Boolean);
  }

  async stop(): Promise<void> {
    this.abort.abort();
    await Promise.all([...this.informers.values()].map((informer) => informer.run(this.abort.signal)));
  }

  private run(key: string): void {
    const end = new AbortController();
    this.ends.set(key, end);
    const signal = AbortSignal.any([end.signal, this.abort.signal]);
    // Every watch listens to it, and that is no leak.
    setMaxListeners(0, signal);
    void this.informers.get(key)?.run(signal);
  }
}

function keyOf(resource: Pick<Resource, 'group' | 'version' | 'plural'>): string {
  return `${apiVersionOf(resource)}/${resource.plural}`;
}
