import { Controller, type ReconcileResult } from '../../client/controller';
import type { Pod, PodDisruptionBudget, PodDisruptionBudgetStatus } from '../../kube/generated/types';
import { type KubeObject, keyOf } from '../../kube/object';
import { isPodReady, isTerminating } from '../../kube/pod-status';
import {
  deployments,
  podDisruptionBudgets,
  pods,
  replicaSets,
  replicationControllers,
  statefulSets,
} from '../../kube/resource';
import { equalJson } from '../../kube/schema-engine';
import { selectsLabels } from '../../kube/selector';
import { isStatusError } from '../../kube/status-error';
import type { ControllerContext, ControllerHandle } from '../context';
import { byNamespace, indexByNamespace } from '../owners';
import type { ServedResources } from '../served/served';
import { type Count, countOf, failedStatus, needsScale, pendingDisruptions, statusOf } from './decide';
import { scaleOfControllers } from './scale';

/** An object that says how many pods it wants. */
type Scaled = KubeObject & { spec?: { replicas?: number } };

/**
 * Keeps the status of PodDisruptionBudgets at how many of their pods may be evicted now. The eviction itself
 * (`pods/eviction`) takes from that by compare-and-swap, so that a count that is behind never allows one too many.
 */
export function disruptionController(context: ControllerContext, served: ServedResources): ControllerHandle {
  const { client, clock, informers, logger } = context;
  const budgets = informers.for(podDisruptionBudgets);
  const podInformer = informers.for(pods);
  indexByNamespace(podInformer);
  const controller = new Controller({ name: 'disruption', clock, logger, reconcile, minIntervalMs: 20 });

  budgets.addHandler({
    onAdd: (budget) => controller.enqueue(keyOf(budget)),
    onUpdate: (budget) => controller.enqueue(keyOf(budget)),
  });
  podInformer.addHandler({
    onAdd: enqueueSelecting,
    onUpdate(pod, old) {
      const relabelled = !equalJson(pod.metadata.labels, old.metadata.labels);
      if (relabelled) enqueueSelecting(old);
      const changed = isPodReady(pod) !== isPodReady(old) || isTerminating(pod) !== isTerminating(old);
      if (relabelled || changed) enqueueSelecting(pod);
    },
    onDelete: enqueueSelecting,
  });
  for (const resource of [deployments, replicaSets, replicationControllers, statefulSets]) {
    informers.for<Scaled>(resource as never).addHandler({
      onUpdate(object, old) {
        if (object.spec?.replicas !== old.spec?.replicas) enqueueNamespace(object);
      },
    });
  }

  function enqueueSelecting(pod: Pod): void {
    for (const budget of budgets.cache.list()) if (selects(budget, pod)) controller.enqueue(keyOf(budget));
  }

  function enqueueNamespace({ metadata }: KubeObject): void {
    for (const budget of budgets.cache.list()) {
      if (budget.metadata.namespace === metadata.namespace) controller.enqueue(keyOf(budget));
    }
  }

  async function reconcile(key: string): Promise<ReconcileResult | undefined> {
    const cached = budgets.cache.get(key);
    if (!cached) return undefined;
    const { namespace, name = '' } = cached.metadata;
    try {
      // First the budget, then its pods: an eviction that comes in between makes the write below a conflict.
      const budget = await client.get(podDisruptionBudgets, { namespace, name });
      const selected = podInformer.cache.byIndex(byNamespace, namespace ?? '').filter((pod) => selects(budget, pod));
      const now = clock.now();
      const { pods: disrupted, expiresAt } = pendingDisruptions(budget, selected, now);
      let count: Count;
      try {
        const scale = needsScale(budget) ? await scaleOfControllers(client, served, selected) : 0;
        count = countOf(budget, selected.length, scale);
      } catch (error) {
        await write(budget, failedStatus(budget, (error as Error).message, now));
        throw error;
      }
      await write(budget, statusOf(budget, selected, count, disrupted, now));
      return expiresAt === undefined ? undefined : { requeueAfterMs: expiresAt - now };
    } catch (error) {
      if (isStatusError(error, 'NotFound')) return undefined;
      throw error;
    }
  }

  async function write(budget: PodDisruptionBudget, status: PodDisruptionBudgetStatus): Promise<void> {
    if (equalJson(budget.status, status)) return;
    await client.update(podDisruptionBudgets, { ...budget, status }, { subresource: 'status' });
  }

  return controller;
}

/** A budget without a selector counts nothing; an empty selector is every pod of the namespace. */
function selects({ metadata, spec }: PodDisruptionBudget, pod: Pod): boolean {
  if (!spec?.selector || pod.metadata.namespace !== metadata.namespace) return false;
  return selectsLabels(spec.selector, pod.metadata.labels ?? {});
}
