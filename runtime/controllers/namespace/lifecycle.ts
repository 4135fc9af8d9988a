import { Controller, type ReconcileResult } from '../../client/controller';
import type { Namespace, NamespaceCondition } from '../../kube/generated/types';
import type { AnyObject } from '../../kube/object';
import type { Resource } from '../../kube/resource';
import { namespaces, pods } from '../../kube/resource';
import { isStatusError } from '../../kube/status-error';
import { finalizers } from '../../kube/well-known';
import type { ControllerContext, ControllerHandle } from '../context';
import { Monitors } from '../served/monitors';
import type { ServedResources } from '../served/served';
import { type Contents, deletionConditions, sameConditions } from './conditions';

/** Looks again for what no watch may tell of. */
const CHECK_MS = 5_000;

/**
 * Empties a namespace that is being deleted, then lets it go: pods first, so that nothing they use goes before them,
 * then everything else, of whatever resources are served now.
 */
export function namespaceLifecycleController(context: ControllerContext, served: ServedResources): ControllerHandle {
  const { client, clock, informers, logger } = context;
  const namespaceInformer = informers.for(namespaces);
  const controller = new Controller({ name: 'namespace', clock, logger, reconcile, minIntervalMs: 20 });
  const monitors = new Monitors(context, served);

  const see = (namespace: Namespace) => {
    if (namespace.metadata.deletionTimestamp) controller.enqueue(namespace.metadata.name ?? '');
  };
  namespaceInformer.addHandler({ onAdd: see, onUpdate: see });
  const seeObject = (object: AnyObject) => {
    const namespace = namespaceInformer.cache.get(object.metadata.namespace ?? '');
    if (namespace) see(namespace);
  };
  monitors.follow(() => ({
    // What came through while the namespace began to go.
    onAdd: seeObject,
    onDelete: seeObject,
  }));

  async function reconcile(name: string): Promise<ReconcileResult | undefined> {
    const namespace = namespaceInformer.cache.get(name);
    if (!namespace?.metadata.deletionTimestamp) return undefined;
    if (!namespace.spec?.finalizers?.includes(finalizers.kubernetes)) return undefined;
    const all = served.list().filter((resource) => resource.namespaced);
    const first = all.filter(isPods);
    const others = all.filter((resource) => !isPods(resource));
    let contents = await empty(name, first);
    if (isEmpty(contents)) contents = await empty(name, others);
    if (!isEmpty(contents)) {
      await writeConditions(namespace, contents);
      return { requeueAfterMs: CHECK_MS };
    }
    await finalize(namespace);
    return undefined;
  }

  /** Deletes every object of these resources in the namespace; returns what is still there, and what went wrong. */
  async function empty(namespace: string, resources: readonly Resource[]): Promise<Contents> {
    const failures: string[] = [];
    const results = await Promise.all(
      resources.map(async (resource) => {
        try {
          return await emptyOf(namespace, resource);
        } catch (error) {
          failures.push(error instanceof Error ? error.message : String(error));
          return { resource, objects: [] };
        }
      }),
    );
    return { remaining: results.filter(({ objects }) => objects.length > 0), failures };
  }

  async function emptyOf(namespace: string, resource: Resource) {
    // From the server, not from the cache: only it can say that nothing is left.
    const before = await list(namespace, resource);
    if (before.length === 0) return { resource, objects: before };
    await Promise.all(
      before.filter(({ metadata }) => !metadata.deletionTimestamp).map((object) => remove(resource, object)),
    );
    return { resource, objects: await list(namespace, resource) };
  }

  async function list(namespace: string, resource: Resource): Promise<AnyObject[]> {
    try {
      return (await client.list(resource, { namespace })).items;
    } catch (error) {
      // It is served no longer, and its objects went with it.
      if (isStatusError(error, 'NotFound')) return [];
      throw error;
    }
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

  async function writeConditions(namespace: Namespace, contents: Contents): Promise<void> {
    const known = namespace.status?.conditions;
    const conditions: NamespaceCondition[] = deletionConditions(known, contents, clock.now());
    if (sameConditions(known, conditions)) return;
    const status = { ...namespace.status, phase: 'Terminating', conditions };
    await ignoreGone(client.update(namespaces, { ...namespace, status }, { subresource: 'status' }));
  }

  async function finalize(namespace: Namespace): Promise<void> {
    const left = (namespace.spec?.finalizers ?? []).filter((finalizer) => finalizer !== finalizers.kubernetes);
    const spec = { ...namespace.spec, finalizers: left };
    await ignoreGone(client.update(namespaces, { ...namespace, spec }, { subresource: 'finalize' }));
  }

  return {
    start: () => controller.start(),
    async stop() {
      monitors.stop();
      await controller.stop();
    },
  };
}

function isPods({ group, plural }: Resource): boolean {
  return group === pods.group && plural === pods.plural;
}

function isEmpty({ remaining, failures }: Contents): boolean {
  return remaining.length === 0 && failures.length === 0;
}

async function ignoreGone(write: Promise<unknown>): Promise<void> {
  try {
    await write;
  } catch (error) {
    if (!isStatusError(error, 'NotFound')) throw error;
  }
}
