import { BlockList, isIP } from 'node:net';

const ranges: Array<[message: string, ...subnets: Array<[string, number]>]> = [
  ['may not be unspecified (0.0.0.0)', ['0.0.0.0', 32]],
  ['may not be unspecified (::)', ['::', 128]],
  ['may not be in the loopback range (127.0.0.0/8, ::1/128)', ['127.0.0.0', 8], ['::1', 128]],
  ['may not be in the link-local range (169.254.0.0/16, fe80::/10)', ['169.254.0.0', 16], ['fe80::', 10]],
  ['may not be in the link-local multicast range (224.0.0.0/24, ff02::/10)', ['224.0.0.0', 24], ['ff02::', 10]],
];

const refused = ranges.map(([message, ...subnets]) => {
  const list = new BlockList();
  for (const [net, prefix] of subnets) list.addSubnet(net, prefix, familyOf(net));
  return { message, list };
});

/** What is wrong with an IP address as an endpoint: those that name the host itself or its link lead proxies astray. */
export function endpointAddressProblems(address: string): string[] {
  return refused.filter(({ list }) => list.check(address, familyOf(address))).map(({ message }) => message);
}

function familyOf(address: string): 'ipv4' | 'ipv6' {
  return isIP(address) === 6 ? 'ipv6' : 'ipv4';
}
