import { Controller, type ReconcileResult } from '../../client/controller';
import type { Pod, ResourceQuota } from '../../kube/generated/types';
import { type AnyObject, keyOf } from '../../kube/object';
import { amounts } from '../../kube/pod-resources';
import { isTerminal } from '../../kube/pod-status';
import { evaluatorOf, recalculated, sameAmounts } from '../../kube/quota';
import { pods, type Resource, resourceQuotas } from '../../kube/resource';
import { equalJson } from '../../kube/schema-engine';
import { isStatusError } from '../../kube/status-error';
import type { ControllerContext, ControllerHandle } from '../context';
import { Monitors } from '../served/monitors';
import type { ServedResources } from '../served/served';

/** Every quota is counted anew so often, whatever was heard: a server may have ended between a charge and its write. */
const RESYNC_MS = 300_000;

/**
 * Keeps the status of ResourceQuotas at what their namespaces really use: counted when a quota comes or changes, and
 * when something that it counts goes. What comes is charged by the API server itself.
 */
export function resourceQuotaController(context: ControllerContext, served: ServedResources): ControllerHandle {
  const { client, clock, informers, logger } = context;
  const quotas = informers.for(resourceQuotas);
  const monitors = new Monitors(context, served);
  const controller = new Controller({ name: 'resourcequota', clock, logger, reconcile, minIntervalMs: 20 });

  quotas.addHandler({
    onAdd: (quota) => controller.enqueue(keyOf(quota)),
    onUpdate(quota, old) {
      const asked = !equalJson(quota.spec, old.spec) || !sameAmounts(hardOf(quota), amounts(quota.status?.hard));
      if (asked || !equalJson(quota.status?.hard, old.status?.hard)) controller.enqueue(keyOf(quota));
    },
  });
  // A quota may have waited for a resource to be served.
  const end = served.onChange(() => {
    for (const quota of quotas.cache.list()) controller.enqueue(keyOf(quota));
  });
  monitors.follow(({ resource }) => ({
    onUpdate(object, old) {
      if (releases(resource, object, old)) released(resource, object);
    },
    onDelete: (object) => released(resource, object),
  }));

  /** Whether an update gives back something that was charged. */
  function releases(resource: Resource, object: AnyObject, old: AnyObject): boolean {
    const evaluator = evaluatorOf(resource);
    if (evaluator?.changesScope?.(object, old)) return true;
    if (resource.group === pods.group && resource.plural === pods.plural) {
      return isTerminal(object as unknown as Pod) && !isTerminal(old as unknown as Pod);
    }
    if (!evaluator?.charges('UPDATE', undefined)) return false;
    return !sameAmounts(evaluator.usage(object, 0), evaluator.usage(old, 0));
  }

  function released(resource: Resource, { metadata }: AnyObject): void {
    const evaluator = evaluatorOf(resource);
    if (!evaluator || !metadata.namespace) return;
    for (const quota of quotas.cache.list()) {
      if (quota.metadata.namespace !== metadata.namespace) continue;
      if (Object.keys(quota.spec?.hard ?? {}).some((name) => evaluator.counts(name))) controller.enqueue(keyOf(quota));
    }
  }

  async function reconcile(key: string): Promise<ReconcileResult | undefined> {
    const cached = quotas.cache.get(key);
    if (!cached) return undefined;
    const { namespace = '', name = '' } = cached.metadata;
    try {
      // First the quota, then what it counts: a charge that comes in between makes the write below a conflict.
      const quota = await client.get(resourceQuotas, { namespace, name });
      const objects = await objectsOf(quota);
      const status = recalculated(
        quota,
        served.list(),
        ({ plural, group }) => objects.get(`${group}/${plural}`) ?? [],
        clock.now(),
      );
      const same =
        sameAmounts(amounts(status.hard), amounts(quota.status?.hard)) &&
        sameAmounts(amounts(status.used), amounts(quota.status?.used));
      if (!same) await client.update(resourceQuotas, { ...quota, status }, { subresource: 'status' });
    } catch (error) {
      if (isStatusError(error, 'NotFound')) return undefined;
      throw error;
    }
    return { requeueAfterMs: RESYNC_MS };
  }

  /** The namespace's objects of every resource that the quota counts, live. */
  async function objectsOf({ metadata, spec }: ResourceQuota): Promise<Map<string, AnyObject[]>> {
    const names = Object.keys(spec?.hard ?? {});
    const counted = served
      .list()
      .filter((resource) => resource.namespaced && names.some((name) => evaluatorOf(resource)?.counts(name)));
    const lists = counted.map(async (resource): Promise<[string, AnyObject[]]> => {
      const { items } = await client.list(resource, { namespace: metadata.namespace });
      return [`${resource.group}/${resource.plural}`, items];
    });
    return new Map(await Promise.all(lists));
  }

  return {
    start: () => controller.start(),
    async stop() {
      end();
      monitors.stop();
      await controller.stop();
    },
  };
}

function hardOf({ spec }: ResourceQuota) {
  return amounts(spec?.hard);
}
