import type { OwnerReference } from '../../kube/generated/types';
import type { AnyObject, ObjectKey } from '../../kube/object';
import type { Monitor, Monitors } from '../served/monitors';

const byOwner = 'owner';

/** An object, and where it is served. */
export type Node = [Monitor, AnyObject];

/** Who belongs to whom, as the caches have it. */
export class OwnerGraph {
  constructor(private readonly monitors: Pick<Monitors, 'all' | 'ofKind'>) {}

  /** Makes a resource part of the graph. */
  add({ informer }: Monitor): void {
    informer.addIndex(byOwner, (object) => (object.metadata.ownerReferences ?? []).map(({ uid }) => uid));
  }

  /** Every object that refers to an owner, be it that it may not. */
  *referring(owner: AnyObject): Iterable<Node> {
    for (const monitor of this.monitors.all()) {
      for (const object of monitor.informer.cache.byIndex(byOwner, owner.metadata.uid ?? '')) yield [monitor, object];
    }
  }

  /** The objects that belong to an owner. A namespaced one owns in its own namespace only. */
  *dependentsOf(owner: AnyObject): Iterable<Node> {
    for (const node of this.referring(owner)) if (mayOwn(owner, node[1])) yield node;
  }

  hasDependents(owner: AnyObject): boolean {
    return !this.dependentsOf(owner)[Symbol.iterator]().next().done;
  }

  /** The object that a reference names, where the caches have it. */
  ownerOf(object: AnyObject, reference: OwnerReference): Node | undefined {
    const monitor = this.monitors.ofKind(reference.apiVersion, reference.kind);
    if (!monitor) return undefined;
    const { namespace, name } = ownerKey(monitor, object, reference);
    const owner = monitor.informer.cache.get(namespace ? `${namespace}/${name}` : name);
    return owner?.metadata.uid === reference.uid ? [monitor, owner] : undefined;
  }
}

export function mayOwn(owner: AnyObject, dependent: AnyObject): boolean {
  const { namespace } = owner.metadata;
  return !namespace || namespace === dependent.metadata.namespace;
}

/** Where an owner must be: a namespaced one is in its dependent's namespace. */
export function ownerKey({ resource }: Monitor, dependent: AnyObject, { name }: OwnerReference): ObjectKey {
  return resource.namespaced ? { namespace: dependent.metadata.namespace, name } : { name };
}
