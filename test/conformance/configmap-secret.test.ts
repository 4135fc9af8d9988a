import { configMap, type Json } from '../apiserver/harness';
import { eventsUntil, must, useCluster } from './support/cluster';

const cluster = useCluster();
let namespace: string;
let configMaps: string;
let secrets: string;

beforeEach(async () => {
  namespace = await cluster().namespace();
  configMaps = `/api/v1/namespaces/${namespace}/configmaps`;
  secrets = `/api/v1/namespaces/${namespace}/secrets`;
});

const base64 = (text: string) => Buffer.from(text).toString('base64');
const secret = (name: string, data: Record<string, string>, meta: object = {}) => ({
  apiVersion: 'v1',
  kind: 'Secret',
  metadata: { name, ...meta },
  data: Object.fromEntries(Object.entries(data).map(([key, value]) => [key, base64(value)])),
});

describe('[sig-node] ConfigMap', () => {
  it('should fail to create ConfigMap with empty key [Conformance]', async () => {
    const answer = await cluster().server.post(configMaps, configMap('empty-key', { '': 'value' }));
    expect(answer.status).toBe(422);
    expect(answer.json).toMatchObject({ reason: 'Invalid', details: { kind: 'ConfigMap', name: 'empty-key' } });
    expect((await cluster().server.get(`${configMaps}/empty-key`)).status).toBe(404);
  });

  it('should update ConfigMap successfully [NodeConformance] [Conformance]', async () => {
    const created = must(await cluster().server.post(configMaps, configMap('a', { data: 'value' })), 201);
    created.data = { data: 'value', data_1: 'value_1' };
    const updated = must(await cluster().server.put(`${configMaps}/a`, created));
    expect(updated.data).toEqual({ data: 'value', data_1: 'value_1' });
    expect(updated.metadata.uid).toBe(created.metadata.uid);
    expect(must(await cluster().server.get(`${configMaps}/a`))).toEqual(updated);
  });

  it('should run through a ConfigMap lifecycle [Conformance]', async () => {
    const watch = await cluster().server.watch(`${configMaps}?watch=1&labelSelector=test-configmap-static%3Dtrue`);
    const labels = { 'test-configmap-static': 'true' };
    must(await cluster().server.post(configMaps, configMap('a', { valueName: 'value' }, { labels })), 201);
    await eventsUntil(watch, ({ type }) => type === 'ADDED');
    must(
      await cluster().server.patch(`${configMaps}/a`, 'strategic', {
        metadata: { labels: { 'test-configmap': 'patched' } },
        data: { valueName: 'value1' },
      }),
    );
    await eventsUntil(watch, ({ type, object }) => type === 'MODIFIED' && object.data.valueName === 'value1');
    const patched = must(await cluster().server.get(`${configMaps}/a`));
    expect(patched).toMatchObject({
      data: { valueName: 'value1' },
      metadata: { labels: { ...labels, 'test-configmap': 'patched' } },
    });
    const everywhere = must(
      await cluster().server.get('/api/v1/configmaps?labelSelector=test-configmap-static%3Dtrue'),
    );
    expect(everywhere.items.map((item: Json) => [item.metadata.namespace, item.metadata.name])).toEqual([
      [namespace, 'a'],
    ]);
    must(await cluster().server.delete(`${configMaps}?labelSelector=test-configmap-static%3Dtrue`));
    await eventsUntil(watch, ({ type }) => type === 'DELETED');
    const left = must(await cluster().server.get(`${configMaps}?labelSelector=test-configmap-static%3Dtrue`));
    expect(left.items).toEqual([]);
    watch.close();
  });
});

describe('[sig-node] Secrets', () => {
  it('should fail to create secret due to empty secret key [Conformance]', async () => {
    const answer = await cluster().server.post(secrets, secret('empty-key', { '': 'value-1' }));
    expect(answer.status).toBe(422);
    expect(answer.json).toMatchObject({ reason: 'Invalid', details: { kind: 'Secret' } });
    // The value is in no message.
    expect(answer.text).not.toContain(base64('value-1'));
  });

  it('should patch a secret [Conformance]', async () => {
    const labels = { testsecret: 'true' };
    must(await cluster().server.post(secrets, secret('a', { key: 'value' }, { labels })), 201);
    const listed = must(await cluster().server.get('/api/v1/secrets?labelSelector=testsecret%3Dtrue'));
    expect(listed.items.map((item: Json) => item.metadata.name)).toEqual(['a']);
    must(
      await cluster().server.patch(`${secrets}/a`, 'strategic', {
        metadata: { labels: { testsecret: 'true', patched: 'yes' } },
        data: { key: base64('value1') },
      }),
    );
    expect(must(await cluster().server.get(`${secrets}/a`))).toMatchObject({
      metadata: { labels: { testsecret: 'true', patched: 'yes' } },
      data: { key: base64('value1') },
      type: 'Opaque',
    });
    must(await cluster().server.delete(`${secrets}?labelSelector=testsecret%3Dtrue`));
    expect(must(await cluster().server.get('/api/v1/secrets?labelSelector=testsecret%3Dtrue')).items).toEqual([]);
  });
});

/** What holds for either kind once it is immutable, beside what may still change. */
async function behavesImmutably(path: string, object: Json, other: string): Promise<void> {
  const { server } = cluster();
  const stored = must(await server.post(path, object), 201);
  const one = `${path}/${object.metadata.name}`;
  const [key = ''] = Object.keys(object.data);
  // Until it is marked, it changes.
  const changed = must(await server.put(one, { ...stored, data: { ...stored.data, [key]: other } }));
  const marked = must(await server.put(one, { ...changed, immutable: true }));
  expect(marked.immutable).toBe(true);
  // From then on neither its data nor the mark do.
  const attempts = [
    { ...marked, data: { ...marked.data, [key]: stored.data[key] } },
    { ...marked, data: { ...marked.data, more: other } },
    { ...marked, immutable: false },
    { ...marked, immutable: undefined },
  ];
  for (const attempt of attempts) {
    const answer = await server.put(one, attempt);
    expect(answer.status).toBe(422);
    expect(answer.json.reason).toBe('Invalid');
  }
  // Metadata does, and it can be deleted.
  must(await server.patch(one, 'merge', { metadata: { labels: { still: 'changes' } } }));
  expect(must(await server.get(one)).data).toEqual(changed.data);
  must(await server.delete(one));
}

describe('[sig-storage] ConfigMap', () => {
  it('should be immutable if `immutable` field is set [Conformance]', async () => {
    await behavesImmutably(configMaps, configMap('a', { key: 'value' }), 'other');
  });
});

describe('[sig-storage] Secrets', () => {
  it('should be immutable if `immutable` field is set [Conformance]', async () => {
    await behavesImmutably(secrets, secret('a', { key: 'value' }), base64('other'));
  });
});
