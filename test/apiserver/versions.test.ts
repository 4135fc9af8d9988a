import { StoredObject } from '../../runtime/apiserver/registry/stored-object';
import { CacheEvent } from '../../runtime/apiserver/watch/resource-cache';
import type { Kind } from '../../runtime/kube/kind';
import { kinds } from '../../runtime/kube/kinds';
import { type Json, TestServer } from './harness';
import { widgetKinds, widgetV2 } from './widgets';

let server: TestServer;
beforeAll(async () => {
  server = await TestServer.start({ kinds: [...kinds, ...widgetKinds] });
});
afterAll(() => server.stop());

const v2 = '/apis/shop.example.com/v2/namespaces/default/widgets';
const v1beta1 = '/apis/shop.example.com/v1beta1/namespaces/default/widgets';
const old = '/apis/old.example.com/v1/namespaces/default/widgets';

const widget = (name: string, apiVersion: string, spec: object) => ({
  apiVersion,
  kind: 'Widget',
  metadata: { name },
  spec,
});

const managers = (object: Json) =>
  Object.fromEntries(
    object.metadata.managedFields.map((m: Json) => [
      m.manager,
      `${m.apiVersion} ${Object.keys(m.fieldsV1['f:spec'] ?? {})}`,
    ]),
  );

async function storedWidget(name: string): Promise<Json> {
  const entry = await server.store.get(`/registry/shop.example.com/widgets/default/${name}`);
  return entry && JSON.parse(Buffer.from(entry.value).toString());
}

test('an object is stored in one version and shown in the version of each request', async () => {
  const made = await server.post(v1beta1, widget('a', 'shop.example.com/v1beta1', { tall: 3, color: 'red' }));
  expect(made.status).toBe(201);
  expect(made.json).toMatchObject({ apiVersion: 'shop.example.com/v1beta1', spec: { tall: 3, color: 'red' } });
  expect(await storedWidget('a')).toMatchObject({
    apiVersion: 'shop.example.com/v2',
    spec: { height: 3, color: 'red' },
  });

  const [asV2, asOld] = [await server.get(`${v2}/a`), await server.get(`${old}/a`)];
  expect(asV2.json).toMatchObject({ apiVersion: 'shop.example.com/v2', spec: { height: 3, color: 'red' } });
  expect(asOld.json).toMatchObject({ apiVersion: 'old.example.com/v1', spec: { tall: 3, color: 'red' } });
  expect(asV2.json.metadata.uid).toBe(made.json.metadata.uid);
  expect(asOld.json.metadata.resourceVersion).toBe(asV2.json.metadata.resourceVersion);

  const list = (await server.get(old)).json;
  expect(list).toMatchObject({ kind: 'WidgetList', apiVersion: 'old.example.com/v1' });
  expect(list.items.map((item: Json) => [item.apiVersion, item.spec.tall])).toEqual([['old.example.com/v1', 3]]);
  expect((await server.get('/apis/old.example.com/v1/widgets?limit=1')).json.items).toHaveLength(1);
});

test('a name is taken in every version, and a deletion is one', async () => {
  expect((await server.post(v2, widget('b', 'shop.example.com/v2', { height: 1 }))).status).toBe(201);
  expect((await server.post(old, widget('b', 'old.example.com/v1', { tall: 1 }))).status).toBe(409);
  expect((await server.delete(`${old}/b`)).status).toBe(200);
  expect((await server.get(`${v2}/b`)).status).toBe(404);
});

test('updates and patches speak the version of their path', async () => {
  await server.post(v2, widget('c', 'shop.example.com/v2', { height: 1, color: 'red' }));
  expect((await server.patch(`${v1beta1}/c`, 'merge', { spec: { tall: 2 } })).json.spec).toEqual({
    tall: 2,
    color: 'red',
  });
  expect((await server.patch(`${old}/c`, 'json', [{ op: 'remove', path: '/spec/tall' }])).json.spec).toEqual({
    color: 'red',
  });
  const replaced = await server.put(`${v2}/c`, widget('c', 'shop.example.com/v2', { height: 9 }));
  expect(replaced.json.spec).toEqual({ height: 9 });
  const wrong = await server.put(`${v2}/c`, widget('c', 'shop.example.com/v1beta1', { tall: 9 }));
  expect(wrong.status).toBe(400);
  expect(await storedWidget('c')).toMatchObject({ apiVersion: 'shop.example.com/v2', spec: { height: 9 } });
});

test('each watcher is told in its version, of the same events', async () => {
  const { resourceVersion } = (await server.get(v2)).json.metadata;
  const query = `watch=1&resourceVersion=${resourceVersion}`;
  const watches = await Promise.all([v2, v1beta1, old].map((path) => server.watch(`${path}?${query}`)));
  await server.post(v1beta1, widget('w', 'shop.example.com/v1beta1', { tall: 5 }));
  await server.patch(`${v2}/w`, 'merge', { spec: { height: 6 } });
  await server.delete(`${old}/w`);
  const seen: Json[][] = [];
  for (const watch of watches) seen.push([await watch.next(), await watch.next(), await watch.next()]);
  for (const watch of watches) watch.close();
  const told = seen.map((events) => events.map(({ type, object }) => [type, object.apiVersion, object.spec]));
  const frames = (apiVersion: string, field: string) => [
    ['ADDED', apiVersion, { [field]: 5 }],
    ['MODIFIED', apiVersion, { [field]: 6 }],
    ['DELETED', apiVersion, { [field]: 6 }],
  ];
  expect(told).toEqual([
    frames('shop.example.com/v2', 'height'),
    frames('shop.example.com/v1beta1', 'tall'),
    frames('old.example.com/v1', 'tall'),
  ]);
  const revisions = seen.map((events) => events.map(({ object }) => object.metadata.resourceVersion));
  expect(new Set(revisions.map(String)).size).toBe(1);
});

