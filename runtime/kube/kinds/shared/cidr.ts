import { isIP } from 'node:net';
import { invalid } from '../../field-errors';
import type { FieldError } from '../../kind';
import { addressBits, canonicalIp } from './ip';

/** A network: its family and its bits, those of its address included. */
interface Network {
  family: 4 | 6;
  address: bigint;
  bits: number;
}

/** Whether the text is a network in CIDR notation: `10.42.3.0/24`. */
export function isCidr(text: string): boolean {
  return parseCidr(text) !== undefined;
}

function parseCidr(text: string): Network | undefined {
  const [address = '', bits = '', ...rest] = text.split('/');
  const family = isIP(address);
  if (
    family === 0 ||
    address.includes('%') ||
    rest.length > 0 ||
    !/^\d{1,3}$/.test(bits) ||
    Number(bits) > (family === 4 ? 32 : 128)
  ) {
    return undefined;
  }
  return { family: family as 4 | 6, address: addressBits(address), bits: Number(bits) };
}

/** 4 or 6; 0 for what is no network. */
export function cidrFamily(text: string): 0 | 4 | 6 {
  return parseCidr(text)?.family ?? 0;
}

/** Whether `inner` lies in `outer` and is smaller; false where either is no network. */
export function isStrictSubset(inner: string, outer: string): boolean {
  const small = parseCidr(inner);
  const big = parseCidr(outer);
  if (!small || !big || small.family !== big.family || small.bits <= big.bits) return false;
  const shift = BigInt((big.family === 4 ? 32 : 128) - big.bits);
  return small.address >> shift === big.address >> shift;
}

const cidrMessage = 'must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)';

export function checkCidr(field: string, value: string): FieldError[] {
  return isCidr(value) ? [] : [invalid(field, value, cidrMessage)];
}

/** The same, written in the one canonical way, with no bits set beyond the prefix: for fields that are younger. */
export function checkCanonicalCidr(field: string, value: string): FieldError[] {
  const network = parseCidr(value);
  if (!network) return [invalid(field, value, cidrMessage)];
  const wanted = canonicalCidr(network);
  return wanted === value ? [] : [invalid(field, value, `must be in canonical form ("${wanted}")`)];
}

function canonicalCidr({ family, address, bits }: Network): string {
  const host = BigInt((family === 4 ? 32 : 128) - bits);
  const base = (address >> host) << host;
  const size = family === 4 ? 8n : 16n;
  const parts = Array.from({ length: family === 4 ? 4 : 8 }, (_, index, count = family === 4 ? 3 : 7) =>
    Number((base >> (size * BigInt(count - index))) & ((1n << size) - 1n)),
  );
  const text = family === 4 ? parts.join('.') : canonicalIp(parts.map((part) => part.toString(16)).join(':'));
  return `${text}/${bits}`;
}
