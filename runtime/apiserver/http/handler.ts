import type { IncomingMessage } from 'node:http';
import { constants } from 'node:http2';
import type { Duplex } from 'node:stream';
import { isStatusError, StatusError } from '../../kube/status-error';
import type { Clock } from '../../util/clock';
import type { Logger } from '../../util/logger';
import type { Auditor } from '../audit/auditor';
import { sourceIps, userAgentOf } from '../audit/event';
import type { Caller, RequestAudit } from '../audit/record';
import type { Authentication } from '../auth/authn/authenticator';
import { impersonationOf } from '../auth/authn/impersonation';
import { unauthorized } from '../auth/authn/unauthorized';
import type { Authorization } from '../auth/authz/authorization';
import type { Attributes } from '../auth/authz/authorizer';
import { denied } from '../auth/authz/denied';
import { isOpen } from '../auth/authz/open-paths';
import { anonymous, type User } from '../auth/user';
import { tooManyRequests } from '../fairness/dispatcher';
import type { Classified, Fairness } from '../fairness/fairness';
import type { Connections } from './connections';
import { destroyLater, isLongRunning, timeoutOf, withDeadline } from './deadline';
import { type Exchange, type Request, type Response, sendError } from './exchange';
import { parseRequest, type RequestInfo } from './request-info';
import type { ResourceHandler } from './resource-handler';
import type { SystemHandler } from './system-handler';

interface Parts {
  logger: Logger;
  clock: Clock;
  authentication: Authentication;
  authorization: Authorization;
  resources: ResourceHandler;
  system: SystemHandler;
  audit: Pick<Auditor, 'begin'>;
  fairness: Pick<Fairness, 'enter'>;
  connections: Pick<Connections, 'identify'>;
}

/** Every request's way: parse, authenticate, wait for its turn, authorize, answer. */
export class Handler {
  constructor(private readonly parts: Parts) {}

  async handle(request: Request, response: Response): Promise<void> {
    const { logger } = this.parts;
    const warnings: string[] = [];
    const closed = new Promise<void>((resolve) => response.once('close', resolve));
    endBodyWithAnswer(this.parts.clock, request);
    const audit = this.parts.audit.begin(callerOf(request));
    try {
      if (audit.auditId) response.setHeader('audit-id', audit.auditId);
      const info = parseRequest(request.method ?? 'GET', request.url ?? '/');
      audit.parsed(info);
      const user = await this.identifyOn(request, response, info, audit);
      const exchange: Exchange = { request, response, info, user, warnings, audit, closed, begun: () => {} };
      if (isLongRunning(info)) await this.answer(exchange);
      else await withDeadline(this.parts.clock, timeoutOf(info), response, () => this.answer(exchange));
    } catch (error) {
      if (!isStatusError(error) || error.code >= 500) {
        const { method } = request;
        const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
        logger.error({ method, path: request.url?.split('?', 1)[0], error: text }, 'a request failed');
      }
      audit.failed(error);
      // Whoever does not take the answer keeps neither the request nor its connection for long.
      destroyLater(this.parts.clock, response);
      if (!response.headersSent) await sendError({ request, response, warnings, audit }, error);
      else response.destroy();
    }
    void closed.then(() => audit.complete(response.statusCode));
  }

  /** Answers when it is the request's turn. */
  private async answer(exchange: Exchange): Promise<void> {
    const { fairness, resources, system } = this.parts;
    const { response, user, info, audit, closed } = exchange;
    const tell = (flow: Classified) => {
      response.setHeader('x-kubernetes-pf-flowschema-uid', flow.flowSchemaUid);
      response.setHeader('x-kubernetes-pf-prioritylevel-uid', flow.priorityLevelUid);
    };
    exchange.begun = await fairness.enter(user, info, tell, (fn) => void closed.then(fn));
    // An answer in the server's memory is work that is not done, so that its seats are held until it is sent.
    void closed.then(exchange.begun);
    await this.authorize(user, info, audit);
    if (info.resource) await resources.handle(exchange, info.resource);
    else await system.handle(exchange);
  }

