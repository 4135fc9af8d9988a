import { request } from 'node:https';
import { decodeProtobuf, encodeProtobuf } from '../../runtime/kube/protobuf';
import { readFields } from '../../runtime/kube/protobuf/wire';
import { cms, configMap, type Json, pod, podsPath, TestServer } from './harness';

const type = 'application/vnd.kubernetes.protobuf';

let server: TestServer;
beforeAll(async () => {
  server = await TestServer.start();
});
afterAll(() => server.stop());

interface Raw {
  status: number;
  type: string | undefined;
  body: Buffer;
}

function call(method: string, path: string, body?: Buffer, accept = type): Promise<Raw> {
  return new Promise((resolve, reject) => {
    const headers = { accept, ...(body ? { 'content-type': type, 'content-length': body.length } : {}) };
    const outgoing = request({
      host: '127.0.0.1',
      port: server.port,
      method,
      path,
      headers,
      agent: false,
      ...server.tls({}),
    });
    outgoing.once('error', reject).once('response', (answer) => {
      const chunks: Buffer[] = [];
      answer.on('data', (chunk: Buffer) => chunks.push(chunk));
      answer.once('end', () =>
        resolve({
          status: answer.statusCode ?? 0,
          type: answer.headers['content-type'],
          body: Buffer.concat(chunks),
        }),
      );
    });
    outgoing.end(body);
  });
}

const written = (object: { apiVersion: string; kind: string }) => encodeProtobuf(object) as Buffer;

it('an object is sent and comes back as protobuf, the same as its JSON', async () => {
  // What is no pointer and empty is not told from what is not there, so this container asks for something.
  const containers = [{ name: 'main', image: 'busybox:1', resources: { requests: { cpu: '100m' } } }];
  const created = await call(
    'POST',
    podsPath,
    written(pod('p', { terminationGracePeriodSeconds: 0, containers }) as never),
  );
  expect(created).toMatchObject({ status: 201, type });
  const { json } = await server.get(`${podsPath}/p`);
  expect(json.spec.terminationGracePeriodSeconds).toBe(0);
  expect(decodeProtobuf(created.body)).toEqual(json);
  expect(decodeProtobuf((await call('GET', `${podsPath}/p`)).body)).toEqual(json);
});

it('a list is one message, its pages too', async () => {
  for (const name of ['a', 'b', 'c']) await server.post(cms, configMap(name, { k: name }, { labels: { l: '1' } }));
  const whole = decodeProtobuf((await call('GET', `${cms}?labelSelector=l`)).body) as Json;
  const { items, ...rest } = (await server.get(`${cms}?labelSelector=l`)).json;
  expect(whole).toEqual({ ...rest, items: items.map(({ apiVersion: _, kind: __, ...item }: Json) => item) });
  const count = (await server.get(cms)).json.items.length;
  const page = decodeProtobuf((await call('GET', `${cms}?limit=1`)).body) as Json;
  expect(page).toMatchObject({ kind: 'ConfigMapList', items: [{}], metadata: { remainingItemCount: count - 1 } });
  expect(page.metadata.continue).toBeTruthy();
});

it('failures, deletions and metadata alone', async () => {
  const missing = await call('GET', `${cms}/missing`);
  expect(missing).toMatchObject({ status: 404, type });
  expect(decodeProtobuf(missing.body)).toMatchObject({
    kind: 'Status',
    apiVersion: 'v1',
    reason: 'NotFound',
    code: 404,
  });
  await server.post(cms, configMap('gone'));
  const options = written({ kind: 'DeleteOptions', apiVersion: 'v1', propagationPolicy: 'Background' } as never);
  expect(decodeProtobuf((await call('DELETE', `${cms}/gone`, options)).body)).toMatchObject({ status: 'Success' });
  const partial = `${type};as=PartialObjectMetadataList;g=meta.k8s.io;v=v1`;
  expect(decodeProtobuf((await call('GET', `${cms}?labelSelector=l`, undefined, partial)).body)).toMatchObject({
    kind: 'PartialObjectMetadataList',
    apiVersion: 'meta.k8s.io/v1',
    items: [{ metadata: { name: 'a' } }, { metadata: { name: 'b' } }, { metadata: { name: 'c' } }],
  });
});

it('a table has no such form: the next that is acceptable, or none', async () => {
  const table = `${type};as=Table;g=meta.k8s.io;v=v1`;
  expect((await call('GET', cms, undefined, table)).status).toBe(406);
  const fallback = await call('GET', cms, undefined, `${table},${type}`);
  expect(decodeProtobuf(fallback.body).kind).toBe('ConfigMapList');
});

it('discovery', async () => {
  expect(decodeProtobuf((await call('GET', '/apis')).body)).toEqual((await server.get('/apis')).json);
  expect(decodeProtobuf((await call('GET', '/api/v1')).body)).toMatchObject({ groupVersion: 'v1' });
});

it('a watch is a sequence of frames, each with the object in its envelope', async () => {
  const frames: Buffer[] = [];
  let wake = () => {};
  let rest = Buffer.alloc(0) as Buffer;
  const stream = await new Promise<import('node:http').IncomingMessage>((resolve, reject) => {
    const outgoing = request({
      host: '127.0.0.1',
      port: server.port,
      path: `${cms}?watch=1&labelSelector=watched&allowWatchBookmarks=1&sendInitialEvents=1&resourceVersionMatch=NotOlderThan`,
      headers: { accept: type },
      agent: false,
      ...server.tls({}),
    });
    outgoing.once('response', resolve).once('error', reject).end();
  });
  expect(stream.headers['content-type']).toBe(`${type};stream=watch`);
  stream.on('data', (chunk: Buffer) => {
    rest = Buffer.concat([rest, chunk]);
    while (rest.length >= 4 && rest.length >= 4 + rest.readUInt32BE(0)) {
      frames.push(rest.subarray(4, 4 + rest.readUInt32BE(0)));
      rest = rest.subarray(4 + rest.readUInt32BE(0));
    }
    wake();
  });
  const next = async () => {
    while (frames.length === 0) await new Promise<void>((resolve) => (wake = resolve));
    const [kind, object] = [...readFields(frames.shift() as Buffer)];
    const [raw] = [...readFields(object?.bytes as Buffer)];
    return { type: kind?.bytes?.toString(), object: decodeProtobuf(raw?.bytes as Buffer) as Json };
  };
  expect(await next()).toMatchObject({
    type: 'BOOKMARK',
    object: { kind: 'ConfigMap', metadata: { annotations: { 'k8s.io/initial-events-end': 'true' } } },
  });
  const { json } = await server.post(cms, configMap('w', { a: '1' }, { labels: { watched: 'yes' } }));
  expect(await next()).toEqual({ type: 'ADDED', object: json });
  await server.delete(`${cms}/w`);
  const gone = await next();
  expect(gone.type).toBe('DELETED');
  expect(Number(gone.object.metadata.resourceVersion)).toBeGreaterThan(Number(json.metadata.resourceVersion));
  stream.destroy();
});
