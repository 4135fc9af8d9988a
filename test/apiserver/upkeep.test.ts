import fc from 'fast-check';
import { ApiServer } from '../../runtime/apiserver/api-server';
import { encodeObject, StoredObject } from '../../runtime/apiserver/registry/stored-object';
import { publishEndpoint } from '../../runtime/apiserver/upkeep/own-endpoint';
import type { Event } from '../../runtime/kube/generated/types';
import { kinds } from '../../runtime/kube/kinds';
import { endpointSlices, endpoints, events, flowSchemas } from '../../runtime/kube/resource';
import { rfc3339 } from '../../runtime/util/clock';
import { minimalControl } from '../kube/kinds/minimal-control';
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
  const old = await client.get(endpoints, { namespace: 'default', name: 'kubernetes' });
  expect(old.subsets).toEqual([
    { addresses: [{ ip: '192.0.2.2' }], ports: [{ name: 'https', port: 6443, protocol: 'TCP' }] },
  ]);
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

it("Kubernetes' priority levels and flow schemas are there, and what a person changed of them stays", async () => {
  const group = '/apis/flowcontrol.apiserver.k8s.io/v1';
  const names = async (plural: string) =>
    (await server.get(`${group}/${plural}`)).json.items.map((item: Json) => item.metadata.name);
  expect(await names('prioritylevelconfigurations')).toEqual(expect.arrayContaining(['exempt', 'catch-all', 'system']));
  expect(await names('flowschemas')).toEqual(expect.arrayContaining(['exempt', 'catch-all', 'system-nodes', 'probes']));
  await server.patch(`${group}/flowschemas/probes`, 'merge', { spec: { matchingPrecedence: 3 } });
  const again = await ApiServer.create({ store: server.store, kinds, ca: server.ca, clock: server.clock });
  const probes = await again.client('test').get(flowSchemas, { name: 'probes' });
  expect(probes.spec?.matchingPrecedence).toBe(3);
  await again.close();
});

it('a certificate request says who made it, and when it was approved', async () => {
  const path = '/apis/certificates.k8s.io/v1/certificatesigningrequests';
  const ann = await server.identity('ann', ['system:masters', 'team']);
  const request = minimalControl.certificateSigningRequest();
  const { json } = await server.post(path, request, { as: ann });
  expect(json.spec).toMatchObject({ username: 'ann', groups: expect.arrayContaining(['team', 'system:masters']) });
  const now = rfc3339(server.clock.now());
  const conditions = [{ type: 'Approved', status: 'True', reason: 'Fine' }];
  const approved = await server.put(`${path}/ann/approval`, { ...json, status: { conditions } });
  const stamped = { ...conditions[0], lastUpdateTime: now, lastTransitionTime: now };
  expect(approved.json.status).toEqual({ conditions: [stamped] });
  const managed = approved.json.metadata.managedFields.find((entry: Json) => entry.subresource === 'approval');
  expect(managed.fieldsV1['f:status']).toBeDefined();
  const listed = await server.get(`${path}?fieldSelector=spec.signerName=${request.spec.signerName}`);
  expect(listed.json.items).toHaveLength(1);
  expect((await server.post(`${path}/ann/approval`, json)).status).toBe(405);
  expect((await server.get(`${path}/ann/constructor`)).status).toBe(404);
});

it('Events are the same objects in both groups', async () => {
  const core = '/api/v1/namespaces/default/events';
  const group = '/apis/events.k8s.io/v1/namespaces/default/events';
  const made = await server.post(group, { ...minimalControl.groupEvent(), note: 'seen' });
  expect(made.status).toBe(201);
  const { json } = await server.get(`${core}/web.1`);
  expect(json).toMatchObject({ apiVersion: 'v1', message: 'seen', reportingComponent: 'example.com/robot' });
  expect(json.metadata).toEqual({ ...made.json.metadata, managedFields: expect.anything() });
  const selected = await server.get(`${group}?fieldSelector=regarding.name=web,reason=Looked`);
  expect(selected.json).toMatchObject({ apiVersion: 'events.k8s.io/v1', kind: 'EventList', items: [{ note: 'seen' }] });
  await server.delete(`${core}/web.1`);
  expect((await server.get(`${group}/web.1`)).status).toBe(404);
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
