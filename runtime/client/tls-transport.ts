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
 * HTTP/1.1 otherwise. Where the server takes no more requests on a connection, another is opened. It does not retry a request: only the caller knows whether that is safe.
 */
export class TlsTransport implements Transport {
  private readonly open = new Set<Transport>();
  private connecting?: Promise<void>;
  private closed = false;

  constructor(
    private readonly address: ServerAddress,
    private readonly options: TlsTransportOptions,
  ) {}

  async send(request: HttpRequest, signal: AbortSignal): Promise<HttpAnswer> {
    for (;;) {
      if (this.closed) throw new Error('the client is closed');
      for (const transport of this.open) if (!transport.full) return transport.send(request, signal);
      this.connecting ??= this.connect().finally(() => (this.connecting = undefined));
      await untilAborted(this.connecting, signal);
    }
  }

  close(): void {
    this.closed = true;
    for (const transport of [...this.open]) transport.close();
  }

  private async connect(): Promise<void> {
    const socket = await this.openSocket();
    const transport = this.speak(socket);
    if (this.closed) transport.close();
    else this.open.add(transport);
  }

  private speak(socket: TLSSocket): Transport {
    const { server } = this.address;
    if (socket.alpnProtocol !== 'h2') return new Http1Transport(socket, server, () => this.openSocket());
    const { clock, pingMs = 5_000 } = this.options;
    const transport: Transport = new Http2Transport(socket, server, {
      clock,
      pingMs,
      onClose: () => this.open.delete(transport),
    });
    return transport;
  }

  private async openSocket(): Promise<TLSSocket> {
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
