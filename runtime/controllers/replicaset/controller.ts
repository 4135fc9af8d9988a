import { Controller, type ReconcileResult } from '../../client/controller';
import { EventRecorder } from '../../client/events';
import type { Pod, ReplicaSetStatus } from '../../kube/generated/types';
import { keyOf } from '../../kube/object';
import { isTerminating } from '../../kube/pod-status';
import { apiVersionOf, pods } from '../../kube/resource';
import { equalJson } from '../../kube/schema-engine';
import { selectsLabels } from '../../kube/selector';
import { isStatusError } from '../../kube/status-error';
import { claim } from '../claim';
import type { ControllerContext, ControllerHandle } from '../context';
import { Expectations } from '../expectations';
import { isNamespaceEnding } from '../namespace-ending';
import { controllerOf, controllerReference, indexByController } from '../owners';
import { slowStart } from '../slow-start';
import { type ManageFailure, nextAvailability, planReplicas, type ReplicaPlan, replicaSetStatus } from './decide';
import {
  type Replicated,
  type ReplicatedKind,
  replicatedByReplicaSet,
  replicatedByReplicationController,
} from './replicated';

export function replicaSetController(context: ControllerContext): ControllerHandle {
  return replicasController(context, replicatedByReplicaSet);
}

export function replicationControllerController(context: ControllerContext): ControllerHandle {
  return replicasController(context, replicatedByReplicationController);
}

/** Keeps as many pods as each object of the kind asks for. */
function replicasController<T extends Replicated>(
  context: ControllerContext,
  kind: ReplicatedKind<T>,
): ControllerHandle {
  const { client, clock, informers, logger } = context;
  const { resource } = kind;
  const sets = informers.for(resource);
  const podInformer = informers.for(pods);
  indexByController(podInformer);
  indexByController(sets);
  const expectations = new Expectations(clock);
  const recorder = new EventRecorder({ ...context, component: kind.component });
  const controller = new Controller({
    name: kind.component,
    clock,
    logger,
    reconcile,
    concurrency: 8,
    minIntervalMs: 20,
  });

  sets.addHandler({
    onAdd: (set) => controller.enqueue(keyOf(set)),
    onUpdate: (set) => controller.enqueue(keyOf(set)),
    onDelete(set) {
      expectations.forget(keyOf(set));
      controller.enqueue(keyOf(set));
    },
  });
  podInformer.addHandler({
    onAdd(pod) {
      const owner = enqueueOwner(pod);
      if (owner) expectations.observed(owner, `+${keyOf(pod)}`);
      else if (!controllerOf(pod)) enqueueSelecting(pod);
    },
    onUpdate(pod, old) {
      const owner = enqueueOwner(pod);
      const before = controllerOf(old)?.uid === controllerOf(pod)?.uid ? undefined : enqueueOwner(old);
      if (isTerminating(pod)) {
        for (const key of [owner, before]) if (key) expectations.observed(key, `-${pod.metadata.uid}`);
      }
      if (!controllerOf(pod) && (controllerOf(old) || !equalJson(pod.metadata.labels, old.metadata.labels))) {
        enqueueSelecting(pod);
      }
    },
    onDelete(pod) {
      const owner = enqueueOwner(pod);
      if (!owner) return;
      expectations.observed(owner, `+${keyOf(pod)}`);
      expectations.observed(owner, `-${pod.metadata.uid}`);
    },
  });

  function enqueueOwner(pod: Pod): string | undefined {
    const owner = controllerOf(pod);
    if (owner?.kind !== resource.kind || owner.apiVersion !== apiVersionOf(resource)) return undefined;
    const key = `${pod.metadata.namespace}/${owner.name}`;
    controller.enqueue(key);
    return key;
  }

  /** A pod that nobody controls may be one to adopt. */
  function enqueueSelecting(pod: Pod): void {
    for (const set of sets.cache.list()) {
      if (set.metadata.namespace !== pod.metadata.namespace) continue;
      if (selectsLabels(kind.selectorOf(set), pod.metadata.labels)) controller.enqueue(keyOf(set));
    }
  }

  async function reconcile(key: string): Promise<ReconcileResult | undefined> {
    const set = sets.cache.get(key);
    const selector = set && kind.selectorOf(set);
    if (!set || !selector) return undefined;
    const maySync = expectations.satisfied(key);
    const owned = await claim({
      client,
      ownerResource: resource,
      owner: set,
      selector,
      resource: pods,
      informer: podInformer,
    });
    let failure: ManageFailure | undefined;
    if (maySync && !set.metadata.deletionTimestamp) failure = await manage(key, set, planReplicas(set, owned));
    const now = clock.now();
    await writeStatus(set, replicaSetStatus(set, owned, failure, now));
    if (failure) throw new Error(failure.message);
    return { requeueAfterMs: nextAvailability(set, owned, now) };
  }

  async function manage(key: string, set: T, plan: ReplicaPlan): Promise<ManageFailure | undefined> {
    try {
      if (plan.create > 0) await slowStart(plan.create, () => createPod(key, set));
      await Promise.all(plan.delete.map((pod) => deletePod(key, set, pod)));
      return undefined;
    } catch (error) {
      if (isNamespaceEnding(error)) return undefined;
      const reason = plan.create > 0 ? 'FailedCreate' : 'FailedDelete';
      return { reason, message: error instanceof Error ? error.message : String(error) };
    }
  }

  async function createPod(key: string, set: T): Promise<void> {
    const { metadata, spec } = set.spec?.template ?? {};
    const pod: Pod = {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: {
        namespace: set.metadata.namespace,
        generateName: `${set.metadata.name}-`,
        labels: metadata?.labels,
        annotations: metadata?.annotations,
        finalizers: metadata?.finalizers,
        ownerReferences: [controllerReference(resource, set)],
      },
      spec,
    };
    try {
      const created = await client.create(pods, pod);
      const name = keyOf(created);
      if (!podInformer.cache.get(name)) expectations.expect(key, `+${name}`);
      recorder.record(set, 'Normal', 'SuccessfulCreate', `Created pod: ${created.metadata.name}`);
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      recorder.record(set, 'Warning', 'FailedCreate', `Error creating: ${message}`);
      throw error;
    }
  }

  async function deletePod(key: string, set: T, pod: Pod): Promise<void> {
    const { namespace, name = '', uid } = pod.metadata;
    const item = `-${uid}`;
    expectations.expect(key, item);
    try {
      await client.delete(pods, { namespace, name }, { preconditions: { uid } });
      recorder.record(set, 'Normal', 'SuccessfulDelete', `Deleted pod: ${name}`);
    } catch (error) {
      expectations.observed(key, item);
      if (isStatusError(error, 'NotFound') || isStatusError(error, 'Conflict')) return;
      const message = error instanceof Error ? error.message : String(error);
      recorder.record(set, 'Warning', 'FailedDelete', `Error deleting: ${message}`);
      throw error;
    }
  }

  async function writeStatus(set: T, status: ReplicaSetStatus): Promise<void> {
    const own = kind.statusOf(status);
    if (equalJson(set.status, own)) return;
    try {
      await client.update(resource, { ...set, status: own }, { subresource: 'status' });
    } catch (error) {
      if (!isStatusError(error, 'NotFound')) throw error;
    }
  }

  return controller;
}
