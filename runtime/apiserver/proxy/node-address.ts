import { isIPv4 } from 'node:net';
import type { Node, Pod } from '../../kube/generated/types';
import { StatusError } from '../../kube/status-error';

/** Where a node's agent listens. The agent proves by its certificate that it is this node. */
export interface NodeEndpoint {
  nodeName: string;
  address: string;
  port: number;
}

const agentPort = 10250;

/**
 * The endpoint a Node states. An address by which the server would reach itself or a metadata service is refused,
 * though only the node's own certificate would be accepted there.
 * @throws StatusError 400
 */
export function endpointOf(node: Node): NodeEndpoint {
  const nodeName = node.metadata.name ?? '';
  const address = node.status?.addresses?.find(({ type }) => type === 'InternalIP')?.address;
  const fail = (why: string) => new StatusError('BadRequest', `node ${nodeName} ${why}`);
  if (!address) throw fail('has no address of type InternalIP');
  if (!isIPv4(address) || /^(0|127|22[4-9]|23\d|24\d|25\d)\.|^169\.254\./.test(address)) {
    throw fail(`states the address ${address}, which is no unicast address of a network`);
  }
  return { nodeName, address, port: node.status?.daemonEndpoints?.kubeletEndpoint?.Port || agentPort };
}

/**
 * The container that a log or exec request means.
 * @throws StatusError 400 when it has to be named, or names none
 */
export function containerOf(pod: Pod, wanted: string | null): string {
  const spec = pod.spec;
  const main = (spec?.containers ?? []).map(({ name }) => name);
  const init = (spec?.initContainers ?? []).map(({ name }) => name);
  const ephemeral = (spec?.ephemeralContainers ?? []).map(({ name }) => name);
  const podName = pod.metadata.name;
  if (wanted) {
    if ([...main, ...init, ...ephemeral].includes(wanted)) return wanted;
    throw new StatusError('BadRequest', `container ${wanted} is not valid for pod ${podName}`);
  }
  const [only, ...others] = main;
  if (only !== undefined && others.length === 0) return only;
  const hidden = init.length ? ` or one of the init containers: [${init.join(' ')}]` : '';
  throw new StatusError(
    'BadRequest',
    `a container name must be specified for pod ${podName}, choose one of: [${main.join(' ')}]${hidden}`,
  );
}
