import { nodes } from '../../../kube/resource';
import { isStatusError } from '../../../kube/status-error';
import { ConnectionError } from '../../../provision/connection';
import { uninstall } from '../../../provision/uninstall';
import type { DeleteContext } from '../../protocol/resource';
import type { nodeSchema } from '../schema/node';
import type { OrlopSession } from '../session';
import { describeTarget } from '../ssh-target';
import { drain } from './drain';
import type { NodeState } from './node-state';

type RemoveContext = Pick<
  DeleteContext<typeof nodeSchema.attributes, OrlopSession>,
  'provider' | 'signal' | 'progress' | 'diagnostics'
>;

const drainTimeoutMs = 60_000;

/** Drains the node, takes the runtime off its host, and deletes it from the cluster. What is gone already is success. */
export async function removeNode(context: RemoveContext, node: NodeState): Promise<void> {
  const { provider: session, diagnostics, signal, progress } = context;
  // With its last server the cluster ends: there is nowhere to move pods to, and nobody to ask.
  const server = node.role === 'agent' ? node.server : null;
  const client = server
    ? await session.clusterAt(server).then(
        (cluster) => cluster.client,
        (error: Error) => {
          diagnostics.warning(`Node ${node.name} was not drained`, `Its cluster cannot be reached: ${error.message}`);
          return undefined;
        },
      )
    : undefined;
  if (client) {
    progress(`node ${node.name}: draining`);
    const left = await drain(client, node.name, { clock: session.clock, signal, timeoutMs: drainTimeoutMs });
    if (left.length > 0) {
      diagnostics.warning(
        `Node ${node.name} was removed before all of its pods had left`,
        `After ${drainTimeoutMs / 1000} s there were still: ${left.join(', ')}. They are ended with the node.`,
      );
    }
  }
  try {
    const connection = await session.connect(node);
    await uninstall(connection, { clock: session.clock, onStep: (step) => progress(`node ${node.name}: ${step}`) });
  } catch (error) {
    // With another host key it is another host, or none of ours any more: nothing was sent to it.
    const gone =
      error instanceof ConnectionError && ['unreachable', 'timeout', 'host-key-mismatch'].includes(error.code);
    if (!gone) throw error;
    diagnostics.warning(
      `The host of node ${node.name} was left as it is`,
      `${error.message} If ${describeTarget(node)} still exists, stop its orlop services and remove /var/lib/orlop there.`,
    );
  }
  if (!client) return;
  try {
    await client.delete(nodes, { name: node.name });
  } catch (error) {
    if (!isStatusError(error, 'NotFound')) throw error;
  }
}
