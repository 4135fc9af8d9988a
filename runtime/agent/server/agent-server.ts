import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer, type Server } from 'node:https';
import type { Duplex } from 'node:stream';
import type { TLSSocket } from 'node:tls';
import type { WebSocketServer } from 'ws';
import { type ContainerEngine, type ContainerInfo, EngineError } from '../../engine/engine';
import type { StatsSummary } from '../../kube/stats-summary';
import type { Clock } from '../../util/clock';
import type { Logger } from '../../util/logger';
import type { PodWorker } from '../pod/pod-worker';
import { execProtocols, serveExec } from './exec-socket';
import { BadRequest, flag, logOptions } from './log-request';

/** The agent's serving certificate, and the CA whose clients it answers. PEM. */
export interface ServerIdentity {
  ca: string;
  cert: string;
  key: string;
}

export interface AgentServerOptions {
  engine: ContainerEngine;
  /** What the node and its containers use. */
  usage(): Promise<StatsSummary>;
  find(namespace: string, name: string): Pick<PodWorker, 'containerOf'> | undefined;
  clock: Clock;
  logger: Logger;
}

/** Who may ask: the API server, by the names that its client certificate may have, and administrators. */
const allowedNames = ['system:apiserver', 'kube-apiserver'];
const allowedGroup = 'system:masters';
/** Of what a client of exec sends at once; kubectl's messages have 32 KiB. */
const maxMessageBytes = 8 << 20;

/**
 * The agent's own API, for the API server: logs and exec of the node's pods, and what they use. HTTPS with client certificates of the
 * cluster's CA; a node's certificate is one of them and is still refused.
 */
export class AgentServer {
  private server?: Server;
  private sockets?: WebSocketServer;
  private readonly open = new Set<Duplex>();

  constructor(private readonly options: AgentServerOptions) {}

