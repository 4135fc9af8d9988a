import { Controller } from '../../client/controller';
import type { Pod } from '../../kube/generated/types';
import { keyOf } from '../../kube/object';
import { isConditionTrue, isTerminal, isTerminating } from '../../kube/pod-status';
import { endpointSlices, leases, nodes, pods, services } from '../../kube/resource';
import { isStatusError } from '../../kube/status-error';
import { annotations, namespaceNames, podConditions } from '../../kube/well-known';
import { rfc3339 } from '../../util/clock';
import type { ControllerContext, ControllerHandle } from '../context';
import { byService, serviceKeyOf } from '../endpointslice/controller';
import { ServicePods } from '../endpointslice/service-pods';
import { leftSlices, proxiesHave } from './decide';

/**
 * Tells the agent of a terminating pod when no proxy sends it new connections any more: it sets the condition
 * `orlop.dev/EndpointsDrained`. The agent waits for it before SIGTERM, so that a rolling update loses no request.
 */
export function endpointDrainController(context: ControllerContext): ControllerHandle {
  const { client, clock, informers, logger } = context;
  const podInformer = informers.for(pods);
  const sliceInformer = informers.for(endpointSlices);
  const leaseInformer = informers.for(leases);
  const nodeInformer = informers.for(nodes);
  sliceInformer.addIndex(byService, (slice) => [serviceKeyOf(slice)]);
  const selection = new ServicePods(informers.for(services), podInformer);
  const controller = new Controller({ name: 'endpoint-drain', clock, logger, reconcile, concurrency: 16 });
  /** Pods that wait, with the revision at which each was first seen to have left each slice. */
  const waiting = new Map<string, { uid: string; left: Map<string, bigint> }>();

  const see = (pod: Pod) => {
    if (isTerminating(pod)) controller.enqueue(keyOf(pod));
  };
  podInformer.addHandler({ onAdd: see, onUpdate: see, onDelete: (pod) => waiting.delete(keyOf(pod)) });
  const enqueueWaiting = () => {
    for (const key of waiting.keys()) controller.enqueue(key);
  };
  sliceInformer.addHandler({ onAdd: enqueueWaiting, onUpdate: enqueueWaiting, onDelete: enqueueWaiting });
  leaseInformer.addHandler({
    onAdd: enqueueWaiting,
    onUpdate(lease, old) {
      const revision = annotations.endpointsRevision;
      if (lease.metadata.annotations?.[revision] !== old.metadata.annotations?.[revision]) enqueueWaiting();
    },
  });
  nodeInformer.addHandler({
    onUpdate(node, old) {
      if (isConditionTrue(node, 'Ready') !== isConditionTrue(old, 'Ready')) enqueueWaiting();
    },
    onDelete: enqueueWaiting,
  });

  async function reconcile(key: string): Promise<void> {
    const pod = podInformer.cache.get(key);
    if (!pod || !isTerminating(pod) || isTerminal(pod) || isConditionTrue(pod, podConditions.endpointsDrained)) {
      waiting.delete(key);
      return;
    }
    if (!pod.spec?.nodeName || !isDrained(key, pod)) return;
    await markDrained(pod);
    waiting.delete(key);
  }

  function isDrained(key: string, pod: Pod): boolean {
    const selecting = selection.servicesOf(pod);
    if (selecting.length === 0 || !pod.status?.podIP) return true;
    const known = waiting.get(key);
    const uid = pod.metadata.uid ?? '';
    const entry = known && known.uid === uid ? known : { uid, left: new Map<string, bigint>() };
    waiting.set(key, entry);
    const { pending, left } = leftSlices(
      pod,
      selecting.map((service) => sliceInformer.cache.byIndex(byService, keyOf(service))),
    );
    // The first revision seen is the one that counts: a slice that goes on changing must not put it off.
    for (const [slice, revision] of left) if (!entry.left.has(slice)) entry.left.set(slice, revision);
    if (pending) return false;
    const revision = [...entry.left.values()].reduce((a, b) => (a > b ? a : b), 0n);
    const leaseOf = (node: string) => leaseInformer.cache.get(`${namespaceNames.nodeLease}/${node}`);
    return proxiesHave(revision, nodeInformer.cache.list(), leaseOf);
  }

  async function markDrained(pod: Pod): Promise<void> {
    const { namespace, name = '', uid } = pod.metadata;
    const condition = {
      type: podConditions.endpointsDrained,
      status: 'True',
      lastTransitionTime: rfc3339(clock.now()),
    };
    const body = { metadata: { uid }, status: { conditions: [condition] } };
    try {
      await client.patch(pods, { namespace, name }, { type: 'strategic', body }, { subresource: 'status' });
    } catch (error) {
      if (!isStatusError(error, 'NotFound')) throw error;
    }
  }

  return controller;
}