  /** A connection that asks to be something else than HTTP: an exec session, or nothing that we serve. */
  async upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
    socket.on('error', () => socket.destroy());
    const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()));
    const audit = this.parts.audit.begin(callerOf(request));
    try {
      const info = parseRequest(request.method ?? 'GET', request.url ?? '/');
      audit.parsed(info);
      const user = await this.identify(request, info, audit);
      await this.authorize(user, info, audit);
      await this.parts.resources.upgrade(request, socket, head, { info, user, closed });
      audit.started(101);
    } catch (error) {
      audit.failed(error);
      const status = isStatusError(error) ? error : new StatusError('InternalError', 'Internal error occurred');
      const body = JSON.stringify(status.toStatus());
      socket.end(
        `HTTP/1.1 ${status.code} ${status.reason}\r\ncontent-type: application/json\r\nconnection: close\r\n` +
          `content-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
      );
      destroyLater(this.parts.clock, socket);
    }
    void closed.then(() => audit.complete(101));
  }

  /** Lets nobody keep a connection for many requests who is nobody, or has too many already. */
  private async identifyOn(
    request: Request,
    response: Response,
    info: RequestInfo,
    audit: RequestAudit,
  ): Promise<User> {
    try {
      const user = await this.identify(request, info, audit);
      if (user === anonymous) endConnection(request, response);
      return user;
    } catch (error) {
      if (isStatusError(error) && [401, 429].includes(error.code)) endConnection(request, response);
      throw error;
    }
  }

  /** As whom the request goes on: its sender, or whom he impersonates. @throws StatusError 401, 403 */
  private async identify(request: Request, info: RequestInfo, audit: RequestAudit): Promise<User> {
    const user = await this.authenticate(request, info);
    audit.authenticated(user);
    if (user !== anonymous && !this.parts.connections.identify(carrierOf(request), request.socket, user)) {
      throw tooManyRequests();
    }
    return this.impersonate(user, request, audit);
  }

  /** @throws StatusError 403 */
  private async authorize(user: User, info: RequestInfo, audit: RequestAudit): Promise<void> {
    const decision = await this.parts.authorization.decide(user, info);
    audit.annotate('authorization.k8s.io/decision', decision.allowed ? 'allow' : 'forbid');
    audit.annotate('authorization.k8s.io/reason', decision.reason);
    if (!decision.allowed) throw denied(user, info, decision.reason);
  }

  /** Somebody who says not who he is gets what is open, and no answer to anything else. */
  private async authenticate(request: Request, { path }: RequestInfo): Promise<User> {
    // On /join a bearer token is looked at by the handler itself, which knows what it is good for.
    if (path === '/join' && request.headers.authorization?.startsWith('Bearer ')) return anonymous;
    const user = await this.parts.authentication.authenticate(request);
    if (user === anonymous && !isOpen(path)) throw unauthorized();
    return user;
  }

  /** As whom a request goes on: its sender, or somebody whom he may impersonate and asks to be. */
  private async impersonate(user: User, request: Request, audit: RequestAudit): Promise<User> {
    const asked = impersonationOf(request);
    if (!asked) return user;
    for (const resource of asked.needs) {
      const attributes: Attributes = { verb: 'impersonate', path: '', resource };
      const decision = await this.parts.authorization.decide(user, attributes);
      if (!decision.allowed) throw denied(user, attributes, decision.reason);
    }
    audit.impersonating(asked.user);
    return asked.user;
  }
}

/** What all requests of a connection have in common. */
function carrierOf(request: Request): object {
  return 'stream' in request ? (request.stream.session ?? request.socket) : request.socket;
}

/** Takes no further requests on an HTTP/2 connection, as Kubernetes does with those of nobody (CVE-2023-44487). */
function endConnection(request: Request, response: Response): void {
  const session = 'stream' in request ? request.stream.session : undefined;
  if (session) response.once('close', () => session.close());
}

/** How long a client may go on to send the body of a request that is answered. */
const restOfBodyMs = 1000;

/** An answered request is over: a client that still sends its body over HTTP/2 is told to stop. */
function endBodyWithAnswer(clock: Clock, request: Request): void {
  if (!('stream' in request) || request.stream.endAfterHeaders) return;
  const { stream } = request;
  // The stream's own event: the one of Node.js' response over HTTP/2 comes when the stream is closed. It comes before
  // the answer's last frame, which a reset must not overtake.
  stream.once('finish', () => {
    const timer = clock.after(restOfBodyMs, () => {
      if (!stream.destroyed && stream.state.remoteClose === 0) stream.close(constants.NGHTTP2_NO_ERROR);
    });
    stream.once('close', () => timer.cancel());
  });
}

/** What is known of a request before it is looked into. */
function callerOf(request: Request): Caller {
  const { headers } = request;
  const given = headers['audit-id'];
  return {
    auditId: typeof given === 'string' && /^[\x21-\x7e]{1,64}$/.test(given) ? given : undefined,
    requestUri: request.url ?? '/',
    method: request.method ?? 'GET',
    sourceIps: sourceIps(headers['x-forwarded-for']?.toString(), request.socket.remoteAddress),
    userAgent: userAgentOf(headers['user-agent']),
  };
}
