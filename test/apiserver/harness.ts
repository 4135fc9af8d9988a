import { connect as connectHttp2 } from 'node:http2';
import { request as httpsRequest } from 'node:https';
import { ApiServer, type ApiServerOptions } from '../../runtime/apiserver/api-server';
import type { ApiClient } from '../../runtime/client/client';
import { kinds } from '../../runtime/kube/kinds';
import type { AnyObject } from '../../runtime/kube/object';
import { createCa } from '../../runtime/pki/ca';
import { issueKeyPair } from '../../runtime/pki/issue';
import type { KeyPair } from '../../runtime/pki/pki';
import { MemoryStore } from '../../runtime/store/memory-store';
import { FakeClock } from '../../runtime/util/fake-clock';
import { makeDefaultAccount } from './default-account';

export const start = Date.parse('2026-01-01T00:00:00Z');
const realNow = Date.now();

/** Every field optional to any depth and unchecked: tests read answers as they come. */
// biome-ignore lint/suspicious/noExplicitAny: answers of many kinds are looked into by path
export type Json = any;

export interface Answer {
  status: number;
  headers: Record<string, string | string[] | undefined>;
  text: string;
  json: Json;
}

export interface Identity {
  cert: string;
  key: string;
}

export interface Request {
  body?: unknown;
  type?: string;
  headers?: Record<string, string>;
  as?: Identity | 'nobody';
  /** @default 1.1 */
  http2?: boolean;
}

/** A server on a loopback port with its CA, an administrator, and a clock that the test moves. */
export class TestServer {
  private constructor(
    readonly server: ApiServer,
    readonly store: MemoryStore,
    readonly clock: FakeClock,
    readonly ca: KeyPair,
    readonly admin: Identity,
    readonly port: number,
  ) {}

  static async start(options: Partial<ApiServerOptions> = {}): Promise<TestServer> {
    const ca = await createCa(realNow);
    const store = new MemoryStore();
    // TLS checks certificates by the machine's own time.
    const clock = new FakeClock(realNow);
    const server = await ApiServer.create({ store, kinds, ca, clock, ...options });
    if (!options.store) await makeDefaultAccount(server.client('test'));
    const { port } = await server.listen(0, '127.0.0.1');
    const admin = await identity(ca, 'admin', ['system:masters']);
    return new TestServer(server, store, clock, ca, admin, port);
  }

  get client(): ApiClient {
    return this.server.client('test');
  }

  identity(name: string, groups: string[]): Promise<Identity> {
    return identity(this.ca, name, groups);
  }

  node(name: string): Promise<Identity> {
    return this.identity(`system:node:${name}`, ['system:nodes']);
  }

  async call(method: string, path: string, request: Request = {}): Promise<Answer> {
    const { body, type = 'application/json', headers = {} } = request;
    const text = body === undefined ? undefined : typeof body === 'string' ? body : JSON.stringify(body);
    const length = String(Buffer.byteLength(text ?? ''));
    const all = { ...(text === undefined ? {} : { 'content-type': type, 'content-length': length }), ...headers };
    const answer = request.http2
      ? await this.callHttp2(method, path, all, text, this.tls(request))
      : await this.callHttp1(method, path, all, text, this.tls(request));
    let json: Json;
    try {
      json = JSON.parse(answer.text);
    } catch {
      json = undefined;
    }
    return { ...answer, json };
  }

  get = (path: string, request?: Request) => this.call('GET', path, request);
  post = (path: string, body: unknown, request?: Request) => this.call('POST', path, { body, ...request });
  put = (path: string, body: unknown, request?: Request) => this.call('PUT', path, { body, ...request });
  delete = (path: string, body?: unknown, request?: Request) => this.call('DELETE', path, { body, ...request });
  patch(path: string, kind: 'json' | 'merge' | 'strategic' | 'apply', body: unknown, request?: Request) {
    const types = { json: 'json-patch+json', merge: 'merge-patch+json', strategic: 'strategic-merge-patch+json' };
    const type = kind === 'apply' ? 'application/apply-patch+yaml' : `application/${types[kind]}`;
    return this.call('PATCH', path, { body, type, ...request });
  }

