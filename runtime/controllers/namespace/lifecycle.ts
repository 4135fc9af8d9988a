import { Controller, type ReconcileResult } from '../../client/controller';
import type { Namespace, NamespaceCondition } from '../../kube/generated/types';
import type { AnyObject } from '../../kube/object';
import type { Resource } from '../../kube/resource';
import { namespaces, pods } from '../../kube/resource';
import { isStatusError } from '../../kube/status-error';
import { finalizers } from '../../kube/well-known';
import type { ControllerContext, ControllerHandle } from '../context';
import { type Remaining, remainingConditions, sameConditions } from './conditions';

/** Looks again for what no watch may tell of. */
const CHECK_MS = 5_000;

/**
 * Empties a namespace that is being deleted, then lets it go: pods first, so that nothing they use goes before them,
 * then everything else. `watched` are the kinds whose deletions are followed; `unwatched` ones (events) are too many
 * and go at once.
 */
export function namespaceLifecycleController(
  context: ControllerContext,
  watched: readonly Resource[],
  unwatched: readonly Resource[] = [],
): ControllerHandle {
  const { client, clock, informers, logger } = context;
  const namespaceInformer = informers.for(namespaces);
  const controller = new Controller({ name: 'namespace', clock, logger, reconcile, minIntervalMs: 20 });
  const followed = watched.filter((resource) => resource.namespaced);
  const namespaced = [...followed, ...unwatched];

  const see = (namespace: Namespace) => {
    if (namespace.metadata.deletionTimestamp) controller.enqueue(namespace.metadata.name ?? '');
  };
  namespaceInformer.addHandler({ onAdd: see, onUpdate: see });
  for (const resource of followed) {
    informers.for(resource).addHandler({
      onDelete(object) {
        const namespace = namespaceInformer.cache.get(object.metadata.namespace ?? '');
        if (namespace) see(namespace);
      },
    });
  }

  async function reconcile(name: string): Promise<ReconcileResult | undefined> {
    const namespace = namespaceInformer.cache.get(name);
    if (!namespace?.metadata.deletionTimestamp) return undefined;
    if (!namespace.spec?.finalizers?.includes(finalizers.kubernetes)) return undefined;
    const podKind = namespaced.filter(({ kind }) => kind === pods.kind);
    const others = namespaced.filter(({ kind }) => kind !== pods.kind);
    let remaining = await empty(name, podKind);
    if (remaining.length === 0) remaining = await empty(name, others);
    if (remaining.length > 0) {
      await writeConditions(namespace, remaining);
      return { requeueAfterMs: CHECK_MS };
    }
    await finalize(namespace);
    return undefined;
  }

  /** Deletes every object of these kinds in the namespace; returns what is still there. */
  async function empty(namespace: string, kinds: readonly Resource[]): Promise<Remaining[]> {
    const results = await Promise.all(kinds.map((resource) => emptyKind(namespace, resource)));
    return results.filter((result) => result.objects.length > 0);
  }

  async function emptyKind(namespace: string, resource: Resource): Promise<Remaining> {
    // From the server, not from the cache: only it can say that nothing is left.
    const before = await client.list(resource, { namespace });
    if (before.items.length === 0) return { resource, objects: [] };
    await Promise.all(
      before.items.filter(({ metadata }) => !metadata.deletionTimestamp).map((object) => remove(resource, object)),
    );
    const after = await client.list(resource, { namespace });
    return { resource, objects: after.items };
  }

  async function remove(resource: Resource, object: AnyObject): Promise<void> {
    const { namespace, name = '', uid } = object.metadata;
    try {
      const options = { propagationPolicy: 'Background' as const, preconditions: { uid } };
      await client.delete(resource, { namespace, name }, options);
    } catch (error) {
      if (!isStatusError(error, 'NotFound') && !isStatusError(error, 'Conflict')) throw error;
    }
  }

  async function writeConditions(namespace: Namespace, remaining: readonly Remaining[]): Promise<void> {
    const known = namespace.status?.conditions;
    const conditions: NamespaceCondition[] = remainingConditions(known, remaining, clock.now());
    if (sameConditions(known, conditions)) return;
    const status = { ...namespace.status, phase: 'Terminating', conditions };
    await ignoreGone(client.update(namespaces, { ...namespace, status }, { subresource: 'status' }));
  }

  async function finalize(namespace: Namespace): Promise<void> {
    const left = (namespace.spec?.finalizers ?? []).filter((finalizer) => finalizer !== finalizers.kubernetes);
    const spec = { ...namespace.spec, finalizers: left };
    await ignoreGone(client.update(namespaces, { ...namespace, spec }, { subresource: 'finalize' }));
  }

  return controller;
}

async function ignoreGone(write: Promise<unknown>): Promise<void> {
  try {
    await write;
  } catch (error) {
    if (!isStatusError(error, 'NotFound')) throw error;
  }
}
