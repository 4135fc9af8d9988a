import { Controller } from '../../client/controller';
import type { Pod } from '../../kube/generated/types';
import { keyOf } from '../../kube/object';
import { isTerminal, isTerminating } from '../../kube/pod-status';
import { nodes, pods } from '../../kube/resource';
import { isStatusError } from '../../kube/status-error';
import type { ControllerContext, ControllerHandle } from '../context';
import { byNode, indexByNode } from '../owners';

/** Key of the sweep of finished pods. A pod's own key has a slash. */
const finishedSweep = 'finished';

/**
 * Removes pods that no agent will ever remove: those of a node that is gone, those deleted before they had a node,
 * and the oldest finished ones above `maxFinished`.
 */
export function podGcController(context: ControllerContext, maxFinished = 12_500): ControllerHandle {
  const { client, clock, informers, logger } = context;
  const podInformer = informers.for(pods);
  const nodeInformer = informers.for(nodes);
  indexByNode(podInformer);
  const controller = new Controller({ name: 'pod-gc', clock, logger, reconcile });
  const finished = new Set<string>();

  const see = (pod: Pod) => {
    const key = keyOf(pod);
    if (isTerminal(pod) && !isTerminating(pod)) finished.add(key);
    else finished.delete(key);
    if (finished.size > maxFinished) controller.enqueue(finishedSweep);
    const nodeName = pod.spec?.nodeName;
    if (nodeName ? !nodeInformer.cache.get(nodeName) : isTerminating(pod)) controller.enqueue(key);
  };
  podInformer.addHandler({ onAdd: see, onUpdate: see, onDelete: (pod) => finished.delete(keyOf(pod)) });
  nodeInformer.addHandler({
    onDelete(node) {
      for (const pod of podInformer.cache.byIndex(byNode, node.metadata.name ?? '')) controller.enqueue(keyOf(pod));
    },
  });

  async function reconcile(key: string): Promise<void> {
    if (key === finishedSweep) return sweepFinished();
    const pod = podInformer.cache.get(key);
    if (!pod) return;
    const nodeName = pod.spec?.nodeName;
    if (!nodeName && isTerminating(pod)) await remove(pod, 'it was deleted before it had a node');
    else if (nodeName && !nodeInformer.cache.get(nodeName) && (await nodeIsGone(nodeName))) {
      await remove(pod, `its node ${nodeName} is gone`);
    }
  }

  async function sweepFinished(): Promise<void> {
    const all = [...finished].map((key) => podInformer.cache.get(key)).filter((pod) => pod !== undefined);
    const created = (pod: Pod) => Date.parse(pod.metadata.creationTimestamp ?? '');
    all.sort((a, b) => created(a) - created(b));
    for (const pod of all.slice(0, Math.max(0, all.length - maxFinished))) await remove(pod, 'too many finished pods');
  }

  /** The cache may be behind: a node that just joined must not lose its pods. */
  async function nodeIsGone(name: string): Promise<boolean> {
    try {
      await client.get(nodes, { name });
      return false;
    } catch (error) {
      if (isStatusError(error, 'NotFound')) return true;
      throw error;
    }
  }

  async function remove(pod: Pod, why: string): Promise<void> {
    const { namespace, name = '', uid } = pod.metadata;
    try {
      await client.delete(pods, { namespace, name }, { gracePeriodSeconds: 0, preconditions: { uid } });
      logger.info({ pod: keyOf(pod), why }, 'removed pod');
    } catch (error) {
      if (!isStatusError(error, 'NotFound') && !isStatusError(error, 'Conflict')) throw error;
    }
  }

  return controller;
}