  /** Opens a watch over HTTP/1.1; `next` gives its events one by one and undefined at its end. */
  async watch(path: string, request: Request = {}) {
    const events: Json[] = [];
    let ended = false;
    let wake = () => {};
    let rest = '';
    const stream = await new Promise<import('node:http').IncomingMessage>((resolve, reject) => {
      const outgoing = httpsRequest({
        host: '127.0.0.1',
        port: this.port,
        path,
        headers: request.headers,
        agent: false,
        ...this.tls(request),
      });
      outgoing.once('response', resolve).once('error', reject).end();
    });
    stream.setEncoding('utf8');
    stream.on('data', (chunk: string) => {
      const lines = (rest + chunk).split('\n');
      rest = lines.pop() as string;
      events.push(...lines.map((line) => JSON.parse(line)));
      wake();
    });
    stream.on('close', () => {
      ended = true;
      wake();
    });
    return {
      status: stream.statusCode,
      async next(): Promise<Json> {
        while (events.length === 0 && !ended) await new Promise<void>((resolve) => (wake = resolve));
        return events.shift();
      },
      close: () => stream.destroy(),
    };
  }

  async stop(): Promise<void> {
    await this.server.close();
    await this.store.close();
  }

  tls({ as }: Request) {
    const identity = as === 'nobody' ? {} : (as ?? this.admin);
    return { ca: this.ca.cert, ...identity, servername: 'localhost' };
  }

  private callHttp1(
    method: string,
    path: string,
    headers: Record<string, string>,
    body: string | undefined,
    tls: object,
  ): Promise<Omit<Answer, 'json'>> {
    return new Promise((resolve, reject) => {
      const request = httpsRequest({ host: '127.0.0.1', port: this.port, method, path, headers, agent: false, ...tls });
      request.once('error', reject);
      request.once('response', (response) => {
        let text = '';
        response.setEncoding('utf8').on('data', (chunk: string) => {
          text += chunk;
        });
        response.once('end', () => resolve({ status: response.statusCode ?? 0, headers: response.headers, text }));
      });
      request.end(body);
    });
  }

  private callHttp2(
    method: string,
    path: string,
    headers: Record<string, string>,
    body: string | undefined,
    tls: object,
  ): Promise<Omit<Answer, 'json'>> {
    return new Promise((resolve, reject) => {
      const session = connectHttp2(`https://127.0.0.1:${this.port}`, tls);
      session.once('error', reject);
      const stream = session.request({ ':method': method, ':path': path, ...headers });
      let status = 0;
      let answered: Answer['headers'] = {};
      let text = '';
      stream.once('response', (received) => {
        status = Number(received[':status']);
        answered = received as Answer['headers'];
      });
      stream.setEncoding('utf8').on('data', (chunk: string) => {
        text += chunk;
      });
      stream.once('end', () => {
        session.close();
        resolve({ status, headers: answered, text });
      });
      stream.once('error', reject);
      stream.end(body);
    });
  }
}

async function identity(ca: KeyPair, commonName: string, organizations: string[]): Promise<Identity> {
  return issueKeyPair(ca, { commonName, organizations, usages: ['client'], validSeconds: 3600 }, realNow);
}

export function configMap(name: string, data: Record<string, string> = {}, meta: object = {}): AnyObject {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, ...meta }, data };
}

export function pod(name: string, spec: object = {}, meta: object = {}): AnyObject {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace: 'default', ...meta },
    spec: { containers: [{ name: 'main', image: 'busybox:1' }], ...spec },
  };
}

export function deployment(name: string, replicas = 1): AnyObject {
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name, namespace: 'default' },
    spec: {
      replicas,
      selector: { matchLabels: { app: name } },
      template: {
        metadata: { labels: { app: name } },
        spec: { containers: [{ name: 'main', image: 'busybox:1' }] },
      },
    },
  };
}

export function service(name: string, spec: object = {}): AnyObject {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name, namespace: 'default' },
    spec: { selector: { app: name }, ports: [{ port: 80 }], ...spec },
  };
}

/** Binds a pod as the scheduler does. */
export async function bind(server: TestServer, name: string, node: string): Promise<void> {
  const body = { apiVersion: 'v1', kind: 'Binding', metadata: { name }, target: { kind: 'Node', name: node } };
  const answer = await server.post(`/api/v1/namespaces/default/pods/${name}/binding`, body);
  if (answer.status !== 201) throw new Error(answer.text);
}

export const cms = '/api/v1/namespaces/default/configmaps';
export const podsPath = '/api/v1/namespaces/default/pods';
