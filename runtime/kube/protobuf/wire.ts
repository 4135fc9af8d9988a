/** One field as it stands on the wire. */
export interface WireField {
  number: number;
  /** Of a varint or fixed-width field. */
  integer: bigint;
  /** Of a length-delimited field: text, bytes, or a message. */
  bytes: Buffer | undefined;
}

/** The fields of a protobuf message, in order. @throws RangeError where the bytes are no message */
export function* readFields(message: Buffer): Generator<WireField> {
  let at = 0;
  const varint = (): bigint => {
    let value = 0n;
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const byte = message[at++];
      if (byte === undefined) break;
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return BigInt.asUintN(64, value);
    }
    throw new RangeError('a number runs past the end of the message');
  };
  const take = (length: number): Buffer => {
    if (at + length > message.length) throw new RangeError('a field runs past the end of the message');
    at += length;
    return message.subarray(at - length, at);
  };
  while (at < message.length) {
    const tag = varint();
    const number = Number(tag >> 3n);
    switch (Number(tag & 7n)) {
      case 0:
        yield { number, integer: varint(), bytes: undefined };
        break;
      case 1:
        yield { number, integer: take(8).readBigUInt64LE(), bytes: undefined };
        break;
      case 2:
        yield { number, integer: 0n, bytes: take(Number(varint())) };
        break;
      case 5:
        yield { number, integer: BigInt(take(4).readUInt32LE()), bytes: undefined };
        break;
      default:
        throw new RangeError(`wire type ${tag & 7n} is not in use`);
    }
  }
}

/** A length-delimited field's text or message. @throws RangeError for a field that is a number */
export function bytesOf(field: WireField): Buffer {
  if (!field.bytes) throw new RangeError(`field ${field.number} is a number where text or a message is expected`);
  return field.bytes;
}

/** A varint as the signed number that it stands for. @throws RangeError for one that JSON could not hold */
export function signedOf(field: WireField): number {
  if (field.bytes) throw new RangeError(`field ${field.number} is no number`);
  const value = Number(BigInt.asIntN(64, field.integer));
  if (!Number.isSafeInteger(value)) throw new RangeError(`field ${field.number} is out of range`);
  return value;
}
