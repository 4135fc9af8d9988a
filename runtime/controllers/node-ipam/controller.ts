import { Controller } from '../../client/controller';
import { EventRecorder } from '../../client/events';
import type { Node } from '../../kube/generated/types';
import { nodes } from '../../kube/resource';
import { isStatusError } from '../../kube/status-error';
import type { ControllerContext, ControllerHandle } from '../context';
import { cidrPool, freeBlock } from './decide';

/** Gives every node a range of its own for its pods, from `clusterCidr`. */
export function nodeIpamController(context: ControllerContext, clusterCidr: string): ControllerHandle {
  const { client, clock, informers, logger } = context;
  const pool = cidrPool(clusterCidr);
  const nodeInformer = informers.for(nodes);
  const recorder = new EventRecorder({ ...context, component: 'cidrAllocator' });
  /** Given away, by node; more than the cache shows while a write is on its way. */
  const given = new Map<string, string>();
  // One at a time: two nodes must not be given one range.
  const controller = new Controller({ name: 'node-ipam', clock, logger, concurrency: 1, reconcile });

  const see = (node: Node) => {
    const name = node.metadata.name ?? '';
    if (node.spec?.podCIDR) given.set(name, node.spec.podCIDR);
    else controller.enqueue(name);
  };
  nodeInformer.addHandler({
    onAdd: see,
    onUpdate: see,
    onDelete(node) {
      given.delete(node.metadata.name ?? '');
      for (const other of nodeInformer.cache.list())
        if (!other.spec?.podCIDR) controller.enqueue(other.metadata.name ?? '');
    },
  });

  async function reconcile(name: string): Promise<void> {
    const node = nodeInformer.cache.get(name);
    if (!node || node.spec?.podCIDR || node.metadata.deletionTimestamp) return;
    const podCIDR = given.get(name) ?? freeBlock(pool, new Set(given.values()));
    if (!podCIDR) {
      recorder.record(node, 'Normal', 'CIDRNotAvailable', `Node ${name} status is now: CIDRNotAvailable`);
      logger.error({ node: name, clusterCidr }, 'no pod range is left for the node');
      return;
    }
    given.set(name, podCIDR);
    const { uid, resourceVersion } = node.metadata;
    const body = { metadata: { uid, resourceVersion }, spec: { podCIDR, podCIDRs: [podCIDR] } };
    try {
      await client.patch(nodes, { name }, { type: 'merge', body });
    } catch (error) {
      if (isStatusError(error, 'NotFound')) given.delete(name);
      else throw error;
    }
  }

  return controller;
}
