import { type Json, TestServer } from '../harness';

let server: TestServer;
beforeAll(async () => {
  server = await TestServer.start();
});
afterAll(() => server.stop());

const base = '/apis/flowcontrol.apiserver.k8s.io/v1';
const schemas = `${base}/flowschemas`;
const levels = `${base}/prioritylevelconfigurations`;
const dangling = ({ status }: Json) => status?.conditions?.find((each: Json) => each.type === 'Dangling');

/** What the condition says as soon as it says `status`, as a watch hears of it. */
async function until(name: string, status: string): Promise<Json> {
  const query = 'watch=1&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true';
  const watch = await server.watch(`${schemas}?${query}&fieldSelector=metadata.name%3D${name}`);
  for (;;) {
    const { object } = await watch.next();
    if (dangling(object)?.status !== status) continue;
    watch.close();
    return dangling(object);
  }
}

test('a FlowSchema says whether its priority level is there, whenever that comes or goes', async () => {
  const level = { apiVersion: 'flowcontrol.apiserver.k8s.io/v1', kind: 'PriorityLevelConfiguration' };
  const spec = { priorityLevelConfiguration: { name: 'mine' } };
  await server.post(schemas, {
    apiVersion: 'flowcontrol.apiserver.k8s.io/v1',
    kind: 'FlowSchema',
    metadata: { name: 'mine' },
    spec,
  });
  expect(await until('mine', 'True')).toMatchObject({ reason: 'NotFound', lastTransitionTime: expect.any(String) });
  const limited = { type: 'Limited', limited: { limitResponse: { type: 'Reject' } } };
  expect((await server.post(levels, { ...level, metadata: { name: 'mine' }, spec: limited })).status).toBe(201);
  expect((await until('mine', 'False')).reason).toBe('Found');
  await server.delete(`${levels}/mine`);
  expect((await until('mine', 'True')).reason).toBe('NotFound');
});

test('those that every cluster has find theirs', async () => {
  expect((await until('exempt', 'False')).message).toContain('named "exempt" and it exists');
});
