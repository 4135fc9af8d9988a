import type { Node } from '../kube/generated/types';
import { type Cidr, contains, formatCidr, formatIp, parseCidr, parseIp } from './cidr';

/** One line of the node's own routing table, of which only connected blocks matter here. */
export interface ConnectedBlock {
  cidr: Cidr;
  device: string;
}

/** Where the pods of another node are. */
export interface PeerRoute {
  podCidr: string;
  nodeIp: string;
  /** Device of the link that both nodes share; undefined where packets must be carried by VXLAN. */
  device?: string;
}

export type Overlay = 'auto' | 'always';

/**
 * Decides the way to each other node's pods: direct over a link that both nodes are on, VXLAN otherwise.
 * A node without a pod CIDR or an internal IPv4 address is left out, as is a CIDR that an earlier node (by name) has.
 */
export function planRoutes(self: string, nodes: Node[], connected: ConnectedBlock[], overlay: Overlay): PeerRoute[] {
  const taken = new Set(podCidrsOf(nodes.filter((node) => node.metadata.name === self)));
  const longestFirst = [...connected].sort((a, b) => b.cidr.prefix - a.cidr.prefix);
  const peers: PeerRoute[] = [];
  for (const node of [...nodes].sort((a, b) => compare(a.metadata.name, b.metadata.name))) {
    if (node.metadata.name === self) continue;
    const nodeIp = internalIp(node);
    const ip = nodeIp === undefined ? undefined : parseIp(nodeIp);
    if (nodeIp === undefined || ip === undefined) continue;
    const link = overlay === 'always' ? undefined : longestFirst.find((block) => contains(block.cidr, ip));
    for (const podCidr of podCidrsOf([node])) {
      if (taken.has(podCidr)) continue;
      taken.add(podCidr);
      peers.push({ podCidr, nodeIp, device: link?.device });
    }
  }
  return peers;
}

/** The IPv4 pod CIDRs of the nodes, in canonical form. */
export function podCidrsOf(nodes: Node[]): string[] {
  return nodes.flatMap((node) => {
    const cidrs = node.spec?.podCIDRs?.length ? node.spec.podCIDRs : [node.spec?.podCIDR ?? ''];
    return cidrs.flatMap((text) => {
      const cidr = parseCidr(text);
      return cidr ? [formatCidr(cidr)] : [];
    });
  });
}

export function internalIp(node: Node): string | undefined {
  return node.status?.addresses?.find(({ type, address }) => type === 'InternalIP' && parseIp(address) !== undefined)
    ?.address;
}

/** Reads `ip -j -4 route show`: the blocks that are reached without a gateway, ours excepted. */
export function connectedBlocks(json: string, ownDevices: readonly string[]): ConnectedBlock[] {
  const routes = JSON.parse(json || '[]') as Array<{ dst?: string; dev?: string; gateway?: string; scope?: string }>;
  return routes.flatMap(({ dst = '', dev, gateway, scope }) => {
    const cidr = parseCidr(dst.includes('/') ? dst : `${dst}/32`);
    if (!cidr || !dev || gateway || scope !== 'link' || ownDevices.includes(dev)) return [];
    return [{ cidr, device: dev }];
  });
}

/** The VXLAN end of the node that has this pod CIDR; every node computes the same, so none has to be announced. */
export function vxlanEnd(podCidr: string): { ip: string; mac: string } {
  const base = parseCidr(podCidr)?.base ?? 0;
  const octets = formatIp(base)
    .split('.')
    .map((octet) => Number(octet).toString(16).padStart(2, '0'));
  return { ip: formatIp(base), mac: ['0e', '6f', ...octets].join(':') };
}

function compare(a = '', b = ''): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