test('a watch event is encoded once for all watchers of a version, and as it is stored where nothing is converted', () => {
  const bytes = Buffer.from(JSON.stringify(widget('e', 'shop.example.com/v2', { height: 1 })));
  const object = new StoredObject('/registry/shop.example.com/widgets/default/e', 5, bytes);
  const event = new CacheEvent(5, object.key, object, undefined);
  const [beta] = widgetKinds as [Kind, ...Kind[]];
  expect(event.as(widgetV2)).toBe(event);
  expect(event.as(beta).frame('ADDED')).toBe(event.as(beta).frame('ADDED'));
  expect(event.as(beta).frame('ADDED').toString()).toContain('"tall":1');
  expect(object.as(beta)).toBe(event.as(beta).object);
});

test('field selectors are those of the version', async () => {
  await server.post(v2, widget('s', 'shop.example.com/v2', { color: 'mauve' }));
  expect((await server.get(`${v2}?fieldSelector=spec.color%3Dmauve`)).json.items).toHaveLength(1);
  expect((await server.get(`${old}?fieldSelector=spec.color%3Dmauve`)).status).toBe(400);
});

describe('managed fields', () => {
  test('an entry keeps the version it was written in', async () => {
    await server.post(`${v2}?fieldManager=first`, widget('m', 'shop.example.com/v2', { height: 1, color: 'red' }));
    await server.patch(`${v1beta1}/m?fieldManager=second`, 'merge', { spec: { color: 'blue' } });
    expect(managers((await server.get(`${old}/m`)).json)).toEqual({
      first: 'shop.example.com/v2 .,f:height',
      second: 'shop.example.com/v1beta1 f:color',
    });
    // `first` owns what it calls height; setting it under its other name takes it away, and leaves the spec itself.
    await server.patch(`${v1beta1}/m?fieldManager=second`, 'merge', { spec: { tall: 4 } });
    expect(managers((await server.get(`${v2}/m`)).json)).toEqual({
      first: 'shop.example.com/v2 ',
      second: 'shop.example.com/v1beta1 f:color,f:tall',
    });
  });

  test('an apply meets the owner that knows the field by another name', async () => {
    const apply = (path: string, apiVersion: string, manager: string, spec: object, more = '') =>
      server.patch(`${path}/n?fieldManager=${manager}${more}`, 'apply', widget('n', apiVersion, spec));
    expect((await apply(v2, 'shop.example.com/v2', 'first', { height: 1 })).status).toBe(201);
    const refused = await apply(old, 'old.example.com/v1', 'second', { tall: 2 });
    expect(refused.status).toBe(409);
    expect(refused.json.message).toContain('conflict with "first"');
    const forced = await apply(old, 'old.example.com/v1', 'second', { tall: 2 }, '&force=true');
    expect(managers(forced.json)).toEqual({ second: 'old.example.com/v1 f:tall' });
    // What a manager stated under one name and states no more goes, also when it states the rest in another version.
    const moved = await apply(v2, 'shop.example.com/v2', 'second', { color: 'red' });
    expect(moved.json.spec).toEqual({ color: 'red' });
    expect(managers(moved.json)).toEqual({ second: 'shop.example.com/v2 f:color' });
  });
});

test('discovery and OpenAPI know every version, the preferred one first', async () => {
  const { groups } = (await server.get('/apis')).json;
  const versions = Object.fromEntries(groups.map((g: Json) => [g.name, g.versions.map((v: Json) => v.version)]));
  expect(versions).toMatchObject({ 'shop.example.com': ['v2', 'v1beta1'], 'old.example.com': ['v1'] });
  expect((await server.get('/apis/shop.example.com')).json.preferredVersion.version).toBe('v2');
  expect((await server.get('/openapi/v3/apis/shop.example.com/v1beta1')).text).toContain('"tall"');
});

test('the in-process client speaks the version of its resource', async () => {
  const { client } = server;
  const [beta] = widgetKinds;
  await client.create(widgetV2.resource, {
    ...widget('l', 'shop.example.com/v2', { height: 7 }),
    metadata: { name: 'l', namespace: 'default' },
  });
  const found = await client.get(beta?.resource as typeof widgetV2.resource, { namespace: 'default', name: 'l' });
  expect(found).toMatchObject({ apiVersion: 'shop.example.com/v1beta1', spec: { tall: 7 } });
  await expect(client.list({ ...widgetV2.resource, version: 'v9' })).rejects.toMatchObject({ reason: 'NotFound' });
});

test('an object that the store has in an older version is read, and written anew by an update that changes nothing', async () => {
  const bytes = JSON.stringify({
    apiVersion: 'shop.example.com/v1',
    kind: 'Widget',
    metadata: { name: 'h', namespace: 'default', uid: 'u' },
    spec: { height: 2 },
  });
  await server.store.put('/registry/shop.example.com/widgets/default/h', Buffer.from(bytes), 0);
  const found = (await server.get(`${v1beta1}/h`)).json;
  expect(found.spec).toEqual({ tall: 2 });
  expect((await server.put(`${v1beta1}/h`, found)).status).toBe(200);
  expect((await storedWidget('h')).apiVersion).toBe('shop.example.com/v2');
});
