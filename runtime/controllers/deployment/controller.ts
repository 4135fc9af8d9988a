import { Controller, type ReconcileResult } from '../../client/controller';
import { EventRecorder } from '../../client/events';
import type { Deployment, ReplicaSet } from '../../kube/generated/types';
import { type DeepPartial, keyOf } from '../../kube/object';
import { sameTemplate } from '../../kube/pod-template-hash';
import { deployments, pods, replicaSets } from '../../kube/resource';
import { equalJson } from '../../kube/schema-engine';
import { selectsLabels } from '../../kube/selector';
import { isStatusError } from '../../kube/status-error';
import { annotations } from '../../kube/well-known';
import { claim } from '../claim';
import type { ControllerContext, ControllerHandle } from '../context';
import { byController, controllerOf, indexByController } from '../owners';
import { type DeploymentPlan, decideDeployment } from './decide';

/** Rolls Deployments out through ReplicaSets, one for each template they have had. */
export function deploymentController(context: ControllerContext): ControllerHandle {
  const { client, clock, informers, logger } = context;
  const deploymentInformer = informers.for(deployments);
  const sets = informers.for(replicaSets);
  const podInformer = informers.for(pods);
  indexByController(sets);
  indexByController(podInformer);
  const recorder = new EventRecorder({ ...context, component: 'deployment-controller' });
  const controller = new Controller({
    name: 'deployment',
    clock,
    logger,
    reconcile,
    concurrency: 8,
    minIntervalMs: 20,
  });

  const enqueue = (deployment: Deployment) => controller.enqueue(keyOf(deployment));
  deploymentInformer.addHandler({ onAdd: enqueue, onUpdate: enqueue, onDelete: enqueue });
  sets.addHandler({
    onAdd: enqueueOwner,
    onUpdate(set, old) {
      enqueueOwner(set);
      if (controllerOf(old)?.uid !== controllerOf(set)?.uid) enqueueOwner(old);
    },
    onDelete: enqueueOwner,
  });
  podInformer.addHandler({
    // Recreate waits for the last old pod; every other change of a pod shows in its ReplicaSet's status.
    onDelete(pod) {
      const owner = controllerOf(pod);
      const set = owner && sets.cache.get(`${pod.metadata.namespace}/${owner.name}`);
      if (set) enqueueOwner(set);
    },
  });

  function enqueueOwner(set: ReplicaSet): void {
    const owner = controllerOf(set);
    if (owner) {
      if (owner.kind === 'Deployment') controller.enqueue(`${set.metadata.namespace}/${owner.name}`);
      return;
    }
    for (const deployment of deploymentInformer.cache.list()) {
      if (deployment.metadata.namespace !== set.metadata.namespace) continue;
      if (selectsLabels(deployment.spec?.selector, set.metadata.labels)) enqueue(deployment);
    }
  }

  async function reconcile(key: string): Promise<ReconcileResult | undefined> {
    const deployment = deploymentInformer.cache.get(key);
    if (!deployment?.spec) return undefined;
    const owned = await claim({
      client,
      ownerResource: deployments,
      owner: deployment,
      selector: deployment.spec.selector,
      resource: replicaSets,
      informer: sets,
    });
    const ownPods = owned.flatMap((set) => podInformer.cache.byIndex(byController, set.metadata.uid ?? ''));
    const plan = decideDeployment({ deployment, replicaSets: owned, pods: ownPods, now: clock.now() });
    await carryOut(deployment, plan);
    return { requeueAfterMs: plan.requeueAfterMs };
  }

  async function carryOut(deployment: Deployment, plan: DeploymentPlan): Promise<void> {
    if (plan.create && !(await createSet(deployment, plan.create))) return;
    await Promise.all(plan.update.map(updateSet));
    for (const { name, from, to } of plan.scaled) {
      const message = `Scaled ${to > from ? 'up' : 'down'} replica set ${name} from ${from} to ${to}`;
      recorder.record(deployment, 'Normal', 'ScalingReplicaSet', message);
    }
    await Promise.all(plan.delete.map(deleteSet));
    const current = await writeRevision(deployment, plan.revision);
    if (!equalJson(deployment.status, plan.status)) await writeStatus(current, plan.status);
  }

  /** Returns false when the name was taken by another template: the next try uses another name. */
  async function createSet(deployment: Deployment, set: ReplicaSet): Promise<boolean> {
    try {
      await client.create(replicaSets, set);
      return true;
    } catch (error) {
      if (!isStatusError(error, 'AlreadyExists')) {
        const message = error instanceof Error ? error.message : String(error);
        recorder.record(deployment, 'Warning', 'ReplicaSetCreateError', `Failed to create new replica set: ${message}`);
        throw error;
      }
    }
    const { namespace, name = '' } = set.metadata;
    const existing = await client.get(replicaSets, { namespace, name });
    const mine = controllerOf(existing)?.uid === deployment.metadata.uid;
    // Made by us a moment ago: the cache will show it soon, and with it comes the next reconcile.
    if (mine && sameTemplate(existing.spec?.template, set.spec?.template)) return false;
    const collisionCount = (deployment.status?.collisionCount ?? 0) + 1;
    await writeStatus(deployment, { ...deployment.status, collisionCount });
    return false;
  }

  async function updateSet(set: ReplicaSet): Promise<void> {
    const { namespace, name = '', uid, resourceVersion } = set.metadata;
    const { replicas, minReadySeconds } = set.spec ?? {};
    const body: DeepPartial<ReplicaSet> = {
      metadata: { uid, resourceVersion, annotations: set.metadata.annotations },
      spec: { replicas, ...(minReadySeconds === undefined ? {} : { minReadySeconds }) },
    };
    await client.patch(replicaSets, { namespace, name }, { type: 'merge', body });
  }

  async function deleteSet(set: ReplicaSet): Promise<void> {
    const { namespace, name = '', uid } = set.metadata;
    try {
      await client.delete(replicaSets, { namespace, name }, { preconditions: { uid } });
    } catch (error) {
      if (!isStatusError(error, 'NotFound')) throw error;
    }
  }

  async function writeRevision(deployment: Deployment, revision: bigint | undefined): Promise<Deployment> {
    const { namespace, name = '', uid } = deployment.metadata;
    const key = annotations.deploymentRevision;
    if (revision === undefined || deployment.metadata.annotations?.[key] === String(revision)) return deployment;
    const body = { metadata: { uid, annotations: { [key]: String(revision) } } };
    return client.patch(deployments, { namespace, name }, { type: 'merge', body });
  }

  async function writeStatus(deployment: Deployment, status: Deployment['status']): Promise<void> {
    try {
      await client.update(deployments, { ...deployment, status }, { subresource: 'status' });
    } catch (error) {
      if (!isStatusError(error, 'NotFound')) throw error;
    }
  }

  return controller;
}
