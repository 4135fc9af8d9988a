import { Controller, type ReconcileResult } from '../../client/controller';
import { EventRecorder } from '../../client/events';
import type { Lease, Node, NodeCondition, Pod, PodCondition } from '../../kube/generated/types';
import { keyOf } from '../../kube/object';
import { isPodReady, isTerminal, isTerminating } from '../../kube/pod-status';
import { leases, nodes, pods } from '../../kube/resource';
import { equalJson } from '../../kube/schema-engine';
import { isStatusError } from '../../kube/status-error';
import { namespaceNames, podConditions } from '../../kube/well-known';
import { rfc3339 } from '../../util/clock';
import type { ControllerContext, ControllerHandle } from '../context';
import { byNode, indexByNode } from '../owners';
import { evictionDelay, restoredConditions, unknownConditions, wantedTaints } from './decide';
import { NodeHealth } from './health';
import type { NodeConnections, NodeProbe } from './seams';

/** While every node is silent, evictions that are due are looked at again after this long. */
const ALL_SILENT_RETRY_MS = 1_000;

export interface NodeLifecycleSeams {
  connections?: NodeConnections;
  probe?: NodeProbe;
}

/** Marks lost nodes, taints nodes by their conditions, and evicts the pods that do not tolerate it. */
export function nodeLifecycleController(context: ControllerContext, seams: NodeLifecycleSeams = {}): ControllerHandle {
  const { client, clock, informers, logger } = context;
  const nodeInformer = informers.for(nodes);
  const podInformer = informers.for(pods);
  const leaseInformer = informers.for(leases);
  indexByNode(podInformer);
  const recorder = new EventRecorder({ ...context, component: 'node-controller' });
  const nodeLoop = new Controller({ name: 'node-lifecycle', clock, logger, reconcile: reconcileNode });
  const podLoop = new Controller({ name: 'taint-eviction', clock, logger, reconcile: reconcilePod, concurrency: 16 });
  const health = new NodeHealth({
    clock,
    logger,
    probe: seams.probe,
    nodeOf: (name) => nodeInformer.cache.get(name),
    onChange(name) {
      nodeLoop.enqueue(name);
      // Whether all nodes are lost bears on the pods of every one of them.
      for (const other of nodeInformer.cache.keys()) enqueuePods(other);
    },
  });
  let allSilentReported = false;
  /** What lost nodes and their pods said of themselves before they were marked; for when they are back. */
  const conditionsBefore = new Map<string, NodeCondition[]>();
  const markedPods = new Map<string, { uid: string; resourceVersion: string }>();

  nodeInformer.addHandler({
    onAdd(node) {
      const name = node.metadata.name ?? '';
      health.track(name);
      const lease = leaseInformer.cache.get(`${namespaceNames.nodeLease}/${name}`);
      if (lease) health.lease(name, lease);
      nodeLoop.enqueue(name);
    },
    onUpdate(node, old) {
      const name = node.metadata.name ?? '';
      nodeLoop.enqueue(name);
      if (!equalJson(node.spec?.taints, old.spec?.taints)) enqueuePods(name);
    },
    onDelete(node) {
      health.forget(node.metadata.name ?? '');
      conditionsBefore.delete(node.metadata.name ?? '');
    },
  });
  const renewed = (lease: Lease) => {
    if (lease.metadata.namespace === namespaceNames.nodeLease) health.lease(lease.metadata.name ?? '', lease);
  };
  leaseInformer.addHandler({ onAdd: renewed, onUpdate: renewed });
  podInformer.addHandler({
    onAdd: see,
    onUpdate(pod, old) {
      if (pod.spec?.nodeName !== old.spec?.nodeName) see(pod);
    },
    onDelete: (pod) => markedPods.delete(keyOf(pod)),
  });
  seams.connections?.onClosed((name) => void health.connectionClosed(name));

  function see(pod: Pod): void {
    const node = pod.spec?.nodeName && nodeInformer.cache.get(pod.spec.nodeName);
    if (node && (node.spec?.taints?.length || health.isLost(node.metadata.name ?? ''))) podLoop.enqueue(keyOf(pod));
  }

  function enqueuePods(nodeName: string): void {
    for (const pod of podInformer.cache.byIndex(byNode, nodeName)) podLoop.enqueue(keyOf(pod));
  }

  async function reconcileNode(name: string): Promise<void> {
    const node = nodeInformer.cache.get(name);
    if (!node || node.metadata.deletionTimestamp) return;
    const lost = health.isLost(name);
    const now = clock.now();
    const taints = wantedTaints(node, lost, now);
    let latest = node;
    if (taints) {
      const { uid, resourceVersion } = node.metadata;
      const body = { metadata: { uid, resourceVersion }, spec: { taints } };
      latest = await client.patch(nodes, { name }, { type: 'merge', body });
    }
    const before = conditionsBefore.get(name);
    if (lost) {
      const conditions = unknownConditions(latest, now);
      if (conditions === latest.status?.conditions) return;
      // An agent may have written again while its Lease was out: its newest word is kept.
      const told = (latest.status?.conditions ?? []).filter(({ status }) => status !== 'Unknown');
      const older = (before ?? []).filter(({ type }) => !told.some((condition) => condition.type === type));
      conditionsBefore.set(name, [...told, ...older]);
      await writeConditions(latest, conditions);
      recorder.record(node, 'Normal', 'NodeNotReady', `Node ${name} status is now: NodeNotReady`);
    } else if (before) {
      const conditions = restoredConditions(latest, before, now);
      if (conditions) await writeConditions(latest, conditions);
      conditionsBefore.delete(name);
      enqueuePods(name);
    }
  }

  async function writeConditions(node: Node, conditions: NodeCondition[]): Promise<void> {
    const { name = '', uid, resourceVersion } = node.metadata;
    const body = { metadata: { uid, resourceVersion }, status: { conditions } };
    await client.patch(nodes, { name }, { type: 'merge', body }, { subresource: 'status' });
  }

  async function reconcilePod(key: string): Promise<ReconcileResult | undefined> {
    const pod = podInformer.cache.get(key);
    const node = nodeInformer.cache.get(pod?.spec?.nodeName ?? '');
    if (!pod || !node || isTerminal(pod)) return undefined;
    const lost = health.isLost(node.metadata.name ?? '');
    // At once, so that no Service sends it anything: the pod itself may be long gone.
    if (lost && isPodReady(pod)) {
      if (mayNotEvict()) return { requeueAfterMs: ALL_SILENT_RETRY_MS };
      await markNotReady(pod);
    } else if (!lost) await restoreReady(key, pod);
    if (isTerminating(pod)) return undefined;
    const delay = evictionDelay(pod, node, clock.now());
    if (delay === undefined) return undefined;
    if (delay > 0) return { requeueAfterMs: delay };
    if (mayNotEvict()) return { requeueAfterMs: ALL_SILENT_RETRY_MS };
    await evict(pod, node);
    return undefined;
  }

  function mayNotEvict(): boolean {
    const { allSilent } = health;
    if (allSilent && !allSilentReported) logger.warn({}, 'every node is silent at once; no pod is evicted');
    allSilentReported = allSilent;
    return allSilent;
  }

  async function markNotReady(pod: Pod): Promise<void> {
    const condition = { type: podConditions.ready, status: 'False', lastTransitionTime: rfc3339(clock.now()) };
    const marked = await patchPodConditions(pod, [condition]);
    if (!marked) return;
    const { uid = '', resourceVersion = '' } = marked.metadata;
    markedPods.set(keyOf(pod), { uid, resourceVersion });
  }

  /** A pod that stayed on its node is ready as before, unless anybody has written to it since. */
  async function restoreReady(key: string, pod: Pod): Promise<void> {
    const marked = markedPods.get(key);
    if (!marked) return;
    markedPods.delete(key);
    if (marked.uid !== pod.metadata.uid || isTerminating(pod)) return;
    const condition = { type: podConditions.ready, status: 'True', lastTransitionTime: rfc3339(clock.now()) };
    try {
      await patchPodConditions(pod, [condition], marked.resourceVersion);
    } catch (error) {
      if (!isStatusError(error, 'Conflict')) throw error;
    }
  }

  async function evict(pod: Pod, node: Node): Promise<void> {
    const { namespace, name = '', uid } = pod.metadata;
    const message = 'Taint manager: deleting due to NoExecute taint';
    const condition = {
      type: podConditions.disruptionTarget,
      status: 'True',
      reason: 'DeletionByTaintManager',
      message,
      lastTransitionTime: rfc3339(clock.now()),
    };
    try {
      await patchPodConditions(pod, [condition]);
      await client.delete(pods, { namespace, name }, { preconditions: { uid } });
      recorder.record(pod, 'Normal', 'TaintManagerEviction', `Marking for deletion Pod ${namespace}/${name}`);
      logger.info({ pod: `${namespace}/${name}`, node: node.metadata.name }, 'evicted from tainted node');
    } catch (error) {
      if (!isStatusError(error, 'NotFound') && !isStatusError(error, 'Conflict')) throw error;
    }
  }

  async function patchPodConditions(
    pod: Pod,
    conditions: PodCondition[],
    resourceVersion?: string,
  ): Promise<Pod | undefined> {
    const { namespace, name = '', uid } = pod.metadata;
    const body = { metadata: { uid, resourceVersion }, status: { conditions } };
    try {
      return await client.patch(pods, { namespace, name }, { type: 'strategic', body }, { subresource: 'status' });
    } catch (error) {
      if (!isStatusError(error, 'NotFound')) throw error;
      return undefined;
    }
  }

  return {
    start() {
      nodeLoop.start();
      podLoop.start();
    },
    async stop() {
      health.close();
      await Promise.all([nodeLoop.stop(), podLoop.stop()]);
    },
  };
}
