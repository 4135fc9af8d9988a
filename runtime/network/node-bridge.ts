import type { Exec } from './exec';
import { vxlanEnd } from './node-routes';
import { bridge, isAbsent } from './pod-link';

/**
 * Makes the bridge of the pods, with exactly these addresses, and turns on forwarding. Idempotent; pods that hang on it
 * notice nothing.
 */
export async function makeBridge(exec: Exec, addresses: string[], podCidr: string, mtu: number): Promise<void> {
  let present: string[] = [];
  try {
    const json = await exec(['ip', '-j', '-4', 'addr', 'show', 'dev', bridge]);
    const [link] = JSON.parse(json) as Array<{ addr_info?: Array<{ local: string; prefixlen: number }> }>;
    present = (link?.addr_info ?? []).map(({ local, prefixlen }) => `${local}/${prefixlen}`);
  } catch (error) {
    if (!isAbsent(error)) throw error;
    await exec(['ip', 'link', 'add', bridge, 'type', 'bridge', 'forward_delay', '0']);
  }
  // A fixed MAC: a bridge would otherwise change its own when pods come and go, and lose their packets for a while.
  const mac = vxlanEnd(podCidr).mac.replace(/^0e/, '0a');
  const changes = [
    `link set ${bridge} address ${mac} mtu ${mtu} up`,
    ...present.filter((cidr) => !addresses.includes(cidr)).map((cidr) => `addr del ${cidr} dev ${bridge}`),
    ...addresses.filter((cidr) => !present.includes(cidr)).map((cidr) => `addr add ${cidr} dev ${bridge}`),
  ];
  await exec(['ip', '-batch', '-'], { input: `${changes.join('\n')}\n` });
  await exec([
    'sysctl',
    '-q',
    '-w',
    'net.ipv4.ip_forward=1',
    // Loose: answers to a connection may come over another link than the one its packets leave by.
    `net.ipv4.conf.${bridge}.rp_filter=2`,
    // Redirects would let pods talk past the node and its translation of Service addresses. A device sends them
    // unless its own setting and that of all are off; other devices have their own on, and go on as they did.
    `net.ipv4.conf.${bridge}.send_redirects=0`,
    'net.ipv4.conf.all.send_redirects=0',
  ]);
}

/** Removes the bridge and every link of a pod that hangs on it. */
export async function removeBridge(exec: Exec): Promise<void> {
  const links = await exec(['ip', '-j', 'link', 'show', 'master', bridge]).catch((error: unknown) => {
    if (!isAbsent(error)) throw error;
    return '';
  });
  const names = (JSON.parse(links || '[]') as Array<{ ifname?: string }>).flatMap(({ ifname }) => ifname ?? []);
  const deletions = [...names, ...(links ? [bridge] : [])].map((name) => `link del dev ${name}\n`).join('');
  // Forced: a pod's link may vanish with its pod while this runs.
  if (deletions) await exec(['ip', '-force', '-batch', '-'], { input: deletions }).catch(() => '');
  await exec(['ip', 'link', 'del', 'dev', bridge]).catch((error: unknown) => {
    if (!isAbsent(error)) throw error;
  });
}
