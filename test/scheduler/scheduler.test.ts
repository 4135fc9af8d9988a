import { FakeApiClient } from '../../runtime/client/fake-client';
import { InformerFactory } from '../../runtime/client/informer-factory';
import { events, nodes, pods } from '../../runtime/kube/resource';
import { StatusError } from '../../runtime/kube/status-error';
import { Scheduler } from '../../runtime/scheduler/scheduler';
import { FakeClock } from '../../runtime/util/fake-clock';
import { silentLogger } from '../../runtime/util/logger';
import { node, pod } from './objects';

function setUp() {
  const clock = new FakeClock();
  const client = new FakeApiClient(clock);
  const options = { client, clock, logger: silentLogger, random: () => 0.5 };
  const informers = new InformerFactory(options);
  const scheduler = new Scheduler({ ...options, informers });
  const started = scheduler.start();
  informers.start();
  const where = async (name: string) => (await client.get(pods, { namespace: 'default', name })).spec?.nodeName;
  const stop = async () => {
    scheduler.stop();
    await informers.stop();
  };
  return { clock, client, started, where, stop };
}

test('binds a pending pod and says so', async () => {
  const { clock, client, where, stop } = setUp();
  client.seed(nodes, node('a').obj);
  await client.create(pods, pod('p').obj);
  await clock.advance(0);
  expect(await where('p')).toBe('a');
  expect((await client.list(events)).items).toMatchObject([
    {
      reason: 'Scheduled',
      message: 'Successfully assigned default/p to a',
      source: { component: 'default-scheduler' },
    },
  ]);
  await stop();
});

test('says why a pod waits, and places it when a node comes', async () => {
  const { clock, client, where, stop } = setUp();
  client.seed(nodes, node('a').cordon().obj);
  await client.create(pods, pod('p').obj);
  await clock.advance(0);
  const message = '0/1 nodes are available: 1 node(s) were unschedulable.';
  expect((await client.get(pods, { namespace: 'default', name: 'p' })).status?.conditions).toMatchObject([
    { type: 'PodScheduled', status: 'False', reason: 'Unschedulable', message },
  ]);
  expect((await client.list(events)).items).toMatchObject([{ type: 'Warning', reason: 'FailedScheduling', message }]);
  const writes = client.writes.length;
  await clock.advance(60_000);
  expect(client.writes).toHaveLength(writes);
  client.seed(nodes, node('b').obj);
  await clock.advance(200);
  expect(await where('p')).toBe('b');
  await stop();
});

test.each([
  [
    'a pod that ends',
    async (client: FakeApiClient) => {
      const full = await client.get(pods, { namespace: 'default', name: 'full' });
      await client.update(pods, { ...full, status: { phase: 'Succeeded' } }, { subresource: 'status' });
    },
  ],
  [
    'a pod that goes',
    (client: FakeApiClient) => client.delete(pods, { namespace: 'default', name: 'full' }, { gracePeriodSeconds: 0 }),
  ],
  [
    'a larger node',
    async (client: FakeApiClient) => {
      client.seed(nodes, node('a').allocatable({ cpu: '8' }).obj);
    },
  ],
])('room made by %s is used', async (_name, makeRoom) => {
  const { clock, client, where, stop } = setUp();
  client.seed(nodes, node('a').obj);
  client.seed(pods, pod('full').requests({ cpu: '4' }).on('a').obj);
  await client.create(pods, pod('p').requests({ cpu: '1' }).obj);
  await clock.advance(1_000);
  expect(await where('p')).toBeUndefined();
  await makeRoom(client);
  await clock.advance(1_000);
  expect(await where('p')).toBe('a');
  await stop();
});

test('a pod that wants company is placed when company comes', async () => {
  const { clock, client, where, stop } = setUp();
  client.seed(nodes, node('a').obj);
  const wants = [{ topologyKey: 'kubernetes.io/hostname', labelSelector: { matchLabels: { app: 'db' } } }];
  const affinity = { podAffinity: { requiredDuringSchedulingIgnoredDuringExecution: wants } };
  await client.create(pods, pod('p').with({ affinity }).obj);
  await clock.advance(1_000);
  expect(await where('p')).toBeUndefined();
  const db = pod('db').on('a').obj;
  client.seed(pods, { ...db, metadata: { ...db.metadata, labels: { app: 'db' } } });
  await clock.advance(200);
  expect(await where('p')).toBe('a');
  await stop();
});

test('never promises a node twice while bindings are under way', async () => {
  const { clock, client, stop } = setUp();
  client.seed(nodes, node('a').allocatable({ cpu: '3' }).obj);
  for (let i = 0; i < 10; i++) await client.create(pods, pod(`p${i}`).requests({ cpu: '1' }).obj);
  await clock.advance(1_000);
  const bound = (await client.list(pods)).items.filter((each) => each.spec?.nodeName);
  expect(bound).toHaveLength(3);
  await stop();
});

test('a binding that fails is undone and tried again', async () => {
  const { clock, client, where, stop } = setUp();
  client.seed(nodes, node('a').allocatable({ cpu: '1' }).obj);
  let failures = 2;
  client.intercept = (verb) => {
    if (verb === 'createSubresource' && failures-- > 0) throw new StatusError('InternalError', 'disk full');
  };
  await client.create(pods, pod('p').requests({ cpu: '1' }).obj);
  await clock.advance(5_000);
  expect(await where('p')).toBe('a');
  await stop();
});

test('leaves alone what is not its own: other schedulers, gates, pods on their way out', async () => {
  const { clock, client, where, stop } = setUp();
  client.seed(nodes, node('a').obj);
  await client.create(pods, pod('other').with({ schedulerName: 'mine' }).obj);
  await client.create(pods, pod('gated').with({ schedulingGates: [{ name: 'wait' }] }).obj);
  await clock.advance(1_000);
  expect([await where('other'), await where('gated')]).toEqual([undefined, undefined]);
  await stop();
});

test('a higher priority goes first', async () => {
  const { clock, client, where, stop } = setUp();
  await client.create(pods, pod('low').requests({ cpu: '4' }).obj);
  await client.create(pods, pod('high').requests({ cpu: '4' }).with({ priority: 10 }).obj);
  await clock.advance(1_000);
  client.seed(nodes, node('a').obj);
  await clock.advance(10_000);
  expect([await where('low'), await where('high')]).toEqual([undefined, 'a']);
  await stop();
});
