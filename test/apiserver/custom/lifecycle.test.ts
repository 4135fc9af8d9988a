import { type Json, TestServer } from '../harness';
import {
  condition,
  define,
  definition,
  definitionsPath,
  gone,
  group,
  watchUntil,
  widget,
  widgetsPath,
} from './definitions';

let server: TestServer;
beforeEach(async () => {
  server = await TestServer.start();
});
afterEach(() => server.stop());

const open = { type: 'object', 'x-kubernetes-preserve-unknown-fields': true };
const name = `widgets.${group}`;

test('a definition is accepted, established, served, and gone again, without a restart', async () => {
  expect((await server.get(widgetsPath)).status).toBe(404);
  const made = await define(server, definition(open));
  expect(made.status).toMatchObject({
    acceptedNames: { plural: 'widgets', singular: 'widget', kind: 'Widget', listKind: 'WidgetList' },
    storedVersions: ['v1'],
  });
  expect(condition(made, 'NamesAccepted')).toMatchObject({ status: 'True', reason: 'NoConflicts' });
  expect(condition(made, 'Established')).toMatchObject({ status: 'True', reason: 'InitialNamesAccepted' });

  const created = await server.post(widgetsPath, widget('a', { spec: { size: 3 } }));
  expect(created.status).toBe(201);
  expect(created.json).toMatchObject({ spec: { size: 3 }, metadata: { generation: 1, namespace: 'default' } });
  expect((await server.get(widgetsPath)).json).toMatchObject({ kind: 'WidgetList', apiVersion: `${group}/v1` });
  const { groups } = (await server.get('/apis')).json;
  expect(groups.map((each: Json) => each.name)).toContain(group);
  expect((await server.get(`/apis/${group}/v1`)).json.resources).toEqual([
    expect.objectContaining({ name: 'widgets', singularName: 'widget', kind: 'Widget', namespaced: true }),
  ]);

  const deleted = await server.delete(`${definitionsPath}/${name}`);
  expect(deleted.json.metadata.finalizers).toEqual(['customresourcecleanup.apiextensions.k8s.io']);
  expect(condition(deleted.json, 'Terminating').status).toBe('True');
  await gone(server, name);
  expect((await server.get(`${widgetsPath}/a`)).status).toBe(404);
  expect((await server.get(`/apis/${group}`)).status).toBe(404);
  expect(await server.store.get(`/registry/${group}/widgets/default/a`)).toBeUndefined();
});

test('a deleted definition waits for the finalizers of its objects, and lets none be created meanwhile', async () => {
  await define(server, definition(open));
  const held = { metadata: { name: 'held', finalizers: ['example.com/hold'] } };
  expect((await server.post(widgetsPath, widget('held', held))).status).toBe(201);
  await server.delete(`${definitionsPath}/${name}`);
  await watchUntil(
    server,
    name,
    ({ object }) => condition(object, 'Terminating')?.reason === 'InstanceDeletionInProgress',
  );
  const refused = await server.post(widgetsPath, widget('late'));
  expect(refused.status).toBe(405);
  expect(refused.json.message).toBe('create not allowed while custom resource definition is terminating');
  await server.patch(`${widgetsPath}/held`, 'merge', { metadata: { finalizers: null } });
  await gone(server, name);
});

test('a watch of a kind that is removed ends', async () => {
  await define(server, definition(open));
  const watch = await server.watch(`${widgetsPath}?watch=1`);
  await server.post(widgetsPath, widget('a'));
  expect(await watch.next()).toMatchObject({ type: 'ADDED' });
  await server.delete(`${definitionsPath}/${name}`);
  expect(await watch.next()).toMatchObject({ type: 'DELETED' });
  expect(await watch.next()).toBeUndefined();
});

test('what is served follows the definition: versions come and go, and survive a restart of the server', async () => {
  await define(server, definition(open));
  await server.post(widgetsPath, widget('a'));
  const v2 = { name: 'v2', served: true, storage: false, schema: { openAPIV3Schema: open } };
  const added = await server.patch(`${definitionsPath}/${name}`, 'json', [
    { op: 'add', path: '/spec/versions/-', value: v2 },
  ]);
  expect(added.json.metadata.generation).toBe(2);
  expect((await server.get(`/apis/${group}/v2/namespaces/default/widgets/a`)).json.apiVersion).toBe(`${group}/v2`);
  const switched = await server.patch(`${definitionsPath}/${name}`, 'json', [
    { op: 'replace', path: '/spec/versions/0/storage', value: false },
    { op: 'replace', path: '/spec/versions/1/storage', value: true },
    { op: 'replace', path: '/spec/versions/0/served', value: false },
  ]);
  expect(switched.json.status.storedVersions).toEqual(['v1', 'v2']);
  expect((await server.get(widgetsPath)).status).toBe(404);
  const dropped = await server.patch(`${definitionsPath}/${name}`, 'json', [
    { op: 'remove', path: '/spec/versions/0' },
  ]);
  expect(dropped.json.message).toContain('status.storedVersions[0]: Invalid value: "v1": must appear in spec.versions');
  // An update that changes nothing brings an object into the new storage version, after which the old one may go.
  const path = `/apis/${group}/v2/namespaces/default/widgets/a`;
  expect((await server.put(path, (await server.get(path)).json)).status).toBe(200);
  const stored = await server.store.get(`/registry/${group}/widgets/default/a`);
  expect(JSON.parse(Buffer.from(stored?.value ?? []).toString()).apiVersion).toBe(`${group}/v2`);
  const migrated = await server.patch(`${definitionsPath}/${name}/status`, 'merge', {
    status: { storedVersions: ['v2'] },
  });
  expect(migrated.status).toBe(200);
  expect(
    (await server.patch(`${definitionsPath}/${name}`, 'json', [{ op: 'remove', path: '/spec/versions/0' }])).status,
  ).toBe(200);
});

test('names that another definition or the server has are not accepted until they are free', async () => {
  await define(server, definition(open));
  const other = definition(
    open,
    {},
    { names: { plural: 'gadgets', singular: 'gadget', kind: 'Widget', shortNames: ['g'] } },
    'gadgets',
    'Widget',
  );
  await server.post(definitionsPath, other);
  const refused = await watchUntil(server, `gadgets.${group}`, ({ object }) => condition(object, 'NamesAccepted'));
  expect(condition(refused, 'NamesAccepted')).toMatchObject({
    status: 'False',
    reason: 'KindConflict',
    message: '"Widget" is already in use',
  });
  expect(condition(refused, 'Established')).toMatchObject({ status: 'False', reason: 'NotAccepted' });
  expect((await server.get(`/apis/${group}/v1/namespaces/default/gadgets`)).status).toBe(404);
  await server.delete(`${definitionsPath}/${name}`);
  await watchUntil(server, `gadgets.${group}`, ({ object }) => condition(object, 'Established')?.status === 'True');
  expect((await server.get(`/apis/${group}/v1/namespaces/default/gadgets`)).status).toBe(200);
});
