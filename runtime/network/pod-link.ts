import { createHash } from 'node:crypto';
import { CommandError, type Exec } from './exec';

/** The bridge that all pods of a node hang on. */
export const bridge = 'orlop0';

/** Name of the node's end of a pod's veth: the same for the same pod, and short enough for the kernel (15). */
function vethOf(podUid: string): string {
  return `orl${createHash('sha256').update(podUid).digest('hex').slice(0, 12)}`;
}

export interface PodLink {
  podUid: string;
  pid: number;
  ip: string;
  gateway: string;
  mtu: number;
}

/**
 * Wires a pod: veth, loopback, address, routes, in two processes.
 *
 * The address is a /32, so a pod sends everything to the gateway, even what is for its neighbours. All traffic is then
 * routed by the node, and connections through a Service to a pod of the same node are translated both ways whether or
 * not the node filters bridged packets.
 */
export async function wirePod(exec: Exec, link: PodLink): Promise<void> {
  const veth = vethOf(link.podUid);
  await exec(['ip', '-batch', '-'], {
    input:
      `link add ${veth} mtu ${link.mtu} type veth peer name eth0 mtu ${link.mtu} netns ${link.pid}\n` +
      `link set ${veth} master ${bridge} up\n` +
      // Where bridged packets are filtered, a pod's packet to its own Service is turned around in the bridge.
      `link set ${veth} type bridge_slave hairpin on\n`,
  });
  await inPod(exec, link.pid, ['ip', '-batch', '-'], {
    input: [
      'link set lo up',
      `addr add ${link.ip}/32 dev eth0`,
      'link set eth0 up',
      `route add ${link.gateway} dev eth0 scope link`,
      `route add default via ${link.gateway} dev eth0`,
      '',
    ].join('\n'),
  });
}

/** Whether the pod is wired with this address already, as after a restart of the agent. */
export async function isWired(exec: Exec, link: PodLink): Promise<boolean> {
  try {
    await exec(['ip', 'link', 'show', 'dev', vethOf(link.podUid), 'master', bridge]);
    const routes = await inPod(exec, link.pid, ['ip', '-4', 'route', 'show', 'default', 'dev', 'eth0']);
    const address = await inPod(exec, link.pid, ['ip', '-4', '-o', 'addr', 'show', 'dev', 'eth0', 'up']);
    return routes.includes(`via ${link.gateway}`) && address.includes(` ${link.ip}/32 `);
  } catch (error) {
    if (error instanceof CommandError && !error.missing) return false;
    throw error;
  }
}

/** Removes the veth, both ends; one that is gone (with its namespace) is success. */
export async function unwirePod(exec: Exec, podUid: string): Promise<void> {
  try {
    await exec(['ip', 'link', 'del', 'dev', vethOf(podUid)]);
  } catch (error) {
    if (!isAbsent(error)) throw error;
  }
}

/** A link, a route or an address that a command names is not there. */
export function isAbsent(error: unknown): boolean {
  return (
    error instanceof CommandError &&
    /Cannot find device|does not exist|No such (device|process|file or directory)/i.test(error.stderr)
  );
}

function inPod(exec: Exec, pid: number, argv: string[], options?: { input?: string }): Promise<string> {
  return exec(['nsenter', `--net=/proc/${pid}/ns/net`, ...argv], options);
}
