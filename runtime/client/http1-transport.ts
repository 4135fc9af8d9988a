import type { IncomingMessage } from 'node:http';
import { Agent, request as httpRequest } from 'node:https';
import type { Duplex } from 'node:stream';
import type { TLSSocket } from 'node:tls';
import type { HttpAnswer, HttpRequest, Transport } from './transport';

/** HTTP/1.1 over kept-alive connections, for a server (or a proxy before it) that does not speak HTTP/2. */
export class Http1Transport implements Transport {
  private readonly agent = new Agent({ keepAlive: true });

  constructor(
    /** A connection that is already open; the first request takes it. */
    private first: TLSSocket | undefined,
    private readonly authority: string,
    private readonly open: () => Promise<TLSSocket>,
  ) {
    const agent = this.agent as unknown as {
      createConnection(options: unknown, done: (error: Error | null, socket?: Duplex) => void): Duplex | undefined;
    };
    agent.createConnection = (_options, done) => {
      const ready = this.first;
      this.first = undefined;
      if (ready && !ready.destroyed) return ready;
      this.open().then(
        (socket) => done(null, socket),
        (error) => done(error instanceof Error ? error : new Error(String(error))),
      );
      return undefined;
    };
  }

  send(request: HttpRequest, signal: AbortSignal): Promise<HttpAnswer> {
    const url = new URL(request.path, this.authority);
    const headers = { ...request.headers, ...(request.body === undefined ? {} : lengthOf(request.body)) };
    return new Promise((resolve, reject) => {
      const outgoing = httpRequest(url, { method: request.method, headers, agent: this.agent, signal }, (answer) => {
        answer.on('error', () => {});
        resolve({ status: answer.statusCode ?? 0, headers: plain(answer), body: answer });
      });
      outgoing.on('error', reject);
      outgoing.end(request.body);
    });
  }

  close(): void {
    this.first?.destroy();
    this.agent.destroy();
  }
}

function lengthOf(body: string): Record<string, string> {
  return { 'content-length': String(Buffer.byteLength(body)) };
}

function plain(answer: IncomingMessage): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(answer.headers)) {
    if (value !== undefined) headers[name] = Array.isArray(value) ? value.join(', ') : value;
  }
  return headers;
}
