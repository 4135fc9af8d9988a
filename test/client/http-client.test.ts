import type { Http2ServerRequest, Http2ServerResponse } from 'node:http2';
import { connect } from 'node:net';
import { UnreachableError } from '../../runtime/client/client';
import { HttpApiClient } from '../../runtime/client/http-client';
import type { Pod } from '../../runtime/kube/generated/types';
import { deployments, pods } from '../../runtime/kube/resource';
import { startTlsServer, type TestServer } from './tls-server';

interface Seen {
  method: string;
  url: string;
  version: string;
  type?: string;
  body: string;
}

let server: TestServer;
let seen: Seen[];
let respond: (request: Http2ServerRequest, response: Http2ServerResponse, body: string) => void;
let client: HttpApiClient;

const pod: Pod = {
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'web', namespace: 'shop', resourceVersion: '7' },
  spec: { containers: [{ name: 'c', image: 'i' }] },
};

function json(
  response: Http2ServerResponse,
  status: number,
  body: unknown,
  headers: Record<string, string> = {},
): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers });
  response.end(JSON.stringify(body));
}

describe.each([
  ['HTTP/2', 'h2', '2.0'],
  ['HTTP/1.1', 'http/1.1', '1.1'],
] as const)('HttpApiClient over %s', (_name, protocol, version) => {
  beforeEach(async () => {
    seen = [];
    respond = (_request, response) => json(response, 200, pod);
    server = await startTlsServer((request, response, body) => {
      const { method, url, httpVersion } = request;
      seen.push({ method, url, version: httpVersion, type: request.headers['content-type'], body });
      respond(request, response, body);
    }, protocol);
    client = new HttpApiClient({ server: server.url, ca: server.ca, ...server.client });
  });

  afterEach(async () => {
    client.close();
    await server.close();
  });

  test('gets an object', async () => {
    await expect(client.get(pods, { namespace: 'shop', name: 'web' })).resolves.toEqual(pod);
    expect(seen[0]).toMatchObject({ method: 'GET', url: '/api/v1/namespaces/shop/pods/web', version });
  });

  test('puts list options into the query, and kind and apiVersion into the items', async () => {
    const bare = { metadata: { name: 'web', namespace: 'shop' } };
    respond = (_request, response) =>
      json(response, 200, { apiVersion: 'v1', kind: 'PodList', metadata: {}, items: [bare] });
    const list = await client.list(pods, { namespace: 'shop', labelSelector: 'app in (a,b)', limit: 5 });
    expect(seen[0]?.url).toBe('/api/v1/namespaces/shop/pods?labelSelector=app+in+%28a%2Cb%29&limit=5');
    expect(list.items[0]).toMatchObject({ apiVersion: 'v1', kind: 'Pod' });
  });

  test('sends each kind of patch with its media type, and the write options', async () => {
    const key = { namespace: 'shop', name: 'web' };
    await client.patch(pods, key, { type: 'strategic', body: { metadata: { labels: { a: 'b' } } } });
    await client.patch(pods, key, { type: 'merge', body: {} }, { subresource: 'status' });
    await client.patch(
      deployments,
      key,
      { type: 'apply', body: {} },
      { fieldManager: 'me', force: true, dryRun: true },
    );
    expect(seen.map((request) => [request.url, request.type])).toEqual([
      ['/api/v1/namespaces/shop/pods/web', 'application/strategic-merge-patch+json'],
      ['/api/v1/namespaces/shop/pods/web/status', 'application/merge-patch+json'],
      [
        '/apis/apps/v1/namespaces/shop/deployments/web?fieldManager=me&force=true&dryRun=All',
        'application/apply-patch+yaml',
      ],
    ]);
  });

  test('deletes with preconditions and grace', async () => {
    await client.delete(
      pods,
      { namespace: 'shop', name: 'web' },
      { gracePeriodSeconds: 0, preconditions: { uid: 'u' } },
    );
    expect(seen[0]?.method).toBe('DELETE');
    expect(JSON.parse(seen[0]?.body ?? '')).toEqual({
      kind: 'DeleteOptions',
      apiVersion: 'v1',
      gracePeriodSeconds: 0,
      preconditions: { uid: 'u' },
    });
  });

  test('hands on warnings', async () => {
    respond = (_request, response) =>
      json(response, 201, pod, { warning: '299 - "unknown field \\"spec.foo\\"", 299 - "deprecated"' });
    const warnings: string[] = [];
    await client.create(pods, pod, { onWarning: (text) => warnings.push(text) });
    expect(warnings).toEqual(['unknown field "spec.foo"', 'deprecated']);
  });

  test('throws the Status it was answered with', async () => {
    respond = (_request, response) =>
      json(response, 409, { kind: 'Status', status: 'Failure', reason: 'Conflict', message: 'modified', code: 409 });
    await expect(client.update(pods, pod)).rejects.toMatchObject({
      reason: 'Conflict',
      code: 409,
      message: 'modified',
    });
  });

  test('makes a Status of an answer that is none', async () => {
    respond = (_request, response) => {
      response.writeHead(503);
      response.end('back soon');
    };
    const answer = client.get(pods, { namespace: 'shop', name: 'web' });
    await expect(answer).rejects.toMatchObject({ reason: 'ServiceUnavailable', code: 503, message: 'back soon' });
  });

  test('watches until aborted', async () => {
    respond = (_request, response) => {
      response.writeHead(200);
      const line = JSON.stringify({ type: 'ADDED', object: pod });
      response.write(line.slice(0, 20));
      response.write(`${line.slice(20)}\n${line}\n`);
    };
    const abort = new AbortController();
    const names: unknown[] = [];
    for await (const event of client.watch(pods, { resourceVersion: '5' }, abort.signal)) {
      names.push(event.object.metadata.name);
      if (names.length === 2) abort.abort();
    }
    expect(names).toEqual(['web', 'web']);
    expect(seen[0]?.url).toBe('/api/v1/pods?resourceVersion=5&watch=true');
  });

  test('throws 410 out of a watch, as an ERROR event says', async () => {
    respond = (_request, response) => {
      const object = { kind: 'Status', status: 'Failure', reason: 'Expired', message: 'too old', code: 410 };
      response.writeHead(200);
      response.end(`${JSON.stringify({ type: 'ERROR', object })}\n`);
    };
    const watch = client.watch(pods, {}, new AbortController().signal)[Symbol.asyncIterator]();
    await expect(watch.next()).rejects.toMatchObject({ reason: 'Expired', code: 410 });
  });

  test('is unreachable when the connection breaks, and connects anew for the next request', async () => {
    respond = (_request, response) => {
      response.writeHead(200);
      response.write(`${JSON.stringify({ type: 'ADDED', object: pod })}\n`);
    };
    const watch = client.watch(pods, {}, new AbortController().signal)[Symbol.asyncIterator]();
    await watch.next();
    server.cut();
    await expect(watch.next()).rejects.toBeInstanceOf(UnreachableError);
    respond = (_request, response) => json(response, 200, pod);
    await expect(client.get(pods, { namespace: 'shop', name: 'web' })).resolves.toEqual(pod);
  });

  test('runs over a stream it is given', async () => {
    let opened = 0;
    const { port } = new URL(server.url);
    const forwarded = new HttpApiClient({
      server: 'https://cluster.invalid:6443',
      servername: 'localhost',
      ca: server.ca,
      ...server.client,
      connect: async () => {
        opened++;
        return connect(Number(port), '127.0.0.1');
      },
    });
    await forwarded.get(pods, { namespace: 'shop', name: 'web' });
    await forwarded.get(pods, { namespace: 'shop', name: 'web' });
    forwarded.close();
    expect(opened).toBe(1);
  });

  test('refuses a server that another CA vouches for', async () => {
    const other = await startTlsServer(() => {});
    const stranger = new HttpApiClient({ server: server.url, ca: other.ca, ...server.client });
    await expect(stranger.get(pods, { namespace: 'shop', name: 'web' })).rejects.toBeInstanceOf(UnreachableError);
    stranger.close();
    await other.close();
  });
});

