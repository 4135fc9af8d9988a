/** An IPv4 range by its CIDR; addresses are numbered from its base. */
export interface IpRange {
  base: number;
  size: number;
}

/** @throws Error for text that is no IPv4 CIDR. */
export function parseIpRange(cidr: string): IpRange {
  const [address = '', bits = ''] = cidr.split('/');
  const prefix = /^\d{1,2}$/.test(bits) ? Number(bits) : -1;
  const number = parseIpv4(address);
  if (number === undefined || prefix < 0 || prefix > 32) {
    throw new Error(`${JSON.stringify(cidr)} is not an IPv4 range such as 10.43.0.0/16`);
  }
  const size = 2 ** (32 - prefix);
  return { base: number - (number % size), size };
}

export function parseIpv4(text: string): number | undefined {
  const parts = text.split('.');
  if (parts.length !== 4 || !parts.every((part) => /^(0|[1-9]\d{0,2})$/.test(part) && Number(part) < 256)) {
    return undefined;
  }
  return parts.reduce((sum, part) => sum * 256 + Number(part), 0);
}

export function formatIpv4(value: number): string {
  return [24, 16, 8, 0].map((shift) => Math.floor(value / 2 ** shift) % 256).join('.');
}

/** Whether an address can be given to one Service: neither the network's own nor the broadcast address. */
export function inRange(range: IpRange, address: number): boolean {
  return address > range.base && address < range.base + range.size - 1;
}
