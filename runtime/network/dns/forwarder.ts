import { createSocket } from 'node:dgram';
import { connect } from 'node:net';
import type { Clock } from '../../util/clock';

/** Asks somebody else: gives the raw answer, or undefined when nobody answered. Never throws. */
export interface Forwarder {
  forward(query: Buffer, tcp: boolean): Promise<Buffer | undefined>;
}

export interface UpstreamOptions {
  /** Addresses to ask, in order of preference; read for each query. `address` or `address:port`. */
  upstreams: () => string[];
  clock: Clock;
  /** How long one upstream is waited for. @default 2000 */
  timeoutMs?: number;
  /** Queries under way at most; more are refused at once. @default 1000 */
  limit?: number;
}

/** Asks the upstream servers one after the other. The one that answered last is asked first, until it fails. */
export class UpstreamForwarder implements Forwarder {
  private underWay = 0;
  private preferred = '';

  constructor(private readonly options: UpstreamOptions) {}

  async forward(query: Buffer, tcp: boolean): Promise<Buffer | undefined> {
    const { upstreams, limit = 1000 } = this.options;
    if (this.underWay >= limit) return undefined;
    this.underWay++;
    try {
      const list = upstreams();
      const order = list.includes(this.preferred)
        ? [this.preferred, ...list.filter((upstream) => upstream !== this.preferred)]
        : list;
      for (const upstream of order.slice(0, 3)) {
        const answer = await (tcp ? this.askTcp(query, upstream) : this.askUdp(query, upstream));
        if (answer) {
          this.preferred = upstream;
          return answer;
        }
        this.preferred = '';
      }
      return undefined;
    } finally {
      this.underWay--;
    }
  }

  /** A socket of its own for each query: its random port is half of the protection against forged answers. */
  private askUdp(query: Buffer, upstream: string): Promise<Buffer | undefined> {
    return new Promise((resolve) => {
      const { host, port } = splitUpstream(upstream);
      const socket = createSocket(host.includes(':') ? 'udp6' : 'udp4');
      let ended = false;
      const end = (answer?: Buffer) => {
        if (ended) return;
        ended = true;
        timer.cancel();
        socket.close();
        resolve(answer);
      };
      const timer = this.options.clock.after(this.options.timeoutMs ?? 2000, () => end());
      socket.on('error', () => end());
      socket.on('message', (message) => {
        if (answers(query, message)) end(message);
      });
      socket.connect(port, host, (error?: Error) => {
        if (error) end();
        else if (!ended) socket.send(query, (failure) => failure && end());
      });
    });
  }

  private askTcp(query: Buffer, upstream: string): Promise<Buffer | undefined> {
    return new Promise((resolve) => {
      const { host, port } = splitUpstream(upstream);
      const socket = connect({ host, port });
      let received = Buffer.alloc(0);
      const end = (answer?: Buffer) => {
        timer.cancel();
        socket.destroy();
        resolve(answer);
      };
      const timer = this.options.clock.after(this.options.timeoutMs ?? 2000, () => end());
      socket.on('error', () => end());
      socket.on('close', () => end());
      socket.on('connect', () => socket.write(frame(query)));
      socket.on('data', (data) => {
        received = Buffer.concat([received, data]);
        if (received.length < 2 || received.length < 2 + received.readUInt16BE(0)) return;
        const message = received.subarray(2, 2 + received.readUInt16BE(0));
        end(answers(query, message) ? message : undefined);
      });
    });
  }
}

/** A message as TCP carries it: with its length before it. */
export function frame(message: Buffer): Buffer {
  const length = Buffer.alloc(2);
  length.writeUInt16BE(message.length);
  return Buffer.concat([length, message]);
}

/** Whether `message` answers `query`: the same id and question. */
function answers(query: Buffer, message: Buffer): boolean {
  if (message.length < 12 || !((message[2] ?? 0) & 0x80) || message.readUInt16BE(0) !== query.readUInt16BE(0))
    return false;
  // Some servers leave the question out of an error.
  if (message.readUInt16BE(4) === 0) return true;
  let end = 12;
  while ((query[end] ?? 0) !== 0) end += 1 + (query[end] ?? 0);
  const asked = query
    .subarray(12, end + 5)
    .toString('latin1')
    .toLowerCase();
  return (
    message
      .subarray(12, end + 5)
      .toString('latin1')
      .toLowerCase() === asked
  );
}

function splitUpstream(upstream: string): { host: string; port: number } {
  const match = /^(.*):(\d+)$/.exec(upstream);
  if (!match || (match[1]?.includes(':') && !match[1].startsWith('['))) return { host: upstream, port: 53 };
  return { host: (match[1] ?? '').replace(/^\[|\]$/g, ''), port: Number(match[2]) };
}
