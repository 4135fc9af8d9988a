import { podDisruptionBudgets } from '../../runtime/kube/resource';
import { bind, pod, podsPath, TestServer } from './harness';

const budgets = '/apis/policy/v1/namespaces/default/poddisruptionbudgets';
let server: TestServer;

beforeEach(async () => {
  server = await TestServer.start();
});
afterEach(() => server.stop());

/** A pod that runs, ready or not. */
async function running(name: string, ready: 'True' | 'False' = 'True'): Promise<void> {
  await server.post(podsPath, pod(name, {}, { labels: { app: 'web' } }));
  await bind(server, name, 'n1');
  const conditions = [{ type: 'Ready', status: ready }];
  const patched = await server.patch(`${podsPath}/${name}/status`, 'strategic', {
    status: { phase: 'Running', conditions },
  });
  expect(patched.status).toBe(200);
}

async function budget(name: string, spec: object, status?: object): Promise<void> {
  const body = { apiVersion: 'policy/v1', kind: 'PodDisruptionBudget', metadata: { name }, spec };
  expect((await server.post(budgets, body)).status).toBe(201);
  if (!status) return;
  const patched = await server.patch(`${budgets}/${name}/status`, 'merge', {
    status: { observedGeneration: 1, ...status },
  });
  expect(patched.status).toBe(200);
}

function evict(name: string, options?: object) {
  const body = { apiVersion: 'policy/v1', kind: 'Eviction', metadata: { name }, deleteOptions: options };
  return server.post(`${podsPath}/${name}/eviction`, body);
}

const selector = { matchLabels: { app: 'web' } };

it('is refused while the budget allows none, with its cause', async () => {
  await running('a');
  await budget('b', { minAvailable: 1, selector }, { disruptionsAllowed: 0, desiredHealthy: 1, currentHealthy: 1 });
  const answer = await evict('a');
  expect(answer.status).toBe(429);
  expect(answer.json).toMatchObject({
    reason: 'TooManyRequests',
    message: "Cannot evict pod as it would violate the pod's disruption budget.",
    details: {
      causes: [
        { reason: 'DisruptionBudget', message: 'The disruption budget b needs 1 healthy pods and has 1 currently' },
      ],
    },
  });
  expect((await server.get(`${podsPath}/a`)).json.metadata.deletionTimestamp).toBeUndefined();
});

it('is refused until the budget was counted, and says when to ask again', async () => {
  await running('a');
  await budget('b', { maxUnavailable: 1, selector });
  const answer = await evict('a');
  expect(answer.status).toBe(429);
  expect(answer.headers['retry-after']).toBe('10');
  expect(answer.json.details.causes[0].message).toBe('The disruption budget b is still being processed by the server.');
});

it('charges the budget, and says on the pod why it ends', async () => {
  await running('a');
  await running('c');
  await budget('b', { maxUnavailable: 1, selector }, { disruptionsAllowed: 1, desiredHealthy: 1, currentHealthy: 2 });
  expect((await evict('a')).status).toBe(201);
  const evicted = (await server.get(`${podsPath}/a`)).json;
  expect(evicted.metadata.deletionTimestamp).toBeDefined();
  expect(evicted.status.conditions).toContainEqual(
    expect.objectContaining({ type: 'DisruptionTarget', status: 'True', reason: 'EvictionByEvictionAPI' }),
  );
  const charged = await server.client.get(podDisruptionBudgets, { namespace: 'default', name: 'b' });
  expect(charged.status).toMatchObject({ disruptionsAllowed: 0, disruptedPods: { a: expect.any(String) } });
  expect((await evict('c')).status).toBe(429);
  // One that ends already costs nothing.
  expect((await evict('a')).status).toBe(201);
});

