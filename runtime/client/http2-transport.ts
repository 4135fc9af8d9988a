import { type ClientHttp2Session, type ClientHttp2Stream, connect, constants } from 'node:http2';
import type { TLSSocket } from 'node:tls';
import type { Clock, Timer } from '../util/clock';
import type { HttpAnswer, HttpRequest, Transport } from './transport';

const WINDOW = 4 * 1024 * 1024;

export interface Http2Options {
  clock: Clock;
  /** How long the connection may be silent before it is pinged, and how long the answer may take. */
  pingMs: number;
  onClose(): void;
}

/**
 * One HTTP/2 session over a connected socket. A ping after each silent `pingMs` finds a peer that vanished without
 * a word, so that a watch does not wait for ever on a dead connection.
 */
export class Http2Transport implements Transport {
  private readonly session: ClientHttp2Session;
  private timer?: Timer;
  private open = 0;
  /** Requests that the server takes at once; before it has said so, what HTTP/2 recommends as the least. */
  private most = 100;

  constructor(
    socket: TLSSocket,
    authority: string,
    private readonly options: Http2Options,
  ) {
    this.session = connect(authority, { createConnection: () => socket, settings: { initialWindowSize: WINDOW } });
    this.session.once('connect', () => this.session.setLocalWindowSize(WINDOW * 4));
    this.session.on('remoteSettings', ({ maxConcurrentStreams }) => {
      this.most = maxConcurrentStreams ?? Number.POSITIVE_INFINITY;
    });
    this.session.on('error', () => this.close());
    this.session.on('goaway', () => this.retire());
    this.session.on('close', () => this.retire());
    this.watchdog();
  }

  /** Whether the server takes no more requests on this connection for now. */
  get full(): boolean {
    return this.open >= this.most;
  }

  async send(request: HttpRequest, signal: AbortSignal): Promise<HttpAnswer> {
    signal.throwIfAborted();
    const stream = this.session.request(
      { ':method': request.method, ':path': request.path, ...request.headers },
      { endStream: request.body === undefined },
    );
    this.open++;
    stream.once('close', () => this.open--);
    const abort = () => stream.close(constants.NGHTTP2_CANCEL);
    signal.addEventListener('abort', abort, { once: true });
    stream.once('close', () => signal.removeEventListener('abort', abort));
    if (request.body !== undefined) stream.end(request.body);
    return new Promise((resolve, reject) => {
      stream.once('error', reject);
      stream.once('close', () => reject(new Error('the connection broke')));
      stream.once('response', (headers) => {
        stream.removeListener('error', reject);
        // Aborting makes the stream emit an error that nobody may be reading any more.
        stream.on('error', () => {});
        const plain: Record<string, string> = {};
        for (const [name, value] of Object.entries(headers)) {
          if (value !== undefined && !name.startsWith(':')) {
            plain[name] = Array.isArray(value) ? value.join(', ') : String(value);
          }
        }
        resolve({ status: Number(headers[':status']), headers: plain, body: chunks(stream) });
      });
    });
  }

  close(): void {
    this.retire();
    this.session.destroy();
  }

  private retire(): void {
    this.timer?.cancel();
    this.options.onClose();
  }

  private watchdog(): void {
    const { clock, pingMs } = this.options;
    this.timer = clock.after(pingMs, () => {
      if (this.session.destroyed) return;
      if (this.open === 0) return this.watchdog();
      const deadline = clock.after(pingMs, () => this.close());
      this.session.ping(() => {
        deadline.cancel();
        if (!this.session.destroyed) this.watchdog();
      });
    });
  }
}

async function* chunks(stream: ClientHttp2Stream): AsyncIterable<Uint8Array> {
  for await (const chunk of stream) yield chunk as Uint8Array;
  if (stream.rstCode !== constants.NGHTTP2_NO_ERROR) throw new Error(`the stream was reset (code ${stream.rstCode})`);
}