  /** Listens on all addresses; gives the port. */
  async listen(port: number, identity: ServerIdentity): Promise<number> {
    const server = createServer({ ...identity, requestCert: true, rejectUnauthorized: true, minVersion: 'TLSv1.2' });
    this.server = server;
    server.on('request', (request, response) => void this.handle(request, response));
    server.on('upgrade', (request, socket, head) => this.upgrade(request, socket, head));
    server.on('secureConnection', (socket) => {
      this.open.add(socket);
      socket.on('close', () => this.open.delete(socket));
      socket.on('error', () => {});
    });
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(port, resolve);
    });
    const address = server.address();
    return typeof address === 'object' && address ? address.port : port;
  }

  /** New connections get the new certificate. */
  setIdentity(identity: ServerIdentity): void {
    this.server?.setSecureContext(identity);
  }

  async close(): Promise<void> {
    const { server } = this;
    if (!server) return;
    const closed = new Promise<void>((resolve) => server.close(() => resolve()));
    for (const socket of this.open) socket.destroy();
    await closed;
  }

  private async handle(request: IncomingMessage, response: ServerResponse): Promise<unknown> {
    try {
      const { parts, query } = parse(request);
      if (!isAllowed(request)) return answer(response, 403, 'Forbidden: only the API server may ask this');
      if (request.method !== 'GET') return answer(response, 405, 'only GET is served');
      if (parts[0] === 'healthz' && parts.length === 1) return answer(response, 200, 'ok');
      if (parts[0] === 'containerLogs' && parts.length === 4) return await this.logs(parts, query, request, response);
      if (parts.join('/') === 'stats/summary') return await this.stats(response);
      if (parts[0] === 'exec') return answer(response, 400, 'Upgrade request required');
      return answer(response, 404, '404 page not found');
    } catch (error) {
      return answerError(response, error);
    }
  }

  private async logs(
    parts: string[],
    query: URLSearchParams,
    request: IncomingMessage,
    response: ServerResponse,
  ): Promise<void> {
    const { engine, clock } = this.options;
    const options = logOptions(query, clock.now());
    const container = this.containerOf(parts, options.previous);
    const abort = new AbortController();
    request.on('close', () => abort.abort());
    const stream = await engine.logs(container.id, { ...options, signal: abort.signal });
    response.writeHead(200, { 'Content-Type': 'text/plain', 'Cache-Control': 'no-cache, private' });
    response.flushHeaders();
    response.on('close', () => stream.destroy());
    stream.on('error', () => response.end());
    stream.pipe(response);
  }

  private async stats(response: ServerResponse): Promise<void> {
    const summary = await this.options.usage();
    response.writeHead(200, { 'Content-Type': 'application/json' }).end(JSON.stringify(summary));
  }

  private upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): unknown {
    const refuse = (status: string, message: string) => {
      const length = Buffer.byteLength(message);
      return socket.end(
        `HTTP/1.1 ${status}\r\nContent-Type: text/plain\r\nContent-Length: ${length}\r\nConnection: close\r\n\r\n${message}`,
      );
    };
    try {
      const { parts, query } = parse(request);
      if (!isAllowed(request)) return refuse('403 Forbidden', 'Forbidden: only the API server may ask this');
      if (parts[0] !== 'exec' || parts.length !== 4) return refuse('404 Not Found', '404 page not found');
      const container = this.containerOf(parts, false);
      const command = query.getAll('command');
      if (!command.length) return refuse('400 Bad Request', 'you must specify at least 1 command for the container');
      if (container.state !== 'running') return refuse('400 Bad Request', `container ${container.name} is not running`);
      const asked = (request.headers['sec-websocket-protocol'] ?? '').split(',').map((protocol) => protocol.trim());
      if (!execProtocols.some((protocol) => asked.includes(protocol)))
        return refuse(
          '400 Bad Request',
          `unable to negotiate protocol: client supports [${asked}], server supports [${execProtocols}]`,
        );
      const [stdin, stdout, stderr, tty] = ['stdin', 'stdout', 'stderr', 'tty'].map((name) => flag(query, name)) as [
        boolean,
        boolean,
        boolean,
        boolean,
      ];
      return this.webSockets().handleUpgrade(request, socket, head, (websocket) => {
        void serveExec(this.options.engine, websocket, {
          containerId: container.id,
          command,
          stdin,
          stdout,
          stderr,
          tty,
        });
      });
    } catch (error) {
      const bad = error instanceof BadRequest || error instanceof NotFound;
      return refuse(
        bad ? '404 Not Found' : '500 Internal Server Error',
        error instanceof Error ? error.message : String(error),
      );
    }
  }

  private containerOf([, namespace = '', pod = '', name = '']: string[], previous: boolean): ContainerInfo {
    const worker = this.options.find(namespace, pod);
    if (!worker) throw new NotFound(`pod "${namespace}/${pod}" not found on this node`);
    const container = worker.containerOf(name, previous);
    if (container) return container;
    if (previous) throw new BadRequest(`previous terminated container "${name}" in pod "${pod}" not found`);
    throw new BadRequest(`container "${name}" in pod "${pod}" is waiting to start: ContainerCreating`);
  }

  private webSockets(): WebSocketServer {
    if (!this.sockets) {
      // Loaded with the first exec: an agent that serves none stays smaller.
      const { WebSocketServer: Sockets } = require('ws') as typeof import('ws');
      const choose = (offered: Set<string>) => execProtocols.find((protocol) => offered.has(protocol)) ?? false;
      this.sockets = new Sockets({
        noServer: true,
        perMessageDeflate: false,
        maxPayload: maxMessageBytes,
        handleProtocols: choose,
      });
    }
    return this.sockets;
  }
}

class NotFound extends Error {}

function parse(request: IncomingMessage): { parts: string[]; query: URLSearchParams } {
  const url = new URL(request.url ?? '/', 'https://agent');
  try {
    return { parts: url.pathname.split('/').slice(1).map(decodeURIComponent), query: url.searchParams };
  } catch {
    throw new BadRequest('the path is not well encoded');
  }
}

function isAllowed(request: IncomingMessage): boolean {
  const { subject } = (request.socket as TLSSocket).getPeerCertificate();
  const all = (value: unknown): unknown[] => [value].flat();
  return all(subject?.O).includes(allowedGroup) || allowedNames.some((name) => all(subject?.CN).includes(name));
}

function answerError(response: ServerResponse, error: unknown): ServerResponse {
  if (error instanceof BadRequest) return answer(response, 400, error.message);
  if (error instanceof NotFound) return answer(response, 404, error.message);
  const missing = error instanceof EngineError && error.code === 'not-found';
  return answer(response, missing ? 404 : 500, error instanceof Error ? error.message : String(error));
}

function answer(response: ServerResponse, status: number, text: string): ServerResponse {
  if (response.headersSent) return response.destroy();
  return response.writeHead(status, { 'Content-Type': 'text/plain' }).end(text);
}
