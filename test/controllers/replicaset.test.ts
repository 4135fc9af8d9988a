import { replicaSetController } from '../../runtime/controllers/replicaset/controller';
import { podsToDelete } from '../../runtime/controllers/replicaset/rank';
import { slowStart } from '../../runtime/controllers/slow-start';
import type { Pod } from '../../runtime/kube/generated/types';
import { events, pods, replicaSets } from '../../runtime/kube/resource';
import { StatusError } from '../../runtime/kube/status-error';
import { fakeKubelet, harness, podsOf, replicaSet } from './harness';

const key = { namespace: 'default', name: 'web' };

describe('the pods to delete first', () => {
  const base = (name: string, more: Partial<Pod> & { ready?: string } = {}): Pod => ({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace: 'n', creationTimestamp: '2026-01-01T00:00:00Z', ...more.metadata },
    spec: { containers: [], nodeName: 'node-a', ...more.spec },
    status: {
      phase: 'Running',
      conditions: [{ type: 'Ready', status: 'True', lastTransitionTime: more.ready ?? '2026-01-01T00:00:10Z' }],
      ...more.status,
    },
  });
  const cases: Array<[string, Pod]> = [
    ['one without a node', base('x', { spec: { containers: [], nodeName: '' } })],
    ['a pending one', base('x', { status: { phase: 'Pending' } })],
    ['one that is not ready', base('x', { status: { phase: 'Running', conditions: [] } })],
    ['the cheapest', base('x', { metadata: { annotations: { 'controller.kubernetes.io/pod-deletion-cost': '-5' } } })],
    ['the one ready for the shortest time', base('x', { ready: '2026-01-01T00:05:00Z' })],
    [
      'the one that restarted most',
      base('x', {
        status: {
          ...base('x').status,
          containerStatuses: [{ name: 'c', ready: true, restartCount: 3, image: '', imageID: '' }],
        },
      }),
    ],
    ['the youngest', base('x', { metadata: { creationTimestamp: '2026-01-01T00:00:05Z' } })],
  ];
  test.each(cases)('%s', (_name, odd) => {
    const named = { ...odd, metadata: { ...base('x').metadata, ...odd.metadata, name: 'x' } };
    const names = podsToDelete([base('a'), named, base('z')], 1).map((pod) => pod.metadata.name);
    expect(names).toEqual(['x']);
  });

  test('one from the node that has most of them', () => {
    const on = (name: string, nodeName: string) => base(name, { spec: { containers: [], nodeName } });
    const names = podsToDelete([on('a', 'n1'), on('b', 'n2'), on('c', 'n2')], 1).map((pod) => pod.metadata.name);
    expect(names).toEqual(['b']);
  });
});

test('slow start doubles its batches and stops at the first that fails', async () => {
  const together: number[] = [];
  let running = 0;
  let calls = 0;
  const attempt = slowStart(100, async () => {
    calls++;
    running++;
    await Promise.resolve();
    together.push(running);
    if (calls > 7) throw new Error('quota');
  }).finally(() => {
    running = 0;
  });
  await expect(attempt).rejects.toThrow('quota');
  expect(calls).toBe(15);
});

test('makes the pods, reports them, replaces one that goes', async () => {
  const { client, settle, stop } = await harness(replicaSetController, fakeKubelet());
  await client.create(replicaSets, replicaSet('web', 3));
  await settle();
  const made = await podsOf(client);
  expect(made).toHaveLength(3);
  expect(made[0]?.metadata).toMatchObject({
    name: expect.stringMatching(/^web-/),
    labels: { app: 'web' },
    ownerReferences: [
      { apiVersion: 'apps/v1', kind: 'ReplicaSet', name: 'web', controller: true, blockOwnerDeletion: true },
    ],
  });
  expect((await client.get(replicaSets, key)).status).toMatchObject({
    replicas: 3,
    fullyLabeledReplicas: 3,
    readyReplicas: 3,
    availableReplicas: 3,
    observedGeneration: 1,
  });
  await client.delete(pods, { namespace: 'default', name: made[0]?.metadata.name ?? '' });
  await settle();
  expect(await podsOf(client)).toHaveLength(3);
  await stop();
});

test('makes and deletes exactly as many as it should, however stale its cache', async () => {
  const { client, settle, stop } = await harness(replicaSetController);
  await client.create(replicaSets, replicaSet('web', 20));
  await settle();
  await client.patch(replicaSets, key, { type: 'merge', body: { spec: { replicas: 5 } } });
  await settle();
  const counts = (verb: string) => client.writes.filter((write) => write.startsWith(`${verb} pods`)).length;
  expect([counts('create'), counts('delete'), (await podsOf(client)).length]).toEqual([20, 15, 5]);
  await stop();
});

test('adopts what it selects and lets go of what it no longer does', async () => {
  const { client, settle, stop } = await harness(replicaSetController, fakeKubelet());
  const stray: Pod = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'stray', namespace: 'default', labels: { app: 'web' } },
  };
  await client.create(pods, stray);
  await client.create(replicaSets, replicaSet('web', 2));
  await settle();
  expect(await podsOf(client)).toHaveLength(2);
  const owners = async () => (await client.get(pods, { ...key, name: 'stray' })).metadata.ownerReferences;
  expect(await owners()).toMatchObject([{ name: 'web', controller: true }]);
  const body = { metadata: { labels: { app: 'debug' } } };
  await client.patch(pods, { ...key, name: 'stray' }, { type: 'merge', body });
  await settle();
  expect(await owners()).toEqual([]);
  expect(await podsOf(client)).toHaveLength(3);
  await stop();
});

test('says why pods cannot be made, and goes on trying', async () => {
  const { client, clock, settle, stop } = await harness(replicaSetController);
  let broken = true;
  client.intercept = (verb, resource) => {
    if (broken && verb === 'create' && resource.kind === 'Pod') throw new StatusError('Forbidden', 'exceeded quota');
  };
  await client.create(replicaSets, replicaSet('web', 2));
  await settle();
  expect((await client.get(replicaSets, key)).status?.conditions).toMatchObject([
    { type: 'ReplicaFailure', status: 'True', reason: 'FailedCreate', message: 'exceeded quota' },
  ]);
  expect((await client.list(events)).items[0]).toMatchObject({
    type: 'Warning',
    reason: 'FailedCreate',
    message: 'Error creating: exceeded quota',
  });
  broken = false;
  await clock.advance(30_000);
  expect(await podsOf(client)).toHaveLength(2);
  expect((await client.get(replicaSets, key)).status?.conditions).toBeUndefined();
  await stop();
});

test('counts a pod as available once it has been ready for minReadySeconds', async () => {
  const { client, clock, settle, stop } = await harness(replicaSetController, fakeKubelet());
  await client.create(replicaSets, replicaSet('web', 1, { minReadySeconds: 10 }));
  await settle();
  const available = async () => (await client.get(replicaSets, key)).status?.availableReplicas;
  expect(await available()).toBeUndefined();
  await clock.advance(10_000);
  expect(await available()).toBe(1);
  await stop();
});

test('makes no pods for a ReplicaSet that is being deleted', async () => {
  const { client, settle, stop } = await harness(replicaSetController);
  const set = replicaSet('web', 2);
  set.metadata.finalizers = ['foregroundDeletion'];
  set.metadata.deletionTimestamp = '2026-01-01T00:00:00Z';
  client.seed(replicaSets, set);
  await settle();
  expect(await podsOf(client)).toHaveLength(0);
  await stop();
});
