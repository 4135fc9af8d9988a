import type { IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { connect } from 'node:tls';
import type { Node, Pod } from '../../kube/generated/types';
import { nodes } from '../../kube/resource';
import { StatusError } from '../../kube/status-error';
import type { KeyPair } from '../../pki/pki';
import type { Clock } from '../../util/clock';
import type { Shares } from '../../util/shares';
import type { User } from '../auth/user';
import { tooManyRequests } from '../fairness/dispatcher';
import type { Exchange } from '../http/exchange';
import type { RequestInfo } from '../http/request-info';
import type { RegistryContext, Target } from '../registry/context';
import { notFound } from '../registry/errors';
import { cachedObject } from '../registry/read';
import { objectKey, resourcePrefix } from '../registry/store-key';
import { containerOf, endpointOf, type NodeEndpoint } from './node-address';

export interface NodeProxyOptions {
  context: Pick<RegistryContext, 'cache'>;
  clock: Clock;
  /** PEM of the CA whose certificates agents have. */
  caCert: string;
  /** The server's client certificate toward agents; asked for each connection, since it is renewed. */
  clientCertificate(): KeyPair;
  /** Opens a TCP connection to an agent. @default node:net */
  dial?(endpoint: NodeEndpoint): Socket;
  /** Each log stream and exec session takes one. */
  sessions: Shares;
}

/** What is known of a request that asks for a connection of its own. */
export type Upgrade = Pick<Exchange, 'info' | 'user' | 'closed'>;

const logQuery = ['follow', 'previous', 'sinceSeconds', 'sinceTime', 'timestamps', 'tailLines', 'limitBytes', 'stream'];
const execQuery = ['command', 'stdin', 'stdout', 'stderr', 'tty'];
const upgradeHeaders = [
  'sec-websocket-key',
  'sec-websocket-version',
  'sec-websocket-protocol',
  'sec-websocket-extensions',
];
const answerTimeoutMs = 10_000;
const maxErrorBytes = 4096;
const maxAnswerBytes = 8 << 20;

/** Carries logs and exec sessions between clients and the agents of the nodes where pods run, and asks agents. */
export class NodeProxy {
  constructor(private readonly options: NodeProxyOptions) {}

  /** Streams a container's log (`pods/log`) until it or the client ends. */
  async logs({ info, user, response, audit, closed }: Exchange, target: Target): Promise<void> {
    const { endpoint, path } = await this.locate(target, info, 'containerLogs', logQuery);
    this.begin(user, closed);
    const answer = await this.get(endpoint, path, {});
    if (answer.statusCode !== 200) throw await failureOf(endpoint, answer);
    if (info.query.get('follow') === 'true') audit.started(200);
    response.writeHead(200, { 'content-type': 'text/plain', 'cache-control': 'no-cache, private' } as never);
    if ('flushHeaders' in response) response.flushHeaders();
    response.once('close', () => answer.destroy());
    // A log that breaks off ends the answer: what came so far stays readable.
    answer.once('error', () => response.end());
    answer.pipe(response as unknown as NodeJS.WritableStream);
  }

  /** The agent's answer to a GET, as text. @throws StatusError when it does not answer, or not with 200 */
  async ask(node: Node, path: string): Promise<string> {
    const endpoint = endpointOf(node);
    const answer = await this.get(endpoint, path, {});
    if (answer.statusCode !== 200) throw await failureOf(endpoint, answer);
    const chunks: Buffer[] = [];
    let size = 0;
    for await (const chunk of answer) {
      size += (chunk as Buffer).length;
      if (size > maxAnswerBytes) {
        answer.destroy();
        throw new StatusError(
          'InternalError',
          `node ${endpoint.nodeName} answered with more than ${maxAnswerBytes} bytes`,
        );
      }
      chunks.push(chunk as Buffer);
    }
    return Buffer.concat(chunks).toString('utf8');
  }

  /** What an exec that is no upgrade gets. */
  refusePlainExec(): never {
    throw new StatusError('BadRequest', 'Upgrade request required: exec takes a WebSocket connection over HTTP/1.1');
  }

  /**
   * Joins an upgraded client connection to the agent's (`pods/exec`). What the agent answers other than 101 is
   * an error, and its connection is closed, never used again.
   */
  async exec(
    request: IncomingMessage,
    client: Duplex,
    head: Buffer,
    { info, user, closed }: Upgrade,
    target: Target,
  ): Promise<void> {
    // First what is wrong with the request itself: kubectl tries SPDY when WebSocket failed, and shows that answer.
    const { endpoint, path } = await this.locate(target, info, 'exec', execQuery);
    const upgrade = String(request.headers.upgrade ?? '').toLowerCase();
    if (upgrade !== 'websocket') {
      throw new StatusError(
        'BadRequest',
        `exec over ${upgrade || 'an unnamed protocol'} is not served, only over WebSocket: use kubectl 1.31 or newer`,
      );
    }
    const headers: Record<string, string> = { connection: 'Upgrade', upgrade: 'websocket' };
    for (const name of upgradeHeaders) {
      const value = request.headers[name];
      if (value !== undefined) headers[name] = String(value);
    }
    this.begin(user, closed);
    const answer = await this.get(endpoint, path, headers);
    const upstream = answer.statusCode === 101 ? upgraded.get(answer) : undefined;
    if (!upstream) throw await failureOf(endpoint, answer);
    client.write(statusLine(answer));
    if (upstream.head.length) client.write(upstream.head);
    if (head.length) upstream.socket.write(head);
    join(client, upstream.socket);
  }

  /** Counts a session of a user until it is closed. @throws StatusError 429 */
  private begin({ name }: User, closed: Promise<void>): void {
    const release = this.options.sessions.take(name);
    if (!release) throw tooManyRequests();
    void closed.then(release);
  }

  private async locate(target: Target, info: RequestInfo, action: string, allowed: string[]) {
    const { cache } = this.options.context;
    await cache.fresh();
    const { kind, namespace, name } = target;
    const stored = cachedObject(cache, target);
    if (!stored) throw notFound(kind.resource, name);
    const pod = stored.object as unknown as Pod;
    const container = containerOf(pod, info.query.get('container'));
    const nodeName = pod.spec?.nodeName;
    if (!nodeName) throw new StatusError('BadRequest', `pod ${name} does not have a host assigned`);
    const node = cache.resource(resourcePrefix(nodes)).get(objectKey(nodes, undefined, nodeName));
    if (!node) throw notFound(nodes, nodeName);
    const endpoint = endpointOf(node.object as unknown as Node);
    const query = new URLSearchParams();
    for (const key of allowed) for (const value of info.query.getAll(key)) query.append(key, value);
    const segments = [action, namespace ?? '', name, container].map(encodeURIComponent);
    return { endpoint, path: `/${segments.join('/')}?${query}` };
  }

  /** One GET on a connection of its own. Redirects are answers like any other. */
  private get(endpoint: NodeEndpoint, path: string, headers: Record<string, string>): Promise<IncomingMessage> {
    const { clock, dial, caCert } = this.options;
    const { key, cert } = this.options.clientCertificate();
    const { nodeName, address, port } = endpoint;
    return new Promise((resolve, reject) => {
      const request = httpsRequest({
        host: address,
        port,
        path,
        headers: { host: nodeName, ...headers },
        // A function of our own means no agent, so that each connection is used once.
        createConnection: () =>
          connect({
            ...(dial ? { socket: dial(endpoint) } : { host: address, port }),
            servername: nodeName,
            ca: caCert,
            key,
            cert,
            minVersion: 'TLSv1.2',
          }),
      });
      const timer = clock.after(answerTimeoutMs, () => request.destroy(new Error('no answer within 10 seconds')));
      const settle = (answer: IncomingMessage) => {
        timer.cancel();
        resolve(answer);
      };
      request.once('response', settle);
      request.once('upgrade', (answer, socket, head) => {
        upgraded.set(answer, { socket, head });
        settle(answer);
      });
      request.once('error', (error) => {
        timer.cancel();
        const why = `error dialing backend: node ${nodeName} at ${address}:${port}: ${error.message}`;
        reject(new StatusError('ServiceUnavailable', why));
      });
      request.end();
    });
  }
}

/** The connections of answers that were upgrades. */
const upgraded = new WeakMap<IncomingMessage, { socket: Duplex; head: Buffer }>();

function statusLine(answer: IncomingMessage): string {
  const lines = ['HTTP/1.1 101 Switching Protocols', 'Connection: Upgrade', 'Upgrade: websocket'];
  for (const name of ['sec-websocket-accept', 'sec-websocket-protocol', 'sec-websocket-extensions']) {
    const value = answer.headers[name];
    if (value !== undefined) lines.push(`${name}: ${value}`);
  }
  return `${lines.join('\r\n')}\r\n\r\n`;
}

/** Carries bytes both ways until either side ends. */
function join(a: Duplex, b: Duplex): void {
  for (const [from, to] of [
    [a, b],
    [b, a],
  ] as const) {
    from.pipe(to);
    from.once('error', () => to.destroy());
    from.once('close', () => to.destroy());
  }
}

/** The agent's own words, cut to a length; its connection ends here. */
async function failureOf({ nodeName }: NodeEndpoint, answer: IncomingMessage): Promise<StatusError> {
  const chunks: Buffer[] = [];
  let size = 0;
  try {
    for await (const chunk of answer) {
      chunks.push(chunk as Buffer);
      size += (chunk as Buffer).length;
      if (size > maxErrorBytes) break;
    }
  } catch {
    // What came before it broke off is what there is to tell.
  }
  answer.destroy();
  const text = Buffer.concat(chunks).toString('utf8', 0, maxErrorBytes).trim();
  const code = answer.statusCode ?? 500;
  const reason = code === 404 ? 'NotFound' : code === 400 ? 'BadRequest' : 'InternalError';
  return new StatusError(reason, text || `node ${nodeName} answered with status ${code}`);
}
