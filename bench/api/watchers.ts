import { connect, type TLSSocket } from 'node:tls';
import type { Identity } from './connection';

/** The end of an event's line; inside JSON a line break is written otherwise. */
const eventEnd = Buffer.from('}\n');

/** Many open watches that only count what they are sent. */
export class Watchers {
  /** Events that each has got, by watcher. */
  private readonly counts: number[];
  private readonly sockets: TLSSocket[] = [];
  /** When each event came to each watcher: arrivals[event][watcher] in milliseconds. */
  readonly arrivals: number[][] = [];
  private wanted = { event: 0, resolve: () => {} };

  private constructor(readonly size: number) {
    this.counts = new Array(size).fill(0);
  }

  /** Opens so many watches on a path; resolves when all have an answer's head. */
  static async open(port: number, identity: Identity, path: string, size: number): Promise<Watchers> {
    const watchers = new Watchers(size);
    // A few at a time: the handshakes of a thousand clients at once would outlast the accept queue.
    const batch = 50;
    for (let first = 0; first < size; first += batch) {
      const some = Array.from({ length: Math.min(batch, size - first) }, (_, i) => first + i);
      await Promise.all(some.map((index) => watchers.add(index, port, identity, path)));
    }
    return watchers;
  }

  /** Resolves when every watcher has got so many events. */
  reached(events: number): Promise<void> {
    return new Promise((resolve) => {
      this.wanted = { event: events, resolve };
      this.check();
    });
  }

  close(): void {
    for (const socket of this.sockets) socket.destroy();
  }

  private async add(index: number, port: number, { ca, cert, key }: Identity, path: string): Promise<void> {
    const socket = connect({
      host: '127.0.0.1',
      port,
      ca,
      cert,
      key,
      servername: 'localhost',
      ALPNProtocols: ['http/1.1'],
    });
    this.sockets.push(socket);
    await new Promise<void>((resolve, reject) => socket.once('secureConnect', resolve).once('error', reject));
    socket.write(`GET ${path} HTTP/1.1\r\nhost: localhost\r\naccept: application/json\r\n\r\n`);
    await new Promise<void>((resolve, reject) => {
      socket.once('error', reject);
      socket.once('data', (head: Buffer) => {
        if (!head.toString('latin1').startsWith('HTTP/1.1 200')) return reject(new Error(head.toString()));
        resolve();
        let half = false;
        socket.on('data', (chunk: Buffer) => {
          half = this.count(index, chunk, half);
        });
      });
    });
  }

  /** @returns whether the chunk ends in the middle of an event's end */
  private count(index: number, chunk: Buffer, half: boolean): boolean {
    const now = performance.now();
    if (half && chunk[0] === 0x0a) this.got(index, now);
    for (let at = chunk.indexOf(eventEnd); at >= 0; at = chunk.indexOf(eventEnd, at + 2)) this.got(index, now);
    this.check();
    return chunk[chunk.length - 1] === 0x7d;
  }

  private got(index: number, now: number): void {
    const event = this.counts[index] as number;
    this.counts[index] = event + 1;
    const at = this.arrivals[event] ?? [];
    at.push(now);
    this.arrivals[event] = at;
  }

  private check(): void {
    const { event, resolve } = this.wanted;
    if (event === 0 || (this.arrivals[event - 1]?.length ?? 0) < this.size) return;
    this.wanted = { event: 0, resolve: () => {} };
    resolve();
  }
}
