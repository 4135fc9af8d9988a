const tags = { integer: 0x02, bitString: 0x03, oid: 0x06, sequence: 0x30, set: 0x31 } as const;

export interface DerValue {
  /** Tag and length included. */
  whole: Buffer;
  content: Buffer;
}

/** Reads DER values one after another: as much of the encoding as a certificate request needs. */
export class DerReader {
  private at = 0;

  constructor(private readonly bytes: Buffer) {}

  /** @throws Error where the next value is of another tag, or cut off */
  read(tag: keyof typeof tags): DerValue {
    const start = this.at;
    if (this.bytes[start] !== tags[tag]) throw new Error(`structure error: expected ${tag} at byte ${start}`);
    const content = this.readAny();
    return { whole: this.bytes.subarray(start, this.at), content };
  }

  /** Whether nothing is left to read. */
  get isDone(): boolean {
    return this.at >= this.bytes.length;
  }

  /** What the next value holds, whatever its tag. @throws Error where it is cut off */
  readAny(): Buffer {
    this.at++;
    const length = this.length();
    const from = this.at;
    if (from + length > this.bytes.length) throw new Error('syntax error: data truncated');
    this.at = from + length;
    return this.bytes.subarray(from, this.at);
  }

  /** A reader of what the next value holds. */
  enter(tag: keyof typeof tags): DerReader {
    return new DerReader(this.read(tag).content);
  }

  private length(): number {
    const first = this.bytes[this.at++] ?? 0;
    if (first < 0x80) return first;
    const count = first & 0x7f;
    if (count === 0 || count > 4) throw new Error('syntax error: invalid length');
    let length = 0;
    for (let i = 0; i < count; i++) length = length * 256 + (this.bytes[this.at++] ?? 0);
    return length;
  }
}
