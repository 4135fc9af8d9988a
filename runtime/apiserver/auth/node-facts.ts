import type { Pod } from '../../kube/generated/types';
import { pods } from '../../kube/resource';
import { listPrefix, objectKey, resourcePrefix } from '../registry/store-key';
import type { StoredObject } from '../registry/stored-object';
import type { Cache } from '../watch/cache';
import type { NodeFacts } from './authorizer';
import { type PodReferences, podReferences } from './pod-references';

/** The node authorizer's facts, from the pods in the cache. */
export class CachedNodeFacts implements NodeFacts {
  private readonly references = new WeakMap<StoredObject, PodReferences>();

  constructor(private readonly cache: Cache) {}

  podIsOn(node: string, namespace: string, pod: string): boolean | undefined {
    const stored = this.pods.get(objectKey(pods, namespace, pod));
    return stored && podOf(stored).spec?.nodeName === node;
  }

  refersTo(node: string, kind: 'secrets' | 'configmaps', namespace: string, name: string): boolean {
    return this.pods.list(listPrefix(pods, namespace)).some((stored) => {
      if (podOf(stored).spec?.nodeName !== node) return false;
      const references = this.referencesOf(stored);
      return (kind === 'secrets' ? references.secrets : references.configMaps).has(name);
    });
  }

  private get pods() {
    return this.cache.resource(resourcePrefix(pods));
  }

  private referencesOf(stored: StoredObject): PodReferences {
    let references = this.references.get(stored);
    if (!references) {
      references = podReferences(podOf(stored));
      this.references.set(stored, references);
    }
    return references;
  }
}

function podOf(stored: StoredObject): Pod {
  return stored.object as unknown as Pod;
}
