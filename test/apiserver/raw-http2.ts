import { once } from 'node:events';
import { connect, type TLSSocket } from 'node:tls';
import type { Identity, TestServer } from './harness';

export const frameTypes = {
  data: 0,
  headers: 1,
  reset: 3,
  settings: 4,
  ping: 6,
  goAway: 7,
  windowUpdate: 8,
  continuation: 9,
} as const;
const acknowledged = 1;
export const flags = { endStream: 1, endHeaders: 4 } as const;

export function frame(type: number, flag: number, stream = 0, payload: Buffer = Buffer.alloc(0)): Buffer {
  const head = Buffer.alloc(9);
  head.writeUIntBE(payload.length, 0, 3);
  head[3] = type;
  head[4] = flag;
  head.writeUInt32BE(stream, 5);
  return Buffer.concat([head, payload]);
}

/** The head of a request without anything but what HTTP/2 demands; the path is in HPACK's plain form. */
export function get(path: string): Buffer {
  const authority = 'localhost';
  return Buffer.concat([
    Buffer.from([0x82, 0x87, 0x44, path.length]),
    Buffer.from(path),
    Buffer.from([0x41, authority.length]),
    Buffer.from(authority),
  ]);
}

export interface RawOptions {
  as?: Identity | 'nobody';
  /** How much of a stream's answer it takes; what it takes of the connection's stays at HTTP/2's 64 KiB. */
  window?: number;
  /** Called for each frame that comes. */
  onFrame?(type: number, stream: number, payload: Buffer): void;
}

/** A client that speaks just enough HTTP/2 to be kept, acknowledging settings and pings, and beside it sends what it is told. */
export class RawHttp2 {
  private rest = Buffer.alloc(0);
  private over = false;
  /** Streams that the server has reset, and those of which the answer has begun. */
  readonly resets: number[] = [];
  readonly answered: number[] = [];
  /** Streams whose answer has ended as it should. */
  readonly ended: number[] = [];
  private readonly pings: Array<() => void> = [];
  /** Resolves when the server has ended the connection. */
  readonly closed: Promise<void>;

  private constructor(
    readonly socket: TLSSocket,
    private readonly options: RawOptions,
  ) {
    this.closed = new Promise((resolve) => socket.once('end', resolve).once('close', () => resolve()));
    void this.closed.then(() => (this.over = true));
    socket.on('error', () => {});
    socket.on('data', (chunk: Buffer) => this.read(chunk));
  }

  static async open(server: TestServer, options: RawOptions = {}): Promise<RawHttp2> {
    // The types of tls.connect lack allowHalfOpen, which it takes.
    const tls = { ...server.tls(options), port: server.port, host: '127.0.0.1', allowHalfOpen: true };
    const socket = connect({ ...tls, ALPNProtocols: ['h2'] });
    await once(socket, 'secureConnect');
    const client = new RawHttp2(socket, options);
    const window = Buffer.alloc(6);
    window.writeUInt16BE(4, 0);
    window.writeUInt32BE(options.window ?? 65_535, 2);
    client.send(Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'), frame(frameTypes.settings, 0, 0, window));
    return client;
  }

  send(...frames: Buffer[]): void {
    if (!this.socket.destroyed) this.socket.write(Buffer.concat(frames));
  }

  /** Resolves when the server has answered a ping, and so has seen all that was sent before, or ended the connection. */
  async roundTrip(): Promise<void> {
    this.send(frame(frameTypes.ping, 0, 0, Buffer.alloc(8)));
    await Promise.race([new Promise<void>((resolve) => this.pings.push(resolve)), this.closed]);
  }

  /** Sends batches as fast as they are taken, until the server ends the connection or there are no more. */
  async flood(batches: number, batch: (n: number) => Buffer): Promise<void> {
    for (let n = 0; n < batches && !this.over; n++) {
      if (this.socket.write(batch(n))) await new Promise((resolve) => setImmediate(resolve));
      else await Promise.race([new Promise<void>((resolve) => this.socket.once('drain', resolve)), this.closed]);
    }
  }

  private read(chunk: Buffer): void {
    this.rest = Buffer.concat([this.rest, chunk]);
    while (this.rest.length >= 9 && this.rest.length >= 9 + this.rest.readUIntBE(0, 3)) {
      const end = 9 + this.rest.readUIntBE(0, 3);
      const [type = 0, flag] = [this.rest[3], this.rest[4]];
      const [stream, payload] = [this.rest.readUInt32BE(5), this.rest.subarray(9, end)];
      this.rest = this.rest.subarray(end);
      if (flag !== acknowledged && type === frameTypes.settings) this.send(frame(type, acknowledged));
      if (flag !== acknowledged && type === frameTypes.ping) this.send(frame(type, acknowledged, 0, payload));
      if (flag === acknowledged && type === frameTypes.ping) this.pings.shift()?.();
      if (type === frameTypes.reset) this.resets.push(stream);
      if (type === frameTypes.headers) this.answered.push(stream);
      if (type === frameTypes.data && ((flag ?? 0) & flags.endStream) !== 0) this.ended.push(stream);
      this.options.onFrame?.(type, stream, payload);
    }
  }
}
