import { Transform, type TransformCallback } from 'node:stream';

const headerLength = 8;

/**
 * Takes apart Docker's multiplexed stream (frames of one byte stream, three zero, four length) and hands each
 * payload to `deliver` with its stream: 1 stdout, 2 stderr. Payloads are handed on as they arrive, not gathered.
 */
export class FrameReader {
  private header = Buffer.alloc(0);
  private stream = 0;
  private left = 0;

  constructor(private readonly deliver: (stream: number, data: Buffer) => void) {}

  push(data: Buffer): void {
    let rest = data;
    while (rest.length) {
      if (this.left > 0) {
        const part = rest.subarray(0, this.left);
        this.left -= part.length;
        rest = rest.subarray(part.length);
        this.deliver(this.stream, part);
        continue;
      }
      const missing = headerLength - this.header.length;
      this.header = Buffer.concat([this.header, rest.subarray(0, missing)]);
      rest = rest.subarray(missing);
      if (this.header.length === headerLength) {
        this.stream = this.header.readUInt8(0);
        this.left = this.header.readUInt32BE(4);
        this.header = Buffer.alloc(0);
      }
    }
  }
}

/** Both streams' payloads, in order, as one. */
export class Demultiplexer extends Transform {
  private readonly frames = new FrameReader((_stream, data) => this.push(data));

  override _transform(chunk: Buffer, _encoding: BufferEncoding, done: TransformCallback): void {
    this.frames.push(chunk);
    done();
  }
}

/** Lets the first `limit` bytes through, then ends. */
export class ByteLimit extends Transform {
  constructor(private left: number) {
    super();
  }

  override _transform(chunk: Buffer, _encoding: BufferEncoding, done: TransformCallback): void {
    if (this.left > 0) this.push(chunk.subarray(0, this.left));
    this.left -= chunk.length;
    if (this.left <= 0) this.push(null);
    done();
  }
}
