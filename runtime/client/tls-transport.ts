import type { TLSSocket } from 'node:tls';
import type { Clock } from '../util/clock';
import { openTls, type ServerAddress } from './connect';
import { Http1Transport } from './http1-transport';
import { Http2Transport } from './http2-transport';
import type { HttpAnswer, HttpRequest, Transport } from './transport';

export interface TlsTransportOptions {
  clock: Clock;
  /** @default 10000 - milliseconds for TCP and TLS */
  connectTimeoutMs?: number;
  /** @default 5000 - see Http2Options */
  pingMs?: number;
}

/**
 * Connects when first needed and again after a connection broke; speaks HTTP/2 where the server takes it,
 * HTTP/1.1 otherwise. It does not retry a request: only the caller knows whether that is safe.
 */
export class TlsTransport implements Transport {
  private current?: Promise<Transport>;
  private closed = false;

  constructor(
    private readonly address: ServerAddress,
    private readonly options: TlsTransportOptions,
  ) {}

  async send(request: HttpRequest, signal: AbortSignal): Promise<HttpAnswer> {
    if (this.closed) throw new Error('the client is closed');
    this.current ??= this.connect();
    const transport = await untilAborted(this.current, signal);
    return transport.send(request, signal);
  }

  close(): void {
    this.closed = true;
    this.current?.then(
      (transport) => transport.close(),
      () => {},
    );
    this.current = undefined;
  }

  private connect(): Promise<Transport> {
    const forget = () => {
      if (this.current === attempt) this.current = undefined;
    };
    const attempt: Promise<Transport> = this.open().then((socket) => {
      if (socket.alpnProtocol !== 'h2') return new Http1Transport(socket, this.address.server, () => this.open());
      const { clock, pingMs = 5_000 } = this.options;
      return new Http2Transport(socket, this.address.server, { clock, pingMs, onClose: forget });
    });
    attempt.catch(forget);
    return attempt;
  }

  private async open(): Promise<TLSSocket> {
    const limit = new AbortController();
    const timer = this.options.clock.after(this.options.connectTimeoutMs ?? 10_000, () => limit.abort());
    try {
      return await openTls(this.address, limit.signal);
    } finally {
      timer.cancel();
    }
  }
}

function untilAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = () => reject(signal.reason);
    if (signal.aborted) return abort();
    signal.addEventListener('abort', abort, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort));
  });
}
