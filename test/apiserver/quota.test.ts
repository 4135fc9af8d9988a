import { resourceQuotas } from '../../runtime/kube/resource';
import { cms, configMap, pod, podsPath, TestServer } from './harness';

let server: TestServer;

beforeEach(async () => {
  server = await TestServer.start();
});
afterEach(() => server.stop());

const path = '/api/v1/namespaces/default/resourcequotas';

/** A quota that is counted already, as its controller would. */
async function quota(hard: Record<string, string>, used: Record<string, string>, name = 'q'): Promise<void> {
  await server.post(path, { apiVersion: 'v1', kind: 'ResourceQuota', metadata: { name }, spec: { hard } });
  await write({ hard, used }, name);
}

async function write(status: object, name = 'q'): Promise<void> {
  const answer = await server.patch(`${path}/${name}/status`, 'merge', { status });
  expect(answer.status).toBe(200);
}

async function used(name = 'q'): Promise<Record<string, string>> {
  return (await server.get(`${path}/${name}`)).json.status.used;
}

test('of writes that come at once, no more get through than fit', async () => {
  await quota({ configmaps: '10' }, { configmaps: '0' });
  const answers = await Promise.all(Array.from({ length: 40 }, (_, i) => server.post(cms, configMap(`m${i}`))));
  expect(answers.filter(({ status }) => status === 201)).toHaveLength(10);
  const refused = answers.filter(({ status }) => status === 403);
  expect(refused).toHaveLength(30);
  expect(refused[0]?.json.message).toMatch(
    /^configmaps "m\d+" is forbidden: exceeded quota: q, requested: configmaps=1, used: configmaps=10, limited: configmaps=10$/,
  );
  expect(await used()).toEqual({ configmaps: '10' });
  expect((await server.get(cms)).json.items).toHaveLength(10);
});

test('a status that falls behind lets nothing more through', async () => {
  await quota({ configmaps: '10' }, { configmaps: '0' });
  let over = false;
  const setBack = async () => {
    while (!over) await write({ used: { configmaps: '0' } });
  };
  const setting = setBack();
  const answers = await Promise.all(Array.from({ length: 40 }, (_, i) => server.post(cms, configMap(`m${i}`))));
  over = true;
  await setting;
  expect(answers.filter(({ status }) => status === 201)).toHaveLength(10);
});

test('what is refused or fails is charged to no quota', async () => {
  await quota({ configmaps: '5' }, { configmaps: '0' });
  await quota({ 'count/configmaps': '0' }, { 'count/configmaps': '0' }, 'r');
  expect((await server.post(cms, configMap('one'))).status).toBe(403);
  expect(await used()).toEqual({ configmaps: '0' });
  await server.delete(`${path}/r`);
  expect((await server.post(cms, configMap('one'))).status).toBe(201);
  expect((await server.post(cms, configMap('one'))).status).toBe(409);
  expect(await used()).toEqual({ configmaps: '1' });
});

test('a pod that gets a deadline is charged to the quotas of pods that end by themselves', async () => {
  const scoped = (name: string, scope: string) => {
    const spec = { hard: { pods: '1' }, scopes: [scope] };
    return server.post(path, { apiVersion: 'v1', kind: 'ResourceQuota', metadata: { name }, spec });
  };
  await scoped('ending', 'Terminating');
  await write({ hard: { pods: '1' }, used: { pods: '0' } }, 'ending');
  for (const name of ['a', 'b']) expect((await server.post(podsPath, pod(name))).status).toBe(201);
  const end = (name: string) => server.patch(`${podsPath}/${name}`, 'merge', { spec: { activeDeadlineSeconds: 100 } });
  expect((await end('a')).status).toBe(200);
  expect(await used('ending')).toEqual({ pods: '1' });
  const refused = await end('b');
  expect([refused.status, refused.json.message]).toEqual([403, expect.stringContaining('exceeded quota: ending')]);
  // A deadline that moves takes a pod nowhere.
  const later = { spec: { activeDeadlineSeconds: 50 } };
  expect((await server.patch(`${podsPath}/a`, 'merge', later)).status).toBe(200);
  expect(await used('ending')).toEqual({ pods: '1' });
});

test('a dry run is checked and not charged', async () => {
  await quota({ configmaps: '1' }, { configmaps: '0' });
  expect((await server.post(`${cms}?dryRun=All`, configMap('one'))).status).toBe(201);
  expect(await used()).toEqual({ configmaps: '0' });
  expect((await server.post(cms, configMap('one'))).status).toBe(201);
  expect((await server.post(`${cms}?dryRun=All`, configMap('two'))).status).toBe(403);
});

test('an invalid object is told what is wrong with it, whatever the quota', async () => {
  await quota({ pods: '0' }, { pods: '0' });
  const answer = await server.post(podsPath, pod('web', { containers: [] }));
  expect(answer.status).toBe(422);
});

test('the quota of another namespace does not count', async () => {
  await quota({ configmaps: '0' }, { configmaps: '0' });
  await server.post('/api/v1/namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'other' } });
  const there = { ...configMap('m'), metadata: { name: 'm', namespace: 'other' } };
  expect((await server.post('/api/v1/namespaces/other/configmaps', there)).status).toBe(201);
  const { items } = await server.client.list(resourceQuotas);
  expect(items[0]?.status?.used).toEqual({ configmaps: '0' });
});
