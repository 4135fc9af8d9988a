import type { IncomingMessage } from 'node:http';
import { constants } from 'node:http2';
import type { Duplex } from 'node:stream';
import { isStatusError, StatusError } from '../../kube/status-error';
import type { Clock } from '../../util/clock';
import type { Logger } from '../../util/logger';
import type { Auditor } from '../audit/auditor';
import { sourceIps, userAgentOf } from '../audit/event';
import type { Caller, RequestAudit } from '../audit/record';
import { authenticate } from '../auth/authenticate';
import { authorize, type NodeFacts } from '../auth/authorizer';
import { anonymous, type User } from '../auth/user';
import type { Classified, Fairness } from '../fairness/fairness';
import { isLongRunning, timeoutOf, withDeadline } from './deadline';
import { type Exchange, type Request, type Response, sendError } from './exchange';
import { parseRequest, type RequestInfo } from './request-info';
import type { ResourceHandler } from './resource-handler';
import type { SystemHandler } from './system-handler';

interface Parts {
  logger: Logger;
  clock: Clock;
  facts: NodeFacts;
  resources: ResourceHandler;
  system: SystemHandler;
  audit: Pick<Auditor, 'begin'>;
  fairness: Pick<Fairness, 'enter'>;
}

/** Every request's way: parse, authenticate, wait for its turn, authorize, answer. */
export class Handler {
  constructor(private readonly parts: Parts) {}

  async handle(request: Request, response: Response): Promise<void> {
    const { logger } = this.parts;
    const warnings: string[] = [];
    const closed = new Promise<void>((resolve) => response.once('close', resolve));
    response.once('finish', () => endBody(request));
    const audit = this.parts.audit.begin(callerOf(request));
    try {
      if (audit.auditId) response.setHeader('audit-id', audit.auditId);
      const info = parseRequest(request.method ?? 'GET', request.url ?? '/');
      audit.parsed(info);
      const user = info.path === '/join' ? this.joiner(request) : this.authenticate(request);
      audit.authenticated(user);
      const exchange: Exchange = { request, response, info, user, warnings, audit, begun: () => {} };
      if (isLongRunning(info)) await this.answer(exchange, closed);
      else await withDeadline(this.parts.clock, timeoutOf(info), response, () => this.answer(exchange, closed));
    } catch (error) {
      if (!isStatusError(error) || error.code >= 500) {
        const { method } = request;
        const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
        logger.error({ method, path: request.url?.split('?', 1)[0], error: text }, 'a request failed');
      }
      audit.failed(error);
      if (!response.headersSent) await sendError({ request, response, warnings, audit }, error);
      else response.destroy();
    }
    void closed.then(() => audit.complete(response.statusCode));
  }

  /** Answers when it is the request's turn. */
  private async answer(exchange: Exchange, closed: Promise<void>): Promise<void> {
    const { fairness, resources, system } = this.parts;
    const { response, user, info, audit } = exchange;
    const tell = (flow: Classified) => {
      response.setHeader('x-kubernetes-pf-flowschema-uid', flow.flowSchemaUid);
      response.setHeader('x-kubernetes-pf-prioritylevel-uid', flow.priorityLevelUid);
    };
    exchange.begun = await fairness.enter(user, info, tell, (fn) => void closed.then(fn));
    // An answer in the server's memory is work that is not done, so that its seats are held until it is sent.
    void closed.then(exchange.begun);
    this.authorize(user, info, audit);
    if (info.resource) await resources.handle(exchange, info.resource);
    else await system.handle(exchange);
  }

  /** A connection that asks to be something else than HTTP: an exec session, or nothing that we serve. */
  async upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
    socket.on('error', () => socket.destroy());
    const closed = new Promise((resolve) => socket.once('close', resolve));
    const audit = this.parts.audit.begin(callerOf(request));
    try {
      const info = parseRequest(request.method ?? 'GET', request.url ?? '/');
      audit.parsed(info);
      const user = this.authenticate(request);
      // Running a command is a write, whatever the method of the handshake.
      if (info.resource?.subresource === 'exec') info.verb = 'create';
      audit.authenticated(user);
      this.authorize(user, info, audit);
      await this.parts.resources.upgrade(request, socket, head, info);
      audit.started(101);
    } catch (error) {
      audit.failed(error);
      const status = isStatusError(error) ? error : new StatusError('InternalError', 'Internal error occurred');
      const body = JSON.stringify(status.toStatus());
      socket.end(
        `HTTP/1.1 ${status.code} ${status.reason}\r\ncontent-type: application/json\r\nconnection: close\r\n` +
          `content-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
      );
    }
    void closed.then(() => audit.complete(101));
  }

  private authenticate(request: Request): User {
    return authenticate(request, this.parts.clock.now());
  }

  /** On /join a bearer token is looked at by the handler itself, which knows what it is good for. */
  private joiner(request: Request): User {
    return request.headers.authorization?.startsWith('Bearer ') ? anonymous : this.authenticate(request);
  }

  private authorize(user: User, info: RequestInfo, audit: RequestAudit): void {
    const verb = info.resource?.subresource === 'exec' ? 'create' : info.verb;
    const decision = authorize(user, { ...info, verb }, this.parts.facts);
    audit.annotate('authorization.k8s.io/decision', decision.allowed ? 'allow' : 'forbid');
    audit.annotate('authorization.k8s.io/reason', decision.allowed ? '' : decision.reason);
    if (!decision.allowed) throw denied(user, info, decision.reason);
  }
}

/** An answered request is over: a client that still sends its body over HTTP/2 is told to stop. */
function endBody(request: Request): void {
  if ('stream' in request && !request.complete) request.stream.close(constants.NGHTTP2_NO_ERROR);
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

function denied(user: User, { verb, resource, path }: RequestInfo, reason: string): StatusError {
  const because = reason ? `: ${reason}` : '';
  const who = `User ${JSON.stringify(user.name)} cannot ${verb}`;
  if (!resource) return new StatusError('Forbidden', `forbidden: ${who} path ${JSON.stringify(path)}${because}`, {});
  const { group, plural, name, namespace, subresource } = resource;
  const what = subresource ? `${plural}/${subresource}` : plural;
  const scope = namespace ? `in the namespace ${JSON.stringify(namespace)}` : 'at the cluster scope';
  const object = `${group ? `${plural}.${group}` : plural}${name ? ` ${JSON.stringify(name)}` : ''}`;
  const message = `${object} is forbidden: ${who} resource ${JSON.stringify(what)} in API group ${JSON.stringify(group)} ${scope}${because}`;
  return new StatusError('Forbidden', message, {
    ...(name ? { name } : {}),
    ...(group ? { group } : {}),
    kind: plural,
  });
}
