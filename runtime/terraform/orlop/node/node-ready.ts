import type { ApiClient } from '../../../client/client';
import type { Node } from '../../../kube/generated/types';
import { nodes } from '../../../kube/resource';
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

/** Waits until the node is Ready; otherwise says why not when the time is over or the signal aborts. */
export async function waitForNode(
  client: ApiClient,
  name: string,
  options: { clock: Clock; signal: AbortSignal; timeoutMs: number; progress: (message: string) => void },
): Promise<{ node: Node } | { problem: string }> {
  const { clock, signal } = options;
  const started = clock.monotonic();
  let said = started;
  for (;;) {
    let problem: string;
    try {
      const node = await getNode(client, name);
      if (node && isReady(node)) return { node };
      problem = notReadyReason(node);
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
