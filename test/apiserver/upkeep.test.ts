import fc from 'fast-check';
import { encodeObject, StoredObject } from '../../runtime/apiserver/registry/stored-object';
import { publishEndpoint } from '../../runtime/apiserver/upkeep/own-endpoint';
import type { Event } from '../../runtime/kube/generated/types';
import { endpointSlices, events } from '../../runtime/kube/resource';
import { rfc3339 } from '../../runtime/util/clock';
import { cms, configMap, type Json, TestServer } from './harness';

let server: TestServer;
beforeEach(async () => {
  server = await TestServer.start();
});
afterEach(() => server.stop());

function event(name: string, seen: number): Event {
  const involvedObject = { kind: 'Pod', namespace: 'default', name: 'p' };
  return {
    apiVersion: 'v1',
    kind: 'Event',
    metadata: { name, namespace: 'default' },
    involvedObject,
    lastTimestamp: rfc3339(seen),
  };
}

it('the Service kubernetes leads to the server, also after its address changed', async () => {
  const { client } = server;
  await publishEndpoint(client, '192.0.2.1', 6443);
  await publishEndpoint(client, '192.0.2.2', 6443);
  const slice = await client.get(endpointSlices, { namespace: 'default', name: 'kubernetes' });
  expect(slice).toMatchObject({
    metadata: { labels: { 'kubernetes.io/service-name': 'kubernetes' } },
    endpoints: [{ addresses: ['192.0.2.2'] }],
    ports: [{ name: 'https', port: 6443 }],
  });
  expect(slice.endpoints).toHaveLength(1);
});

it("the system's priority classes are there from the start, and stay", async () => {
  const path = '/apis/scheduling.k8s.io/v1/priorityclasses';
  const { json } = await server.get(path);
  const values = json.items.map((item: Json) => [item.metadata.name, item.value]);
  expect(values).toEqual([
    ['system-cluster-critical', 2000000000],
    ['system-node-critical', 2000001000],
  ]);
  const refused = await server.delete(`${path}/system-node-critical`);
  expect(refused.status).toBe(403);
  expect(refused.json.message).toBe(
    'priorityclasses.scheduling.k8s.io "system-node-critical" is forbidden: this is a system priority class and cannot be deleted',
  );
});

it('the range of Services is there to be looked up', async () => {
  const { json } = await server.get('/apis/networking.k8s.io/v1/servicecidrs/kubernetes');
  expect(json).toMatchObject({
    spec: { cidrs: ['10.43.0.0/16'] },
    status: { conditions: [{ type: 'Ready', status: 'True' }] },
  });
});

it('Events go an hour after they were last seen', async () => {
  const { client, clock } = server;
  await client.create(events, event('old', clock.now()));
  await client.create(events, event('again', clock.now()));
  await clock.advance(1800_000);
  await client.patch(
    events,
    { namespace: 'default', name: 'again' },
    { type: 'merge', body: { lastTimestamp: rfc3339(clock.now()) } },
  );
  await clock.advance(1800_000 + 60_000);
  const { items } = await client.list(events);
  expect(items.map((item) => item.metadata.name)).toEqual(['again']);
});

it('history is forgotten after five to ten minutes', async () => {
  await server.post(cms, configMap('a'));
  const first = await server.store.revision();
  await server.clock.advance(300_000);
  expect(await server.store.compactedRevision()).toBeLessThan(first);
  await server.clock.advance(300_000);
  expect(await server.store.compactedRevision()).toBe(first);
});

it('a server whose store fails says so', async () => {
  let failed: unknown;
  const other = await TestServer.start({ onFailure: (error) => (failed = error) });
  await other.store.close();
  await new Promise((resolve) => setImmediate(resolve));
  expect(String(failed)).toContain('the store ended its watch');
  expect((await other.get('/readyz')).text).toContain('[-]watch-cache failed');
  await other.server.close();
});

it('stored bytes with a version spliced in parse to the object with that version', () => {
  fc.assert(
    fc.property(fc.dictionary(fc.string(), fc.jsonValue()), fc.dictionary(fc.string(), fc.string()), (rest, labels) => {
      const object = { ...rest, apiVersion: 'v1', kind: 'X', metadata: { name: 'n', labels, resourceVersion: '1' } };
      const text = new StoredObject('/k', 42, encodeObject(object)).json.toString();
      const expected = JSON.parse(
        JSON.stringify({ ...object, metadata: { ...object.metadata, resourceVersion: '42' } }),
      );
      expect(JSON.parse(text)).toEqual(expected);
    }),
  );
});
