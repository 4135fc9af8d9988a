import type { ApiClient } from '../../../client/client';
import type { Node } from '../../../kube/generated/types';
import { leases, nodes } from '../../../kube/resource';
import { isStatusError } from '../../../kube/status-error';
import type { Clock } from '../../../util/clock';

/** The node, or undefined where the cluster has none of this name. */
export async function getNode(client: ApiClient, name: string): Promise<Node | undefined> {
  try {
    return await client.get(nodes, { name });
  } catch (error) {
    if (isStatusError(error, 'NotFound')) return undefined;
    throw error;
  }
}

export function isReady(node: Node | undefined): boolean {
  return node?.status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True') ?? false;
}

/** Why a node is not Ready, in its own words. */
function notReadyReason(node: Node | undefined): string {
  if (!node) return 'it has not joined the cluster';
  const ready = node.status?.conditions?.find(({ type }) => type === 'Ready');
  if (!ready) return 'it has joined but reported no Ready condition yet';
  return `Ready is ${ready.status}${ready.reason ? ` (${ready.reason})` : ''}${ready.message ? `: ${ready.message}` : ''}`;
}

/** Changes with every sign of life of the node's agent. */
async function heartbeat(client: ApiClient, name: string): Promise<string | undefined> {
  const lease = await client.get(leases, { namespace: 'kube-node-lease', name });
  return lease.metadata.resourceVersion;
}

/** Waits until the node is Ready; otherwise says why not when the time is over or the signal aborts. */
export async function waitForNode(
  client: ApiClient,
  name: string,
  options: {
    clock: Clock;
    signal: AbortSignal;
    timeoutMs: number;
    progress: (message: string) => void;
    /** The agent of a Ready node was restarted: what it said before counts no more, only what its next heartbeat finds. */
    restarted?: boolean;
  },
): Promise<{ node: Node } | { problem: string }> {
  const { clock, signal } = options;
  const started = clock.monotonic();
  let said = started;
  let before: string | undefined;
  for (;;) {
    let problem: string;
    try {
      const node = await getNode(client, name);
      const beat = options.restarted ? await heartbeat(client, name) : undefined;
      before ??= beat;
      if (node && isReady(node) && (!options.restarted || beat !== before)) return { node };
      problem = isReady(node) ? 'its restarted agent has given no sign of life yet' : notReadyReason(node);
    } catch (error) {
      // The API restarts during an upgrade of the server.
      problem = error instanceof Error ? error.message : String(error);
    }
    const now = clock.monotonic();
    if (signal.aborted) return { problem: `interrupted while ${problem}` };
    if (now - started >= options.timeoutMs) return { problem };
    if (now - said >= 10_000) {
      options.progress(`node ${name}: still waiting after ${Math.round((now - started) / 1000)} s: ${problem}`);
      said = now;
    }
    await clock.sleep(200, signal);
  }
}
