import type { WatchEvent } from '../../runtime/client/client';
import type { Deployment, Namespace, Pod } from '../../runtime/kube/generated/types';
import { configMaps, deployments, namespaces, pods } from '../../runtime/kube/resource';
import { isStatusError } from '../../runtime/kube/status-error';
import { configMap, deployment, pod, TestServer } from './harness';

let server: TestServer;
beforeEach(async () => {
  server = await TestServer.start();
});
afterEach(() => server.stop());

const key = (name: string) => ({ namespace: 'default', name });

it('writes as the API does, under its manager', async () => {
  const { client } = server;
  const made = await client.create(deployments, deployment('d') as unknown as Deployment);
  expect(made).toMatchObject({ metadata: { generation: 1 }, spec: { progressDeadlineSeconds: 600 } });
  expect(made.metadata.managedFields?.[0]?.manager).toBe('test');
  const scaled = await client.patch(deployments, key('d'), { type: 'merge', body: { spec: { replicas: 3 } } });
  expect(scaled.spec?.replicas).toBe(3);
  const reported = await client.update(deployments, { ...scaled, status: { replicas: 2 } }, { subresource: 'status' });
  expect(reported.status?.replicas).toBe(2);
  await expect(client.update(deployments, made)).rejects.toMatchObject({ reason: 'Conflict' });
  await client.delete(deployments, key('d'), { preconditions: { uid: made.metadata.uid } });
  const error = await client.get(deployments, key('d')).catch((e: unknown) => e);
  expect(isStatusError(error, 'NotFound')).toBe(true);
});

it('leaves what it is given as it was', async () => {
  const given = pod('p') as unknown as Pod;
  const before = structuredClone(given);
  await server.client.create(pods, given);
  expect(given).toEqual(before);
});

it('gives own copies of what it gets, and shared frozen ones of what it lists', async () => {
  const { client } = server;
  await client.create(configMaps, configMap('a', { k: '1' }, { namespace: 'default' }) as never);
  const own = await client.get(configMaps, key('a'));
  own.data = { k: '2' };
  expect((await client.get(configMaps, key('a'))).data).toEqual({ k: '1' });
  const [listed] = (await client.list(configMaps, { namespace: 'default' })).items;
  expect(() => Object.assign(listed?.data ?? {}, { k: '3' })).toThrow(TypeError);
});

it('applies, and binds pods', async () => {
  const { client } = server;
  const body = { apiVersion: 'v1' as const, kind: 'ConfigMap' as const, data: { a: '1' } };
  const applied = await client.patch(configMaps, key('x'), { type: 'apply', body }, { fieldManager: 'm' });
  expect(applied.data).toEqual({ a: '1' });
  await client.create(pods, pod('p') as unknown as Pod);
  const binding = { apiVersion: 'v1', kind: 'Binding', metadata: { name: 'p' }, target: { kind: 'Node', name: 'n' } };
  await client.createSubresource(pods, key('p'), 'binding', binding);
  expect((await client.get(pods, key('p'))).spec?.nodeName).toBe('n');
  await client.createSubresource(pods, key('p'), 'eviction', {
    apiVersion: 'policy/v1',
    kind: 'Eviction',
    metadata: {},
  });
  expect((await client.get(pods, key('p'))).metadata.deletionTimestamp).toBeDefined();
});

it('finalizes namespaces', async () => {
  const { client } = server;
  await client.create(namespaces, { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'n' } } as Namespace);
  await client.delete(namespaces, { name: 'n' });
  const going = await client.get(namespaces, { name: 'n' });
  await client.update(namespaces, { ...going, spec: { finalizers: [] } }, { subresource: 'finalize' });
  await expect(client.get(namespaces, { name: 'n' })).rejects.toMatchObject({ reason: 'NotFound' });
});

it('watches until it is told to stop, and says when it is too late', async () => {
  const { client } = server;
  const abort = new AbortController();
  const events: Array<WatchEvent> = [];
  const { metadata } = await client.list(configMaps);
  await client.create(configMaps, configMap('a', {}, { namespace: 'default' }) as never);
  await client.create(configMaps, configMap('b', {}, { namespace: 'default' }) as never);
  for await (const event of client.watch(configMaps, { resourceVersion: metadata.resourceVersion }, abort.signal)) {
    events.push(event);
    if (events.length === 2) abort.abort();
  }
  expect(events.map((e) => `${e.type} ${e.object.metadata.name}`)).toEqual(['ADDED a', 'ADDED b']);
  await server.store.compact(await server.store.revision());
  const late = await TestServer.start({ store: server.store });
  const watch = late.client.watch(
    configMaps,
    { resourceVersion: metadata.resourceVersion },
    new AbortController().signal,
  );
  await expect(watch[Symbol.asyncIterator]().next()).rejects.toMatchObject({ reason: 'Expired', code: 410 });
  await late.server.close();
});
