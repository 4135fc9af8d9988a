import { constants } from 'node:crypto';
import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import {
  createSecureServer,
  type Http2SecureServer,
  type Http2ServerRequest,
  type Http2ServerResponse,
  type ServerHttp2Session,
} from 'node:http2';
import type { AddressInfo, Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { TLSSocket } from 'node:tls';
import type { KeyPair } from '../../pki/pki';
import type { Clock, Timer } from '../../util/clock';
import { userOfSocket } from '../auth/authn/client-certificate';
import { anonymous, type User } from '../auth/user';
import type { Connections } from './connections';
import type { Handler } from './handler';
import { closeWhenIdle } from './idle-session';
import type { Limits } from './limits';
import type { NodeConnections } from './node-connections';
import { endFloods } from './session-floods';

export interface ListenerOptions {
  caCert: string;
  serving: KeyPair;
  handler: Handler;
  nodes: NodeConnections;
  connections: Connections;
  limits: Pick<Limits, 'connections' | 'handshakeMs' | 'headersMs'>;
  clock: Clock;
}

const requestTimeoutMs = 60_000;
const idleKeepAliveMs = 75_000;
/** Of one request, together. HTTP/1.1 has Node.js' own bound, 16 KiB. */
const maxHeaderBytes = 64 * 1024;
/** As in Kubernetes: of one HTTP/2 connection. A client that wants more requests at once opens another. */
const maxConcurrentStreams = 100;
/** A node that died without a word is noticed by its missing answers to pings. */
const pingMs = 2000;

/** The API's one port: HTTPS, HTTP/2 and HTTP/1.1. Client certificates are asked for, not demanded. */
export class Listener {
  private readonly server: Http2SecureServer;
  private readonly sockets = new Set<TLSSocket>();
  private readonly sessions = new Set<ServerHttp2Session>();
  private inFlight = 0;
  private drained: (() => void) | undefined;

  constructor(private readonly options: ListenerOptions) {
    const { caCert, serving, handler, nodes, connections, limits } = options;
    this.server = createSecureServer({
      allowHTTP1: true,
      handshakeTimeout: limits.handshakeMs,
      minVersion: 'TLSv1.2',
      requestCert: true,
      rejectUnauthorized: false,
      // A resumed session would not show its certificate again.
      secureOptions: constants.SSL_OP_NO_TICKET,
      ca: caCert,
      ...serving,
      settings: { maxConcurrentStreams, initialWindowSize: 1024 * 1024, maxHeaderListSize: maxHeaderBytes },
    });
    Object.assign(this.server, {
      headersTimeout: limits.headersMs,
      requestTimeout: requestTimeoutMs,
      keepAliveTimeout: idleKeepAliveMs,
      // How often the two before are looked at, so by how much they may be exceeded.
      connectionsCheckingInterval: limits.headersMs / 4,
      // Beyond what is counted here a connection is closed before anything is made for it.
      maxConnections: limits.connections,
    });
    this.server.on('connection', (socket: Socket) => connections.add(socket));
    this.server.on('secureConnection', (socket: TLSSocket) => {
      socket.setNoDelay(true);
      this.sockets.add(socket);
      socket.once('close', () => this.sockets.delete(socket));
      const user = userOf(socket);
      if (user !== anonymous && !connections.identify(socket, socket, user)) {
        socket.destroy();
        return;
      }
      nodes.follow(socket);
    });
    this.server.on('session', (session) => this.keep(session));
    this.server.on('request', (request: Http2ServerRequest, response: Http2ServerResponse) => {
      this.inFlight++;
      response.once('close', () => {
        this.inFlight--;
        if (this.inFlight === 0) this.drained?.();
      });
      void handler.handle(request, response);
    });
    this.server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
      void handler.upgrade(request, socket, head);
    });
    // A client that speaks no TLS, or goes away in the handshake, is no concern of anybody else.
    this.server.on('tlsClientError', (_error, socket) => socket.destroy());
  }

  async listen(port: number, address: string): Promise<{ port: number }> {
    this.server.listen(port, address);
    await once(this.server, 'listening');
    return { port: (this.server.address() as AddressInfo).port };
  }

  /** Serves new connections with another certificate. */
  renew(serving: KeyPair): void {
    this.server.setSecureContext({ ...serving, ca: this.options.caCert, secureOptions: constants.SSL_OP_NO_TICKET });
  }

  /** Takes no new connections, lets requests in flight finish, at most until `deadline` resolves, and ends the rest. */
  async close(deadline: Promise<void>): Promise<void> {
    const closed = new Promise<void>((resolve) => this.server.close(() => resolve()));
    for (const session of this.sessions) session.close();
    if (this.inFlight > 0) {
      await Promise.race([new Promise<void>((resolve) => (this.drained = resolve)), deadline]);
    }
    for (const session of this.sessions) session.destroy();
    for (const socket of this.sockets) socket.destroy();
    await closed;
  }

  private keep(session: ServerHttp2Session): void {
    this.sessions.add(session);
    let timer: Timer | undefined;
    const ping = () => {
      // Destroyed, and its socket not closed yet: to ping it now would throw.
      if (session.destroyed) return;
      timer = this.options.clock.after(pingMs, () => session.destroy());
      session.ping(() => {
        timer?.cancel();
        if (!session.destroyed) timer = this.options.clock.after(pingMs, ping);
      });
    };
    ping();
    const forgetIdle = closeWhenIdle(session, this.options.clock);
    endFloods(session, this.options.clock);
    session.once('close', () => {
      timer?.cancel();
      forgetIdle();
      this.sessions.delete(session);
    });
    session.on('error', () => session.destroy());
  }
}

/** Whose certificate it is; a bad one is told so when it is used for a request. */
function userOf(socket: TLSSocket): User {
  try {
    return userOfSocket(socket);
  } catch {
    return anonymous;
  }
}
