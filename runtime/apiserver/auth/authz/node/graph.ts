import type { PersistentVolumeClaim, Pod } from '../../../../kube/generated/types';
import { pods } from '../../../../kube/resource';
import { objectKey, resourcePrefix } from '../../../registry/store-key';
import type { StoredObject } from '../../../registry/stored-object';
import type { Cache } from '../../../watch/cache';
import { podReferences, type ReferredResource } from './pod-references';

/** What the node authorizer asks about the cluster. */
export interface NodeFacts {
  /** Whether the pod is bound to the node; undefined when there is no such pod. */
  podIsOn(node: string, namespace: string, pod: string): boolean | undefined;
  /** Whether a pod bound to the node names this object, or a claim that such a pod names is bound to this volume. */
  refersTo(node: string, resource: ReferredResource, namespace: string, name: string): boolean;
}

const nodeNameField = '"nodeName":';

const claims = { group: '', plural: 'persistentvolumeclaims' };

/** The node authorizer's facts, from the pods in the cache: for every node, what its pods name and how many do. */
export class CachedNodeFacts implements NodeFacts {
  private readonly byNode = new Map<string, Map<string, number>>();

  constructor(private readonly cache: Cache) {
    for (const stored of this.pods.list(resourcePrefix(pods))) this.count(stored, 1);
    this.pods.subscribe(({ object, previous }) => {
      if (object) this.count(object, 1);
      if (previous) this.count(previous, -1);
    });
  }

  podIsOn(node: string, namespace: string, pod: string): boolean | undefined {
    const stored = this.pods.get(objectKey(pods, namespace, pod));
    return stored && podOf(stored).spec?.nodeName === node;
  }

  refersTo(node: string, resource: ReferredResource, namespace: string, name: string): boolean {
    const named = this.byNode.get(node);
    if (!named) return false;
    if (resource !== 'persistentvolumes') return named.has(`${namespace}/${resource}/${name}`);
    for (const reference of named.keys()) {
      const [claimNamespace = '', kind, claim = ''] = reference.split('/');
      if (kind === claims.plural && this.volumeOf(claimNamespace, claim) === name) return true;
    }
    return false;
  }

  private get pods() {
    return this.cache.resource(resourcePrefix(pods));
  }

  private count(stored: StoredObject, by: 1 | -1): void {
    // Told from its bytes: a pod that waits for its node needs not be parsed.
    if (!stored.json.includes(nodeNameField)) return;
    const pod = podOf(stored);
    const node = pod.spec?.nodeName;
    if (!node) return;
    let named = this.byNode.get(node);
    if (!named) {
      named = new Map();
      this.byNode.set(node, named);
    }
    for (const reference of podReferences(pod)) {
      const key = `${pod.metadata.namespace}/${reference}`;
      const now = (named.get(key) ?? 0) + by;
      if (now > 0) named.set(key, now);
      else named.delete(key);
    }
    if (named.size === 0) this.byNode.delete(node);
  }

  private volumeOf(namespace: string, claim: string): string | undefined {
    const stored = this.cache
      .resource(resourcePrefix(claims))
      .get(objectKey({ ...claims, namespaced: true }, namespace, claim));
    return (stored?.object as unknown as PersistentVolumeClaim | undefined)?.spec?.volumeName;
  }
}

function podOf(stored: StoredObject): Pod {
  return stored.object as unknown as Pod;
}
