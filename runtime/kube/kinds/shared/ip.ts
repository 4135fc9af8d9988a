import { isIP } from 'node:net';

/** An address as a number. */
export function addressBits(address: string): bigint {
  if (isIP(address) === 4) return address.split('.').reduce((sum, part) => sum * 256n + BigInt(part), 0n);
  return expandIpv6(address).reduce((sum, part) => sum * 65536n + BigInt(part), 0n);
}

/** The eight groups of a valid IPv6 address. */
function expandIpv6(address: string): number[] {
  const plain = (address.split('%', 1)[0] as string).replace(/(\d+)\.(\d+)\.(\d+)\.(\d+)$/, (_all, a, b, c, d) =>
    [Number(a) * 256 + Number(b), Number(c) * 256 + Number(d)].map((group) => group.toString(16)).join(':'),
  );
  const [head = '', tail] = plain.split('::');
  const groups = (text: string) => (text === '' ? [] : text.split(':').map((group) => Number.parseInt(group, 16)));
  const front = groups(head);
  if (tail === undefined) return front;
  const back = groups(tail);
  return [...front, ...Array<number>(8 - front.length - back.length).fill(0), ...back];
}

/** The one way to write an IP address: no leading zeros, lower case, the longest run of zero groups as `::`. */
export function canonicalIp(address: string): string {
  if (isIP(address) === 4) return address;
  const groups = expandIpv6(address);
  let best = { start: 0, length: 0 };
  for (let start = 0; start < 8; start++) {
    let length = 0;
    while (start + length < 8 && groups[start + length] === 0) length++;
    if (length > best.length) best = { start, length };
  }
  const text = (part: number[]) => part.map((group) => group.toString(16)).join(':');
  if (best.length < 2) return text(groups);
  return `${text(groups.slice(0, best.start))}::${text(groups.slice(best.start + best.length))}`;
}

/** What is wrong with a text that must be an IP address in its canonical form. */
export function ipProblems(text: string): string[] {
  if (isIP(text) === 0 || text.includes('%')) {
    return ['must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)'];
  }
  if (isIP(text) === 6 && addressBits(text) >> 32n === 0xffffn) return ['must not be an IPv4-mapped IPv6 address'];
  const wanted = canonicalIp(text);
  return wanted === text ? [] : [`must be in canonical form (${JSON.stringify(wanted)})`];
}
