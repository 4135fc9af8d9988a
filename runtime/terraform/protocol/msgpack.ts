/**
 * The part of msgpack that Terraform's values use, kept exact: integers beyond 2^53 come as bigint, floats apart from
 * integers, and every extension as UnknownExt (any extension code means "unknown" in Terraform).
 */
export class Float {
  constructor(readonly value: number) {}
}
export const UnknownExt = Symbol('msgpack extension');

export type Packed =
  | null
  | boolean
  | number
  | bigint
  | string
  | Float
  | typeof UnknownExt
  | Buffer
  | Packed[]
  | PackedMap;
export type PackedMap = Map<string, Packed>;

export function pack(value: Packed): Buffer {
  const out: Buffer[] = [];
  write(out, value);
  return Buffer.concat(out);
}

function write(out: Buffer[], value: Packed): void {
  if (value === null) out.push(Buffer.of(0xc0));
  else if (value === UnknownExt) out.push(Buffer.of(0xd4, 0, 0));
  else if (typeof value === 'boolean') out.push(Buffer.of(value ? 0xc3 : 0xc2));
  else if (typeof value === 'number' || typeof value === 'bigint') writeInteger(out, BigInt(value));
  else if (value instanceof Float) {
    const bytes = Buffer.alloc(9);
    bytes[0] = 0xcb;
    bytes.writeDoubleBE(value.value, 1);
    out.push(bytes);
  } else if (typeof value === 'string') {
    const bytes = Buffer.from(value, 'utf8');
    out.push(head(bytes.length, 0xa0, 31, 0xd9, 0xda, 0xdb), bytes);
  } else if (Buffer.isBuffer(value)) {
    out.push(head(value.length, undefined, 0, 0xc4, 0xc5, 0xc6), value);
  } else if (Array.isArray(value)) {
    out.push(head(value.length, 0x90, 15, undefined, 0xdc, 0xdd));
    for (const element of value) write(out, element);
  } else {
    out.push(head(value.size, 0x80, 15, undefined, 0xde, 0xdf));
    for (const [key, element] of value) {
      write(out, key);
      write(out, element);
    }
  }
}

/** A length in the shortest of the forms that the type has: in the type byte, or in 1, 2 or 4 bytes after it. */
function head(
  length: number,
  fix: number | undefined,
  fixMax: number,
  one: number | undefined,
  two: number,
  four: number,
) {
  if (fix !== undefined && length <= fixMax) return Buffer.of(fix | length);
  if (one !== undefined && length < 0x100) return Buffer.of(one, length);
  if (length < 0x10000) return Buffer.of(two, length >> 8, length & 0xff);
  const bytes = Buffer.alloc(5);
  bytes[0] = four;
  bytes.writeUInt32BE(length, 1);
  return bytes;
}

function writeInteger(out: Buffer[], value: bigint): void {
  if (value >= 0n && value < 0x80n) out.push(Buffer.of(Number(value)));
  else if (value < 0n && value >= -32n) out.push(Buffer.of(Number(value) & 0xff));
  else {
    const bytes = Buffer.alloc(9);
    bytes[0] = value >= 0n ? 0xcf : 0xd3;
    if (value >= 0n) bytes.writeBigUInt64BE(value, 1);
    else bytes.writeBigInt64BE(value, 1);
    out.push(bytes);
  }
}

/** @throws RangeError when the bytes are no complete msgpack value */
export function unpack(bytes: Uint8Array): Packed {
  return new Unpacker(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)).value();
}

class Unpacker {
  private at = 0;

  constructor(private readonly bytes: Buffer) {}

  value(): Packed {
    const type = this.uint(1);
    if (type < 0x80) return type;
    if (type < 0x90) return this.map(type & 0x0f);
    if (type < 0xa0) return this.array(type & 0x0f);
    if (type < 0xc0) return this.take(type & 0x1f).toString('utf8');
    if (type >= 0xe0) return type - 0x100;
    switch (type) {
      case 0xc0:
        return null;
      case 0xc2:
        return false;
      case 0xc3:
        return true;
      case 0xca:
        return new Float(this.take(4).readFloatBE());
      case 0xcb:
        return new Float(this.take(8).readDoubleBE());
      case 0xcc:
      case 0xcd:
      case 0xce:
        return this.uint(2 ** (type - 0xcc));
      case 0xcf:
        return small(this.take(8).readBigUInt64BE());
      case 0xd0:
      case 0xd1:
      case 0xd2: {
        const size = 2 ** (type - 0xd0);
        return this.take(size).readIntBE(0, size);
      }
      case 0xd3:
        return small(this.take(8).readBigInt64BE());
      case 0xdc:
      case 0xdd:
        return this.array(this.uint(type === 0xdc ? 2 : 4));
      case 0xde:
      case 0xdf:
        return this.map(this.uint(type === 0xde ? 2 : 4));
      default:
        return this.sized(type);
    }
  }

  /** Strings and binaries with their length after the type, and extensions. */
  private sized(type: number): Packed {
    if (type >= 0xd9 && type <= 0xdb) return this.take(this.uint(2 ** (type - 0xd9))).toString('utf8');
    if (type >= 0xc4 && type <= 0xc6) return this.take(this.uint(2 ** (type - 0xc4)));
    if (type >= 0xd4 && type <= 0xd8) this.take(1 + 2 ** (type - 0xd4));
    else if (type >= 0xc7 && type <= 0xc9) this.take(1 + this.uint(2 ** (type - 0xc7)));
    else throw new RangeError(`msgpack: no type 0x${type.toString(16)}`);
    return UnknownExt;
  }

  private array(length: number): Packed[] {
    return Array.from({ length }, () => this.value());
  }

  private map(length: number): PackedMap {
    const result: PackedMap = new Map();
    for (let i = 0; i < length; i++) {
      const key = this.value();
      result.set(String(key), this.value());
    }
    return result;
  }

  private uint(size: number): number {
    return this.take(size).readUIntBE(0, size);
  }

  private take(length: number): Buffer {
    const end = this.at + length;
    if (end > this.bytes.length) throw new RangeError('msgpack: the value ends early');
    const content = this.bytes.subarray(this.at, end);
    this.at = end;
    return content;
  }
}

function small(value: bigint): number | bigint {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
}
