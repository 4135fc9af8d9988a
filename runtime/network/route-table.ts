import type { Exec } from './exec';
import { type PeerRoute, vxlanEnd } from './node-routes';
import { isAbsent } from './pod-link';

export const vxlanDevice = 'orlop.vxlan';
/** Marks the routes that are ours, so that stale ones are found after any restart. */
const routeProtocol = 111;
const vxlanId = 4711;
const vxlanPort = 8472;
/** What VXLAN over IPv4 adds to a packet. */
const vxlanOverhead = 50;

/** Makes the node's routes to other nodes' pods those of the plan, and no others. Does nothing when they are. */
export async function applyRoutes(exec: Exec, podCidr: string, nodeIp: string, peers: PeerRoute[]): Promise<void> {
  const far = peers.filter((peer) => !peer.device);
  if (far.length > 0) await makeVxlan(exec, podCidr, nodeIp);
  await syncNeighbours(exec, far);

  const wanted = new Map(peers.map((peer) => [peer.podCidr, routeTo(peer)]));
  const changes: string[] = [];
  const present = JSON.parse(
    (await exec(['ip', '-j', '-4', 'route', 'show', 'proto', `${routeProtocol}`])) || '[]',
  ) as Array<{ dst: string; gateway?: string; dev?: string }>;
  for (const { dst, gateway, dev } of present) {
    const route = wanted.get(dst);
    if (!route) changes.push(`route del ${dst} proto ${routeProtocol}`);
    else if (route.gateway === gateway && route.device === dev) wanted.delete(dst);
  }
  for (const [dst, { gateway, device }] of wanted) {
    changes.push(`route replace ${dst} via ${gateway} dev ${device} onlink proto ${routeProtocol}`);
  }
  if (changes.length > 0) await exec(['ip', '-batch', '-'], { input: `${changes.join('\n')}\n` });
  if (far.length === 0) await removeVxlan(exec);
}

/** Takes away every route and device that `applyRoutes` makes. */
export async function removeRoutes(exec: Exec): Promise<void> {
  await exec(['ip', '-4', 'route', 'flush', 'proto', `${routeProtocol}`]);
  await removeVxlan(exec);
}

function routeTo(peer: PeerRoute): { gateway: string; device: string } {
  return peer.device
    ? { gateway: peer.nodeIp, device: peer.device }
    : { gateway: vxlanEnd(peer.podCidr).ip, device: vxlanDevice };
}

async function makeVxlan(exec: Exec, podCidr: string, nodeIp: string): Promise<void> {
  const end = vxlanEnd(podCidr);
  const details = await linkDetails(exec, vxlanDevice);
  if (details?.local === nodeIp && details.mac === end.mac) return;
  const device = await deviceOf(exec, nodeIp);
  await removeVxlan(exec);
  const input = [
    `link add ${vxlanDevice} address ${end.mac} mtu ${device.mtu - vxlanOverhead} type vxlan` +
      ` id ${vxlanId} local ${nodeIp} dev ${device.name} dstport ${vxlanPort} nolearning`,
    `addr add ${end.ip}/32 dev ${vxlanDevice}`,
    `link set ${vxlanDevice} up`,
    '',
  ];
  await exec(['ip', '-batch', '-'], { input: input.join('\n') });
}

async function removeVxlan(exec: Exec): Promise<void> {
  try {
    await exec(['ip', 'link', 'del', 'dev', vxlanDevice]);
  } catch (error) {
    if (!isAbsent(error)) throw error;
  }
}

/** The device that carries the node's address, with its MTU. @throws Error when no device has it. */
export async function deviceOf(exec: Exec, ip: string): Promise<{ name: string; mtu: number }> {
  const links = JSON.parse(await exec(['ip', '-j', '-4', 'addr', 'show'])) as Array<{
    ifname: string;
    mtu: number;
    addr_info: Array<{ local?: string }>;
  }>;
  const link = links.find((candidate) => candidate.addr_info.some(({ local }) => local === ip));
  if (!link) {
    const known = links.flatMap((candidate) => candidate.addr_info.map(({ local }) => local)).join(', ');
    throw new Error(`no network device of this node has its address ${ip}; the node has ${known}`);
  }
  return { name: link.ifname, mtu: link.mtu };
}

async function linkDetails(exec: Exec, device: string): Promise<{ local?: string; mac: string } | undefined> {
  try {
    const [link] = JSON.parse(await exec(['ip', '-j', '-d', 'link', 'show', 'dev', device])) as Array<{
      address: string;
      linkinfo?: { info_data?: { local?: string } };
    }>;
    return link && { local: link.linkinfo?.info_data?.local, mac: link.address };
  } catch (error) {
    if (isAbsent(error)) return undefined;
    throw error;
  }
}

/** Tells the VXLAN device by which node each other end is reached: its neighbour and forwarding entries. */
async function syncNeighbours(exec: Exec, peers: PeerRoute[]): Promise<void> {
  if (peers.length === 0) return;
  const wanted = new Map(peers.map((peer) => [vxlanEnd(peer.podCidr).mac, peer]));
  const show = ['bridge', '-j', 'fdb', 'show', 'dev', vxlanDevice];
  const entries = JSON.parse((await exec(show)) || '[]') as Array<{ mac: string; dst?: string }>;
  const forwarding: string[] = [];
  for (const { mac, dst } of entries) {
    if (!dst) continue;
    const peer = wanted.get(mac);
    if (peer?.nodeIp === dst) wanted.delete(mac);
    else forwarding.push(`fdb del ${mac} dev ${vxlanDevice} dst ${dst}`);
  }
  const neighbours: string[] = [];
  for (const [mac, peer] of wanted) {
    forwarding.push(`fdb append ${mac} dev ${vxlanDevice} dst ${peer.nodeIp} self permanent`);
    neighbours.push(`neigh replace ${vxlanEnd(peer.podCidr).ip} lladdr ${mac} dev ${vxlanDevice} nud permanent`);
  }
  if (forwarding.length > 0) await exec(['bridge', '-batch', '-'], { input: `${forwarding.join('\n')}\n` });
  if (neighbours.length > 0) await exec(['ip', '-batch', '-'], { input: `${neighbours.join('\n')}\n` });
}
