import { Controller } from '../../client/controller';
import type { Informer } from '../../client/informer';
import type { OwnerReference } from '../../kube/generated/types';
import { type AnyObject, keyOf, type ObjectKey } from '../../kube/object';
import { apiVersionOf, type Resource } from '../../kube/resource';
import { equalJson } from '../../kube/schema-engine';
import { isStatusError } from '../../kube/status-error';
import { finalizers } from '../../kube/well-known';
import type { ControllerContext, ControllerHandle } from '../context';
import { collect, has, type OwnerState, orphansDependents, waitsForDependents } from './decide';

const byOwner = 'owner';

interface Collection {
  id: string;
  resource: Resource;
  informer: Informer<AnyObject>;
}

/**
 * Deletes what belonged to an object that is gone, and carries out foreground and orphaning deletion. The graph is the
 * informers' caches, indexed by owner uid; before a deletion the owner is looked up live.
 */
export function garbageCollector(context: ControllerContext, resources: readonly Resource[]): ControllerHandle {
  const { client, clock, informers, logger } = context;
  const collections = new Map<string, Collection>();
  const controller = new Controller({ name: 'garbage-collector', clock, logger, reconcile, concurrency: 16 });
  for (const resource of resources) {
    const id = `${apiVersionOf(resource)}/${resource.kind}`;
    const informer = informers.for(resource);
    informer.addIndex(byOwner, (object) => (object.metadata.ownerReferences ?? []).map(({ uid }) => uid));
    const collection = { id, resource, informer };
    collections.set(id, collection);
    informer.addHandler({
      onAdd: (object) => see(collection, object),
      onUpdate(object, old) {
        const deletion = object.metadata.deletionTimestamp !== old.metadata.deletionTimestamp;
        const links = !equalJson(object.metadata.ownerReferences, old.metadata.ownerReferences);
        const holds = !equalJson(object.metadata.finalizers, old.metadata.finalizers);
        if (deletion || links || holds) see(collection, object);
        if (links) enqueueOwners(old);
      },
      onDelete(object) {
        for (const [dependents, dependent] of dependentsOf(object)) enqueue(dependents, dependent);
        enqueueOwners(object);
      },
    });
  }

  function see(collection: Collection, object: AnyObject): void {
    const deleting = waitsForDependents(object) || orphansDependents(object);
    if (deleting || object.metadata.ownerReferences?.length) enqueue(collection, object);
    // An owner that waits for this one must hear of it.
    if (object.metadata.deletionTimestamp) enqueueOwners(object);
  }

  function enqueue(collection: Collection, object: AnyObject): void {
    controller.enqueue(`${collection.id}|${keyOf(object)}`);
  }

  function enqueueOwners(object: AnyObject): void {
    for (const reference of object.metadata.ownerReferences ?? []) {
      const owner = ownerInCache(object, reference);
      if (owner && waitsForDependents(owner.object)) enqueue(owner.collection, owner.object);
    }
  }

  function* dependentsOf(owner: AnyObject): Iterable<[Collection, AnyObject]> {
    for (const collection of collections.values()) {
      for (const object of collection.informer.cache.byIndex(byOwner, owner.metadata.uid ?? ''))
        yield [collection, object];
    }
  }

  function ownerInCache(
    object: AnyObject,
    reference: OwnerReference,
  ): { collection: Collection; object: AnyObject } | undefined {
    const collection = collections.get(`${reference.apiVersion}/${reference.kind}`);
    if (!collection) return undefined;
    const { namespace, name } = ownerKey(collection, object, reference);
    const owner = collection.informer.cache.get(namespace ? `${namespace}/${name}` : name);
    return owner?.metadata.uid === reference.uid ? { collection, object: owner } : undefined;
  }

  async function reconcile(key: string): Promise<void> {
    const [id = '', objectKey = ''] = key.split('|');
    const collection = collections.get(id);
    const object = collection?.informer.cache.get(objectKey);
    if (!collection || !object) return;
    if (orphansDependents(object)) return orphan(collection, object);
    if (waitsForDependents(object)) return awaitDependents(collection, object);
    const states = new Map<string, OwnerState>();
    for (const reference of object.metadata.ownerReferences ?? [])
      states.set(reference.uid, await stateOf(object, reference));
    const hasDependents = !dependentsOf(object)[Symbol.iterator]().next().done;
    const action = collect(object, ({ uid }) => states.get(uid) ?? 'solid', hasDependents);
    if (action.do === 'unlink') await patchMeta(collection, object, { ownerReferences: action.keep });
    if (action.do === 'delete') await deleteObject(collection, object, action.policy);
  }

  async function stateOf(object: AnyObject, reference: OwnerReference): Promise<OwnerState> {
    const cached = ownerInCache(object, reference);
    if (cached) return waitsForDependents(cached.object) && reference.blockOwnerDeletion ? 'waiting' : 'solid';
    const collection = collections.get(`${reference.apiVersion}/${reference.kind}`);
    // A kind that is not served here may live elsewhere: what cannot be looked up is not called gone.
    if (!collection) return 'solid';
    try {
      const live = await client.get(collection.resource, ownerKey(collection, object, reference));
      return live.metadata.uid === reference.uid ? 'solid' : 'absent';
    } catch (error) {
      if (isStatusError(error, 'NotFound')) return 'absent';
      throw error;
    }
  }

  async function awaitDependents(collection: Collection, object: AnyObject): Promise<void> {
    let blocked = false;
    for (const [dependents, dependent] of dependentsOf(object)) {
      const link = dependent.metadata.ownerReferences?.find(({ uid }) => uid === object.metadata.uid);
      if (!link?.blockOwnerDeletion) continue;
      blocked = true;
      enqueue(dependents, dependent);
    }
    if (!blocked) await removeFinalizer(collection, object, finalizers.foregroundDeletion);
  }

  async function orphan(collection: Collection, object: AnyObject): Promise<void> {
    for (const [dependents, dependent] of dependentsOf(object)) {
      const ownerReferences = (dependent.metadata.ownerReferences ?? []).filter(
        ({ uid }) => uid !== object.metadata.uid,
      );
      await patchMeta(dependents, dependent, { ownerReferences });
    }
    await removeFinalizer(collection, object, finalizers.orphan);
  }

  async function removeFinalizer(collection: Collection, object: AnyObject, finalizer: string): Promise<void> {
    if (!has(object, finalizer)) return;
    const left = (object.metadata.finalizers ?? []).filter((other) => other !== finalizer);
    await patchMeta(collection, object, { finalizers: left });
  }

  async function patchMeta(
    { resource }: Collection,
    object: AnyObject,
    change: { ownerReferences?: OwnerReference[]; finalizers?: string[] },
  ): Promise<void> {
    const { namespace, name = '', uid, resourceVersion } = object.metadata;
    const body = { metadata: { uid, resourceVersion, ...change } };
    try {
      await client.patch(resource, { namespace, name }, { type: 'merge', body });
    } catch (error) {
      if (!isStatusError(error, 'NotFound')) throw error;
    }
  }

  async function deleteObject(
    { resource }: Collection,
    object: AnyObject,
    propagationPolicy: 'Foreground' | 'Background' | 'Orphan',
  ): Promise<void> {
    const { namespace, name = '', uid, resourceVersion } = object.metadata;
    try {
      // The resourceVersion, too: somebody may have given it another owner a moment ago.
      const preconditions = { uid, resourceVersion };
      await client.delete(resource, { namespace, name }, { propagationPolicy, preconditions });
    } catch (error) {
      if (!isStatusError(error, 'NotFound')) throw error;
    }
  }

  return controller;
}

function ownerKey(owner: Collection, dependent: AnyObject, reference: OwnerReference): ObjectKey {
  return owner.resource.namespaced
    ? { namespace: dependent.metadata.namespace, name: reference.name }
    : { name: reference.name };
}
