/** A range of IPv4 addresses that is cut into equal blocks, one a node. */
export interface CidrPool {
  base: number;
  /** Prefix length of a block. */
  blockPrefix: number;
  blocks: number;
}

/** @throws RangeError for what is no IPv4 range, or one smaller than a block */
export function cidrPool(cidr: string, blockPrefix = 24): CidrPool {
  const match = /^(\d+)\.(\d+)\.(\d+)\.(\d+)\/(\d+)$/.exec(cidr);
  const [a, b, c, d, prefix] = (match ?? []).slice(1).map(Number) as [number, number, number, number, number];
  if (!match || [a, b, c, d].some((part) => part > 255) || prefix > blockPrefix) {
    throw new RangeError(
      `cluster CIDR "${cidr}" must be an IPv4 range of at least one /${blockPrefix}, such as 10.42.0.0/16`,
    );
  }
  const size = 2 ** (32 - prefix);
  const address = ((a * 256 + b) * 256 + c) * 256 + d;
  return { base: address - (address % size), blockPrefix, blocks: 2 ** (blockPrefix - prefix) };
}

/** The lowest block that is not in `used`, or undefined when all are. */
export function freeBlock(pool: CidrPool, used: ReadonlySet<string>): string | undefined {
  for (let i = 0; i < pool.blocks; i++) {
    const address = pool.base + i * 2 ** (32 - pool.blockPrefix);
    const text = [24, 16, 8, 0].map((shift) => Math.floor(address / 2 ** shift) % 256).join('.');
    const block = `${text}/${pool.blockPrefix}`;
    if (!used.has(block)) return block;
  }
  return undefined;
}
