const firstBytes = 4096;

/**
 * Writes a protobuf message from its end to its start, so that the length of a part is known when it is to stand before
 * it and nothing is measured twice. What is to stand last is written first.
 */
export class ReverseWriter {
  private buffer = Buffer.allocUnsafe(firstBytes);
  /** Where the next byte ends; what is behind it is written. */
  private at = firstBytes;

  /** Bytes written so far. */
  get size(): number {
    return this.buffer.length - this.at;
  }

  /** A copy of what was written; the writer is empty again. */
  take(): Buffer {
    const out = Buffer.allocUnsafeSlow(this.size);
    this.buffer.copy(out, 0, this.at);
    this.at = this.buffer.length;
    return out;
  }

  /** The same without the length at its start: a message that is to stand on its own. */
  takeContent(): Buffer {
    const whole = this.take();
    let lengthEnd = 0;
    while ((whole[lengthEnd] as number) >= 0x80) lengthEnd++;
    return whole.subarray(lengthEnd + 1);
  }

  bytes(value: Uint8Array): void {
    this.room(value.length);
    this.at -= value.length;
    this.buffer.set(value, this.at);
  }

  text(value: string): void {
    const { length } = value;
    // Short texts are nearly always ASCII, and a loop is faster than a call out of JavaScript.
    if (length < 40) {
      this.room(length);
      let at = this.at;
      let i = length - 1;
      for (; i >= 0; i--) {
        const code = value.charCodeAt(i);
        if (code > 0x7f) break;
        this.buffer[--at] = code;
      }
      if (i < 0) {
        this.at = at;
        return;
      }
    }
    const size = Buffer.byteLength(value);
    this.room(size);
    this.at -= size;
    this.buffer.write(value, this.at, 'utf8');
  }

  /** A whole number; a negative one takes ten bytes, as in Go. */
  varint(value: number): void {
    if (value < 0) {
      this.bigVarint(BigInt.asUintN(64, BigInt(value)));
      return;
    }
    const size = sizeOfVarint(value);
    this.room(size);
    this.at -= size;
    let rest = value;
    for (let i = 0; i < size - 1; i++) {
      this.buffer[this.at + i] = (rest % 128) | 0x80;
      rest = Math.floor(rest / 128);
    }
    this.buffer[this.at + size - 1] = rest;
  }

  double(value: number): void {
    this.room(8);
    this.at -= 8;
    this.buffer.writeDoubleLE(value, this.at);
  }

  tag(number: number, wire: number): void {
    this.varint(number * 8 + wire);
  }

  /** Puts before what was written since `size` was `mark` its length. */
  length(mark: number): void {
    this.varint(this.size - mark);
  }

  private bigVarint(value: bigint): void {
    const out: number[] = [];
    for (let rest = value; ; rest >>= 7n) {
      const low = Number(rest & 0x7fn);
      if (rest <= 0x7fn) {
        out.push(low);
        break;
      }
      out.push(low | 0x80);
    }
    this.bytes(Buffer.from(out));
  }

  private room(bytes: number): void {
    if (this.at >= bytes) return;
    const grown = Buffer.allocUnsafe(Math.max(this.buffer.length * 2, this.size + bytes));
    const start = grown.length - this.size;
    this.buffer.copy(grown, start, this.at);
    this.buffer = grown;
    this.at = start;
  }
}

function sizeOfVarint(value: number): number {
  if (value < 0x80) return 1;
  let size = 1;
  for (let rest = Math.floor(value / 128); rest > 0; rest = Math.floor(rest / 128)) size++;
  return size;
}
