import { define, definition, group } from './custom/definitions';
import { type Json, TestServer } from './harness';

let server: TestServer;
beforeAll(async () => {
  server = await TestServer.start();
});
afterAll(() => server.stop());

const path = '/apis/apiregistration.k8s.io/v1/apiservices';

test('every group and version is served by this server itself, custom ones as long as they are', async () => {
  const { kind, items } = (await server.get(path)).json;
  expect(kind).toBe('APIServiceList');
  const names = items.map((item: Json) => item.metadata.name);
  expect(names).toEqual(expect.arrayContaining(['v1.', 'v1.apps', 'v2.autoscaling', 'v1.apiregistration.k8s.io']));
  expect(new Set(names).size).toBe(names.length);
  const apps = (await server.get(`${path}/v1.apps`)).json;
  expect(apps.spec).toMatchObject({ group: 'apps', version: 'v1' });
  expect(apps.status.conditions).toEqual([
    expect.objectContaining({ type: 'Available', status: 'True', reason: 'Local' }),
  ]);
  const own = `${path}/v1.${group}`;
  expect((await server.get(own)).status).toBe(404);
  await define(server, definition({ type: 'object' }));
  const custom = (await server.get(own)).json;
  expect(custom.spec.groupPriorityMinimum).toBeLessThan(apps.spec.groupPriorityMinimum);
});

test('versions of a group are ordered as in discovery', async () => {
  const priority = async (name: string) => (await server.get(`${path}/${name}`)).json.spec.versionPriority;
  expect(await priority('v2.autoscaling')).toBeGreaterThan(await priority('v1.autoscaling'));
});

test('are shown in a table', async () => {
  const accept = 'application/json;as=Table;v=v1;g=meta.k8s.io';
  const { rows } = (await server.get(`${path}/v1.apps`, { headers: { accept } })).json;
  expect(rows[0].cells.slice(0, 3)).toEqual(['v1.apps', 'Local', 'True']);
});

test('no other API server can be brought', async () => {
  const body = { apiVersion: 'apiregistration.k8s.io/v1', kind: 'APIService', metadata: { name: 'v1.example.com' } };
  expect((await server.post(path, body)).status).toBe(405);
});
