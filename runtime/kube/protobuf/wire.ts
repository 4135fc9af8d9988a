/** One field as it stands on the wire. */
export interface WireField {
  number: number;
  /** Of a varint or fixed-width field. A bigint only where a number could not hold it. */
  integer: number | bigint;
  /** Of a length-delimited field: text, bytes, or a message. */
  bytes: Buffer | undefined;
}

/** Reads the parts of a message one after the other. Every method throws RangeError at the end of the bytes. */
class Reader {
  at = 0;

  constructor(readonly bytes: Buffer) {}

  varint(): number | bigint {
    let value = 0;
    let scale = 1;
    // Seven bytes are 49 bits, which a number holds exactly.
    for (let i = 0; i < 7; i++) {
      const byte = this.byte();
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) return value;
      scale *= 128;
    }
    let rest = 0n;
    for (let shift = 0n; shift < 21n; shift += 7n) {
      const byte = this.byte();
      rest |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return BigInt.asUintN(64, BigInt(value) | (rest << 49n));
    }
    throw new RangeError('a number runs past the end of the message');
  }

  take(length: number): Buffer {
    if (this.at + length > this.bytes.length) throw new RangeError('a field runs past the end of the message');
    this.at += length;
    return this.bytes.subarray(this.at - length, this.at);
  }

  private byte(): number {
    const byte = this.bytes[this.at++];
    if (byte === undefined) throw new RangeError('a number runs past the end of the message');
    return byte;
  }
}

/** The fields of a protobuf message, in order. @throws RangeError where the bytes are no message */
export function* readFields(message: Buffer): Generator<WireField> {
  const reader = new Reader(message);
  while (reader.at < message.length) {
    const tag = Number(reader.varint());
    const number = Math.floor(tag / 8);
    switch (tag % 8) {
      case 0:
        yield { number, integer: reader.varint(), bytes: undefined };
        break;
      case 1:
        yield { number, integer: reader.take(8).readBigUInt64LE(), bytes: undefined };
        break;
      case 2:
        yield { number, integer: 0, bytes: reader.take(Number(reader.varint())) };
        break;
      case 5:
        yield { number, integer: reader.take(4).readUInt32LE(), bytes: undefined };
        break;
      default:
        throw new RangeError(`wire type ${tag % 8} is not in use`);
    }
  }
}

/** The numbers of a list that is packed into one field. */
export function* readPacked(bytes: Buffer): Generator<WireField> {
  const reader = new Reader(bytes);
  while (reader.at < bytes.length) yield { number: 0, integer: reader.varint(), bytes: undefined };
}

/** A length-delimited field's text or message. @throws RangeError for a field that is a number */
export function bytesOf(field: WireField): Buffer {
  if (!field.bytes) throw new RangeError(`field ${field.number} is a number where text or a message is expected`);
  return field.bytes;
}

/** A varint as the signed number that it stands for. @throws RangeError for one that JSON could not hold */
export function signedOf(field: WireField): number {
  if (field.bytes) throw new RangeError(`field ${field.number} is no number`);
  if (typeof field.integer === 'number') return field.integer;
  const value = Number(BigInt.asIntN(64, field.integer));
  if (!Number.isSafeInteger(value)) throw new RangeError(`field ${field.number} is out of range`);
  return value;
}
