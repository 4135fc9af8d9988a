import { setMaxListeners } from 'node:events';
import type { KubeObject } from '../kube/object';
import { apiVersionOf, type Resource } from '../kube/resource';
import { Informer } from './informer';
import type { ReflectorOptions } from './reflector';

/** One informer a resource, shared by everything in the process that watches it. */
export class InformerFactory {
  private readonly informers = new Map<string, Informer<KubeObject>>();
  private readonly abort = new AbortController();
  private started = false;

  constructor(private readonly options: Omit<ReflectorOptions<KubeObject>, 'resource' | 'query'>) {
    // Every informer listens to it, and that is no leak.
    setMaxListeners(0, this.abort.signal);
  }

  /** The informer of a resource, all namespaces; made (and, after the start, run) when first asked for. */
  for<T extends KubeObject>(resource: Resource<T>): Informer<T> {
    const key = `${apiVersionOf(resource)}/${resource.plural}`;
    const known = this.informers.get(key);
    if (known) return known as unknown as Informer<T>;
    const informer = new Informer<T>({ ...this.options, resource });
    this.informers.set(key, informer as unknown as Informer<KubeObject>);
    if (this.started) void informer.run(this.abort.signal);
    return informer;
  }

  start(): void {
    this.started = true;
    for (const informer of this.informers.values()) void informer.run(this.abort.signal);
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
}