it('of many at once lets through as many as are allowed', async () => {
  const names = ['a', 'b', 'c', 'd'];
  for (const name of names) await running(name);
  await budget(
    'budget',
    { maxUnavailable: 2, selector },
    { disruptionsAllowed: 2, desiredHealthy: 2, currentHealthy: 4 },
  );
  const answers = await Promise.all(names.map((name) => evict(name)));
  expect(answers.map(({ status }) => status).sort()).toEqual([201, 201, 429, 429]);
});

it('of a pod that does not serve goes by the policy', async () => {
  await running('sick', 'False');
  await budget('b', { minAvailable: 1, selector }, { disruptionsAllowed: 0, desiredHealthy: 1, currentHealthy: 0 });
  expect((await evict('sick')).status).toBe(429);
  await server.patch(`${budgets}/b`, 'merge', { spec: { unhealthyPodEvictionPolicy: 'AlwaysAllow' } });
  expect((await evict('sick')).status).toBe(201);
});

it('of a pod that does not serve passes where enough others do', async () => {
  await running('sick', 'False');
  await budget('b', { minAvailable: 1, selector }, { disruptionsAllowed: 0, desiredHealthy: 1, currentHealthy: 1 });
  expect((await evict('sick')).status).toBe(201);
  expect((await server.get(`${budgets}/b`)).json.status.disruptionsAllowed).toBe(0);
});

it('with two budgets is not possible', async () => {
  await running('a');
  for (const name of ['b', 'c']) await budget(name, { maxUnavailable: 1, selector }, { disruptionsAllowed: 1 });
  const answer = await evict('a');
  expect(answer.status).toBe(500);
  expect(answer.json.message).toContain('more than one PodDisruptionBudget');
});

it('that is only tried changes nothing', async () => {
  await running('a');
  await budget('b', { maxUnavailable: 1, selector }, { disruptionsAllowed: 1 });
  expect((await evict('a', { dryRun: ['All'] })).status).toBe(201);
  expect((await server.get(`${podsPath}/a`)).json.metadata.deletionTimestamp).toBeUndefined();
  expect((await server.get(`${budgets}/b`)).json.status.disruptionsAllowed).toBe(1);
});

it('keeps the preconditions of its options', async () => {
  await running('a');
  expect((await evict('a', { preconditions: { uid: 'other' } })).status).toBe(409);
  expect((await evict('b')).status).toBe(404);
  const body = { apiVersion: 'policy/v1', kind: 'Eviction', metadata: { name: 'other' } };
  expect((await server.post(`${podsPath}/a/eviction`, body)).status).toBe(400);
});

it('of a version of the pod goes where it is still that one', async () => {
  await running('a');
  const { resourceVersion } = (await server.get(`${podsPath}/a`)).json.metadata;
  expect((await evict('a', { preconditions: { resourceVersion: '1' } })).status).toBe(409);
  const untouched = (await server.get(`${podsPath}/a`)).json;
  expect(untouched.metadata.resourceVersion).toBe(resourceVersion);
  expect((await evict('a', { preconditions: { resourceVersion } })).status).toBe(201);
  expect((await server.get(`${podsPath}/a`)).json.metadata.deletionTimestamp).toBeDefined();
});

it('says so on a pod that has ended too, where something still holds it', async () => {
  const metadata = { finalizers: ['example.com/held'] };
  await server.post(podsPath, pod('done', {}, metadata));
  await server.patch(`${podsPath}/done/status`, 'strategic', { status: { phase: 'Succeeded' } });
  expect((await evict('done')).status).toBe(201);
  expect((await server.get(`${podsPath}/done`)).json.status.conditions).toContainEqual(
    expect.objectContaining({ type: 'DisruptionTarget', status: 'True' }),
  );
});

it('of a version that is not known is refused', async () => {
  await running('a');
  const body = { apiVersion: 'policy/v2', kind: 'Eviction', metadata: { name: 'a' } };
  const refused = await server.post(`${podsPath}/a/eviction`, body);
  expect([refused.status, refused.json.message]).toEqual([400, expect.stringContaining('policy/v2')]);
});