test('opens another HTTP/2 connection where the server takes no more requests on one', async () => {
  const waiting: Http2ServerResponse[] = [];
  const sessions = new Set<unknown>();
  const handle = (request: Http2ServerRequest, response: Http2ServerResponse) => {
    sessions.add(request.stream.session);
    waiting.push(response);
  };
  const busy = await startTlsServer(handle, 'h2', { maxConcurrentStreams: 5 });
  const eager = new HttpApiClient({ server: busy.url, ca: busy.ca, ...busy.client });
  const key = { namespace: 'shop', name: 'web' };
  const answers: Promise<unknown>[] = [];
  for (let i = 1; i <= 12; i++) {
    answers.push(eager.get(pods, key));
    // All of them are with the server, none waits for another to end.
    while (waiting.length < i) await new Promise((resolve) => setImmediate(resolve));
  }
  expect(sessions.size).toBe(3);
  for (const response of waiting.splice(0)) json(response, 200, pod);
  await Promise.all(answers);
  eager.close();
  await busy.close();
});

test('names what could not be reached', async () => {
  const nobody = new HttpApiClient({ server: 'https://127.0.0.1:1' });
  await expect(nobody.list(pods)).rejects.toThrow(/GET \/api\/v1\/pods at https:\/\/127.0.0.1:1: .*ECONNREFUSED/);
  nobody.close();
});

test('refuses a namespaced object without its namespace before asking anybody', async () => {
  const nobody = new HttpApiClient({ server: 'https://127.0.0.1:1' });
  await expect(nobody.get(pods, { name: 'web' })).rejects.toMatchObject({ reason: 'BadRequest' });
});
