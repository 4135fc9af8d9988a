import { EventRecorder } from '../../runtime/client/events';
import { FakeApiClient } from '../../runtime/client/fake-client';
import type { Pod } from '../../runtime/kube/generated/types';
import { events } from '../../runtime/kube/resource';
import { FakeClock } from '../../runtime/util/fake-clock';
import { silentLogger } from '../../runtime/util/logger';

const pod: Pod = { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'web', namespace: 'n', uid: 'u1' } };

function setUp() {
  const clock = new FakeClock();
  const client = new FakeApiClient(clock);
  const recorder = new EventRecorder({ client, clock, logger: silentLogger, component: 'test-controller' });
  const list = async () => {
    await recorder.flush();
    return (await client.list(events)).items;
  };
  return { clock, client, recorder, list };
}

test('writes an event about an object', async () => {
  const { recorder, list } = setUp();
  recorder.record(pod, 'Normal', 'Scheduled', 'Successfully assigned n/web to node-1');
  expect(await list()).toMatchObject([
    {
      metadata: { namespace: 'n', name: expect.stringMatching(/^web\.[0-9a-f]+$/) },
      involvedObject: { kind: 'Pod', namespace: 'n', name: 'web', uid: 'u1', apiVersion: 'v1' },
      reason: 'Scheduled',
      type: 'Normal',
      count: 1,
      source: { component: 'test-controller' },
      firstTimestamp: '2026-01-01T00:00:00Z',
    },
  ]);
});

test('counts a repeated event', async () => {
  const { clock, recorder, list } = setUp();
  recorder.record(pod, 'Warning', 'BackOff', 'again');
  await clock.advance(5_000);
  recorder.record(pod, 'Warning', 'BackOff', 'again');
  expect(await list()).toMatchObject([
    { count: 2, firstTimestamp: '2026-01-01T00:00:00Z', lastTimestamp: '2026-01-01T00:00:05Z' },
  ]);
});

test('starts anew when the event has expired', async () => {
  const { client, recorder, list } = setUp();
  recorder.record(pod, 'Warning', 'BackOff', 'again');
  const [first] = await list();
  await client.delete(events, { namespace: 'n', name: first?.metadata.name ?? '' });
  recorder.record(pod, 'Warning', 'BackOff', 'again');
  expect(await list()).toMatchObject([{ count: 1 }]);
});

test('combines many similar events', async () => {
  const { recorder, list } = setUp();
  for (let i = 0; i < 15; i++) recorder.record(pod, 'Warning', 'Failed', `attempt ${i}`);
  const items = await list();
  expect(items).toHaveLength(11);
  const combined = items.find((event) => event.message?.startsWith('(combined'));
  expect(combined).toMatchObject({ count: 5, message: '(combined from similar events): attempt 14' });
});

test('throttles an object that floods, not the others', async () => {
  const { clock, recorder, list } = setUp();
  for (let i = 0; i < 100; i++) recorder.record(pod, 'Normal', `Reason${i}`, 'x');
  recorder.record({ ...pod, metadata: { ...pod.metadata, uid: 'u2', name: 'other' } }, 'Normal', 'Created', 'x');
  expect(await list()).toHaveLength(26);
  await clock.advance(300_000);
  recorder.record(pod, 'Normal', 'Later', 'x');
  expect(await list()).toHaveLength(27);
});
