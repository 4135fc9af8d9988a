import type { ApiClient } from '../../../client/client';
import type { Pod } from '../../../kube/generated/types';
import { nodes, pods } from '../../../kube/resource';
import { isStatusError } from '../../../kube/status-error';
import type { Clock } from '../../../util/clock';

/** Whether a drain leaves the pod: it is over, its DaemonSet would put it back, or it is the node's own. */
function stays(pod: Pod): boolean {
  if (pod.status?.phase === 'Succeeded' || pod.status?.phase === 'Failed') return true;
  if (pod.metadata.annotations?.['kubernetes.io/config.mirror'] !== undefined) return true;
  return pod.metadata.ownerReferences?.some(({ kind, controller }) => kind === 'DaemonSet' && controller) ?? false;
}

/**
 * Cordons the node and evicts its pods, as `kubectl drain --ignore-daemonsets` does, and waits until they are gone.
 * @returns the pods that were still there when the time was over, as `namespace/name`
 */
export async function drain(
  client: ApiClient,
  nodeName: string,
  options: { clock: Clock; signal: AbortSignal; timeoutMs: number },
): Promise<string[]> {
  try {
    await client.patch(nodes, { name: nodeName }, { type: 'merge', body: { spec: { unschedulable: true } } });
  } catch (error) {
    if (isStatusError(error, 'NotFound')) return [];
    throw error;
  }
  const deadline = options.clock.monotonic() + options.timeoutMs;
  const evicted = new Set<string>();
  for (;;) {
    const { items } = await client.list(pods, { fieldSelector: `spec.nodeName=${nodeName}` });
    const left = items.filter((pod) => !stays(pod));
    const over = options.clock.monotonic() >= deadline || options.signal.aborted;
    if (left.length === 0 || over) return left.map((pod) => `${pod.metadata.namespace}/${pod.metadata.name}`);
    await Promise.all(
      left.filter((pod) => !evicted.has(pod.metadata.uid ?? '')).map((pod) => evict(client, pod, evicted)),
    );
    await options.clock.sleep(300, options.signal);
  }
}

async function evict(client: ApiClient, pod: Pod, evicted: Set<string>): Promise<void> {
  const { namespace = '', name = '', uid = '' } = pod.metadata;
  try {
    await client.createSubresource(pods, { namespace, name }, 'eviction', {
      apiVersion: 'policy/v1',
      kind: 'Eviction',
      metadata: { namespace, name },
    });
    evicted.add(uid);
  } catch (error) {
    if (isStatusError(error, 'NotFound')) evicted.add(uid);
    // A disruption budget says "not now" with 429: asked again in the next round.
    else if (!isStatusError(error, 'TooManyRequests')) throw error;
  }
}
