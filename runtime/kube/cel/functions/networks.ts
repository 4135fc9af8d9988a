import { BlockList, isIP } from 'node:net';
import type { Environment } from '../load';

const sync = { async: false };

class Ip {
  readonly family: 4 | 6;
  readonly value: bigint;

  constructor(readonly text: string) {
    this.family = isIP(text) as 4 | 6;
    this.value = numberOf(text, this.family);
  }
}

class Cidr {
  constructor(
    readonly ip: Ip,
    readonly bits: number,
  ) {}
}

function numberOf(text: string, family: 4 | 6): bigint {
  if (family === 4) return text.split('.').reduce((sum, part) => (sum << 8n) | BigInt(part), 0n);
  const [head = '', tail] = text.split('::');
  const words = (part: string) => (part === '' ? [] : part.split(':').map((word) => BigInt(`0x${word}`)));
  const [left, right] = [words(head), words(tail ?? '')];
  const filled = tail === undefined ? left : [...left, ...Array(8 - left.length - right.length).fill(0n), ...right];
  return filled.reduce<bigint>((sum, word) => (sum << 16n) | word, 0n);
}

function format(value: bigint, family: 4 | 6): string {
  if (family === 4) return [24n, 16n, 8n, 0n].map((shift) => (value >> shift) & 0xffn).join('.');
  const words = Array.from({ length: 8 }, (_, index) => ((value >> BigInt(112 - index * 16)) & 0xffffn).toString(16));
  // Node writes the shortest form, as Go does.
  return new URL(`http://[${words.join(':')}]`).hostname.slice(1, -1);
}

/** As in Kubernetes: no zone, no IPv4 in IPv6, no leading zeros. */
function parseIp(text: string): Ip | undefined {
  if (isIP(text) === 0 || text.includes('%') || (text.includes(':') && text.includes('.'))) return undefined;
  return new Ip(text);
}

function parseCidr(text: string): Cidr | undefined {
  const [address = '', bits = '', ...rest] = text.split('/');
  const ip = parseIp(address);
  const fits =
    ip && rest.length === 0 && /^(0|[1-9]\d{0,2})$/.test(bits) && Number(bits) <= (ip.family === 4 ? 32 : 128);
  return fits ? new Cidr(ip, Number(bits)) : undefined;
}

const network = ({ ip, bits }: Cidr) => {
  const shift = BigInt((ip.family === 4 ? 32 : 128) - bits);
  return (ip.value >> shift) << shift;
};
const holds = (cidr: Cidr, ip: Ip) =>
  cidr.ip.family === ip.family && network(new Cidr(ip, cidr.bits)) === network(cidr);

function ranges(...cidrs: string[]): (ip: Ip) => boolean {
  const list = new BlockList();
  for (const cidr of cidrs) {
    const [address = '', bits] = cidr.split('/');
    list.addSubnet(address, Number(bits), isIP(address) === 4 ? 'ipv4' : 'ipv6');
  }
  return ({ text, family }) => list.check(text, family === 4 ? 'ipv4' : 'ipv6');
}

const loopback = ranges('127.0.0.0/8', '::1/128');
const linkLocal = ranges('169.254.0.0/16', 'fe80::/10');
const linkLocalMulticast = ranges('224.0.0.0/24', 'ff02::/16');
const multicast = ranges('224.0.0.0/4', 'ff00::/8');
const unspecified = ({ value }: Ip) => value === 0n;
const broadcast = ({ text }: Ip) => text === '255.255.255.255';

/** Kubernetes' functions of addresses and networks. */
export function registerNetworks(environment: Environment): void {
  const define = (signature: string, run: (...args: never[]) => unknown) =>
    environment.registerFunction(signature, run as never, sync);
  const must = <T>(value: T | undefined, what: string, text: string): T => {
    if (value === undefined)
      throw new Error(`${what} ${JSON.stringify(text)} parse error during conversion from string`);
    return value;
  };
  environment.registerType('net.IP', Ip);
  environment.registerType('net.CIDR', Cidr);
  define('ip(string): net.IP', (text: string) => must(parseIp(text), 'IP Address', text));
  define('isIP(string): bool', (text: string) => parseIp(text) !== undefined);
  define('IpNamespace.isCanonical(string): bool', (_: unknown, text: string) => {
    const ip = must(parseIp(text), 'IP Address', text);
    return format(ip.value, ip.family) === text;
  });
  define('string(net.IP): string', ({ value, family }: Ip) => format(value, family));
  define('net.IP.family(): int', ({ family }: Ip) => BigInt(family));
  define('net.IP.isUnspecified(): bool', unspecified);
  define('net.IP.isLoopback(): bool', loopback);
  define('net.IP.isLinkLocalMulticast(): bool', linkLocalMulticast);
  define('net.IP.isLinkLocalUnicast(): bool', linkLocal);
  define(
    'net.IP.isGlobalUnicast(): bool',
    (ip: Ip) => ![unspecified, broadcast, loopback, multicast, linkLocal].some((is) => is(ip)),
  );
  define('cidr(string): net.CIDR', (text: string) => must(parseCidr(text), 'network address', text));
  define('isCIDR(string): bool', (text: string) => parseCidr(text) !== undefined);
  define('string(net.CIDR): string', ({ ip, bits }: Cidr) => `${format(ip.value, ip.family)}/${bits}`);
  define('net.CIDR.containsIP(net.IP): bool', holds);
  define('net.CIDR.containsIP(string): bool', (cidr: Cidr, text: string) =>
    holds(cidr, must(parseIp(text), 'IP Address', text)),
  );
  const inside = (cidr: Cidr, other: Cidr) => other.bits >= cidr.bits && holds(cidr, other.ip);
  define('net.CIDR.containsCIDR(net.CIDR): bool', inside);
  define('net.CIDR.containsCIDR(string): bool', (cidr: Cidr, text: string) =>
    inside(cidr, must(parseCidr(text), 'network address', text)),
  );
  define('net.CIDR.ip(): net.IP', ({ ip }: Cidr) => ip);
  define(
    'net.CIDR.masked(): net.CIDR',
    (cidr: Cidr) => new Cidr(new Ip(format(network(cidr), cidr.ip.family)), cidr.bits),
  );
  define('net.CIDR.prefixLength(): int', ({ bits }: Cidr) => BigInt(bits));
  environment.registerOperator(
    'net.IP == net.IP',
    ((a: Ip, b: Ip) => a.family === b.family && a.value === b.value) as never,
  );
  environment.registerOperator(
    'net.CIDR == net.CIDR',
    ((a: Cidr, b: Cidr) => a.bits === b.bits && a.ip.family === b.ip.family && a.ip.value === b.ip.value) as never,
  );
}
