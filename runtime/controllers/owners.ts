import type { Informer } from '../client/informer';
import type { OwnerReference, Pod } from '../kube/generated/types';
import type { KubeObject } from '../kube/object';
import { apiVersionOf, type Resource } from '../kube/resource';

/** The owner that manages the object; there is at most one. */
export function controllerOf(object: KubeObject): OwnerReference | undefined {
  return object.metadata.ownerReferences?.find((owner) => owner.controller);
}

export function controllerReference<T extends KubeObject>(resource: Resource<T>, owner: T): OwnerReference {
  return {
    apiVersion: apiVersionOf(resource),
    kind: resource.kind,
    name: owner.metadata.name ?? '',
    uid: owner.metadata.uid ?? '',
    controller: true,
    blockOwnerDeletion: true,
  };
}

/** Index: objects by the uid of their controller. */
export const byController = 'controller';
/** Index: objects without a controller, by namespace. */
export const orphans = 'orphans';

/** Declares both indexes on an informer. */
export function indexByController<T extends KubeObject>(informer: Informer<T>): void {
  informer.addIndex(byController, (object) => {
    const uid = controllerOf(object)?.uid;
    return uid ? [uid] : [];
  });
  informer.addIndex(orphans, (object) => (controllerOf(object) ? [] : [object.metadata.namespace ?? '']));
}

/** The namespace an object is in, as an index. */
export const byNamespace = 'namespace';

export function indexByNamespace<T extends KubeObject>(informer: Informer<T>): void {
  informer.addIndex(byNamespace, (object) => [object.metadata.namespace ?? '']);
}

/** The node a pod is on, as an index. */
export const byNode = 'node';

export function indexByNode(informer: Informer<Pod>): void {
  informer.addIndex(byNode, (pod) => (pod.spec?.nodeName ? [pod.spec.nodeName] : []));
}
