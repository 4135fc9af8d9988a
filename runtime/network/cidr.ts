/** IPv4 addresses as unsigned 32-bit numbers, and blocks of them. */
export interface Cidr {
  /** First address of the block. */
  base: number;
  /** Length of the prefix: 0 … 32. */
  prefix: number;
}

/** undefined unless `text` is four decimal octets without leading zeros. */
export function parseIp(text: string): number | undefined {
  const match = /^(0|[1-9]\d{0,2})\.(0|[1-9]\d{0,2})\.(0|[1-9]\d{0,2})\.(0|[1-9]\d{0,2})$/.exec(text);
  if (!match) return undefined;
  let value = 0;
  for (const octet of match.slice(1)) {
    if (Number(octet) > 255) return undefined;
    value = value * 256 + Number(octet);
  }
  return value;
}

export function formatIp(ip: number): string {
  return [ip >>> 24, (ip >>> 16) & 255, (ip >>> 8) & 255, ip & 255].join('.');
}

/** undefined unless `text` is an IPv4 block; bits below the prefix are dropped. */
export function parseCidr(text: string): Cidr | undefined {
  const [address = '', length = '', more] = text.split('/');
  const ip = parseIp(address);
  if (ip === undefined || more !== undefined || !/^(\d|[12]\d|3[0-2])$/.test(length)) return undefined;
  const prefix = Number(length);
  return { base: (ip & mask(prefix)) >>> 0, prefix };
}

export function formatCidr(cidr: Cidr): string {
  return `${formatIp(cidr.base)}/${cidr.prefix}`;
}

export function contains(cidr: Cidr, ip: number): boolean {
  return (ip & mask(cidr.prefix)) >>> 0 === cidr.base;
}

/** How many addresses the block has. */
export function sizeOf(cidr: Cidr): number {
  return 2 ** (32 - cidr.prefix);
}

function mask(prefix: number): number {
  return prefix === 0 ? 0 : (0xffffffff << (32 - prefix)) >>> 0;
}
