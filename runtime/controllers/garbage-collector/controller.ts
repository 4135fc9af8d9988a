import { Controller } from '../../client/controller';
import type { OwnerReference } from '../../kube/generated/types';
import { type AnyObject, keyOf } from '../../kube/object';
import { equalJson } from '../../kube/schema-engine';
import { isStatusError } from '../../kube/status-error';
import { finalizers } from '../../kube/well-known';
import type { ControllerContext, ControllerHandle } from '../context';
import { type Monitor, Monitors } from '../served/monitors';
import type { ServedResources } from '../served/served';
import { collect, has, type OwnerState, orphansDependents, waitsForDependents } from './decide';
import { mayOwn, OwnerGraph, ownerKey } from './graph';

/**
 * Deletes what belonged to an object that is gone, and carries out foreground and orphaning deletion, for every
 * resource that is served. The graph is the informers' caches, indexed by owner uid; before a deletion the owner is
 * looked up live.
 */
export function garbageCollector(context: ControllerContext, served: ServedResources): ControllerHandle {
  const { client, clock, logger } = context;
  const controller = new Controller({ name: 'garbage-collector', clock, logger, reconcile, concurrency: 16 });
  const monitors = new Monitors(context, served);
  const graph = new OwnerGraph(monitors);
  monitors.follow((monitor) => {
    graph.add(monitor);
    return {
      onAdd: (object) => see(monitor, object),
      onUpdate(object, old) {
        const deletion = object.metadata.deletionTimestamp !== old.metadata.deletionTimestamp;
        const links = !equalJson(object.metadata.ownerReferences, old.metadata.ownerReferences);
        const holds = !equalJson(object.metadata.finalizers, old.metadata.finalizers);
        if (deletion || links || holds) see(monitor, object);
        if (links) enqueueOwners(old);
      },
      onDelete(object) {
        // Those of other namespaces, too: a reference out of its namespace leads nowhere.
        for (const [dependents, dependent] of graph.referring(object)) enqueue(dependents, dependent);
        enqueueOwners(object);
      },
    };
  });

  function see(monitor: Monitor, object: AnyObject): void {
    const deleting = waitsForDependents(object) || orphansDependents(object);
    if (deleting || object.metadata.ownerReferences?.length) enqueue(monitor, object);
    // An owner that waits for this one must hear of it.
    enqueueOwners(object);
  }

  function enqueue({ id }: Monitor, object: AnyObject): void {
    controller.enqueue(`${id}|${keyOf(object)}`);
  }

  function enqueueOwners(object: AnyObject): void {
    for (const reference of object.metadata.ownerReferences ?? []) {
      const [monitor, owner] = graph.ownerOf(object, reference) ?? [];
      if (monitor && owner && waitsForDependents(owner)) enqueue(monitor, owner);
    }
  }

  async function reconcile(key: string): Promise<void> {
    const [id = '', objectKey = ''] = key.split('|');
    const monitor = monitors.get(id);
    const object = monitor?.informer.cache.get(objectKey);
    if (!monitor || !object) return;
    if (orphansDependents(object)) return orphan(monitor, object);
    if (waitsForDependents(object)) return awaitDependents(monitor, object);
    const states = new Map<string, OwnerState>();
    for (const reference of object.metadata.ownerReferences ?? [])
      states.set(reference.uid, await stateOf(object, reference));
    const action = collect(object, ({ uid }) => states.get(uid) ?? 'solid', graph.hasDependents(object));
    if (action.do === 'unlink') await patchMeta(monitor, object, { ownerReferences: action.keep });
    if (action.do !== 'delete') return;
    const unblocked = action.policy === 'Foreground' ? await breakCircle(monitor, object) : object;
    if (unblocked) await deleteObject(monitor, unblocked, action.policy);
  }

  async function stateOf(object: AnyObject, reference: OwnerReference): Promise<OwnerState> {
    const [, cached] = graph.ownerOf(object, reference) ?? [];
    if (cached) return waitsForDependents(cached) ? 'waiting' : 'solid';
    const monitor = monitors.ofKind(reference.apiVersion, reference.kind);
    // A kind that is not served here may live elsewhere: what cannot be looked up is not called gone.
    if (!monitor) return 'solid';
    // Nor is the owner of an object without a namespace, of which nobody could say where it is.
    if (monitor.resource.namespaced && !object.metadata.namespace) return 'solid';
    try {
      const live = await client.get(monitor.resource, ownerKey(monitor, object, reference));
      return live.metadata.uid === reference.uid ? 'solid' : 'absent';
    } catch (error) {
      if (isStatusError(error, 'NotFound')) return 'absent';
      throw error;
    }
  }

  async function awaitDependents(monitor: Monitor, object: AnyObject): Promise<void> {
    let blocked = false;
    for (const [dependents, dependent] of graph.dependentsOf(object)) {
      const link = dependent.metadata.ownerReferences?.find(({ uid }) => uid === object.metadata.uid);
      if (!link?.blockOwnerDeletion) continue;
      blocked = true;
      enqueue(dependents, dependent);
    }
    if (!blocked) await removeFinalizer(monitor, object, finalizers.foregroundDeletion);
  }

  /**
   * Objects that own each other in a circle would wait for each other for ever: one of whose dependents is waiting
   * already lets its owners go first. Undefined where it is gone.
   */
  async function breakCircle(monitor: Monitor, object: AnyObject): Promise<AnyObject | undefined> {
    const circle = [...graph.dependentsOf(object)].some(([, dependent]) => waitsForDependents(dependent));
    const references = object.metadata.ownerReferences ?? [];
    if (!circle || !references.some((reference) => reference.blockOwnerDeletion)) return object;
    const ownerReferences = references.map((reference) => ({ ...reference, blockOwnerDeletion: false }));
    return patchMeta(monitor, object, { ownerReferences });
  }

  /** Cuts dependents loose. They are listed, not taken from the cache: none that was just made may be forgotten. */
  async function orphan(monitor: Monitor, object: AnyObject): Promise<void> {
    const { namespace, uid } = object.metadata;
    for (const dependents of monitors.all()) {
      if (namespace && !dependents.resource.namespaced) continue;
      const { items } = await client.list(dependents.resource, namespace ? { namespace } : {});
      for (const dependent of items) {
        const owners = dependent.metadata.ownerReferences ?? [];
        const ownerReferences = owners.filter((owner) => owner.uid !== uid);
        if (ownerReferences.length === owners.length || !mayOwn(object, dependent)) continue;
        await patchMeta(dependents, dependent, { ownerReferences });
      }
    }
    await removeFinalizer(monitor, object, finalizers.orphan);
  }

  async function removeFinalizer(monitor: Monitor, object: AnyObject, finalizer: string): Promise<void> {
    if (!has(object, finalizer)) return;
    const left = (object.metadata.finalizers ?? []).filter((other) => other !== finalizer);
    await patchMeta(monitor, object, { finalizers: left });
  }

  async function patchMeta(
    { resource }: Monitor,
    object: AnyObject,
    change: { ownerReferences?: OwnerReference[]; finalizers?: string[] },
  ): Promise<AnyObject | undefined> {
    const { namespace, name = '', uid, resourceVersion } = object.metadata;
    const body = { metadata: { uid, resourceVersion, ...change } };
    try {
      return await client.patch(resource, { namespace, name }, { type: 'merge', body });
    } catch (error) {
      if (isStatusError(error, 'NotFound')) return undefined;
      throw error;
    }
  }

  async function deleteObject(
    { resource }: Monitor,
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

  return {
    start: () => controller.start(),
    async stop() {
      monitors.stop();
      await controller.stop();
    },
  };
}
