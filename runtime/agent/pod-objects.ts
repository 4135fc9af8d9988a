import { type ApiClient, UnreachableError } from '../client/client';
import { Informer } from '../client/informer';
import type { ConfigMap, Pod, Secret } from '../kube/generated/types';
import { configMaps, type Resource, secrets } from '../kube/resource';
import type { Clock } from '../util/clock';
import type { Logger } from '../util/logger';
import { objectRefs } from './spec/object-refs';
import type { PodObjects } from './spec/objects';

const firstAnswerMilliseconds = 5_000;

interface Watched {
  informer: Informer<ConfigMap | Secret>;
  abort: AbortController;
}

/**
 * The ConfigMaps and Secrets that this node's pods refer to, each watched by its own name as long as a pod needs it:
 * a node may see no others. What was seen stays known while the server is away.
 */
export class WatchedObjects implements PodObjects {
  private readonly watched = new Map<string, Watched>();

  constructor(
    private readonly options: { client: ApiClient; clock: Clock; logger: Logger; random: () => number },
    private readonly onChange: (ref: string) => void,
  ) {}

  configMap(namespace: string, name: string): Promise<ConfigMap | undefined> {
    return this.get(`configmaps/${namespace}/${name}`) as Promise<ConfigMap | undefined>;
  }

  secret(namespace: string, name: string): Promise<Secret | undefined> {
    return this.get(`secrets/${namespace}/${name}`) as Promise<Secret | undefined>;
  }

  /** Watches what these pods refer to, and nothing else from now on. */
  retain(pods: Iterable<Pod>): void {
    const needed = new Set<string>();
    for (const pod of pods) for (const ref of objectRefs(pod)) needed.add(ref);
    for (const [ref, { abort }] of this.watched) {
      if (needed.has(ref)) continue;
      abort.abort();
      this.watched.delete(ref);
    }
    for (const ref of needed) this.watch(ref);
  }

  close(): void {
    this.retain([]);
  }

  private async get(ref: string): Promise<ConfigMap | Secret | undefined> {
    const { informer } = this.watch(ref);
    if (!informer.hasSynced) {
      const limit = new AbortController();
      const timer = this.options.clock.after(firstAnswerMilliseconds, () => limit.abort());
      const synced = await informer.waitForSync(limit.signal);
      timer.cancel();
      if (!synced) throw new UnreachableError(`${ref} is not known: the server gave no answer within 5 s`);
    }
    const [, namespace, name] = ref.split('/');
    return informer.cache.get(`${namespace}/${name}`);
  }

  private watch(ref: string): Watched {
    const known = this.watched.get(ref);
    if (known) return known;
    const [plural, namespace = '', name = ''] = ref.split('/');
    const resource = (plural === 'secrets' ? secrets : configMaps) as Resource<ConfigMap | Secret>;
    const query = { namespace, fieldSelector: `metadata.name=${name}` };
    const informer = new Informer<ConfigMap | Secret>({ ...this.options, resource, query });
    const abort = new AbortController();
    const changed = () => {
      if (informer.hasSynced) this.onChange(ref);
    };
    informer.addHandler({ onAdd: changed, onUpdate: changed, onDelete: changed });
    void informer.run(abort.signal);
    const watched = { informer, abort };
    this.watched.set(ref, watched);
    return watched;
  }
}
