import { endpointsController } from '../../runtime/controllers/endpoints/controller';
import type { Endpoints, Pod, Service } from '../../runtime/kube/generated/types';
import { endpoints, leases, nodes, pods, services } from '../../runtime/kube/resource';
import { rfc3339 } from '../../runtime/util/clock';
import { FakeClock } from '../../runtime/util/fake-clock';
import { type ControlPlane, controlPlane, FakeNodes, settleWrites } from './control-plane';
import { harness } from './harness';

const namespace = 'default';
const service = (name: string): Service => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { namespace, name },
  spec: { selector: { app: 'web' }, ports: [{ port: 80, targetPort: 8080, protocol: 'TCP' }] },
});
const pod = (name: string): Pod => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { namespace, name, labels: { app: 'web' } },
  spec: { containers: [{ name: 'c', image: 'i' }] },
});

describe('the Endpoints of a Service follow its pods', () => {
  let clock: FakeClock;
  let plane: ControlPlane;
  let agents: FakeNodes;
  const settle = () => settleWrites(plane, clock, 10);
  const read = () => plane.client.get(endpoints, { namespace, name: 'web' });
  const shape = ({ subsets = [] }: Endpoints) =>
    subsets.map(({ addresses = [], notReadyAddresses = [] }) => ({
      ready: addresses.map(({ targetRef }) => targetRef?.name).sort(),
      not: notReadyAddresses.map(({ targetRef }) => targetRef?.name).sort(),
    }));

  beforeEach(async () => {
    clock = new FakeClock(Date.now());
    plane = await controlPlane(clock);
    agents = new FakeNodes(plane, clock);
    for (const name of ['n1', 'n2']) await agents.join(name);
    await settle();
    await plane.client.create(services, service('web'));
    for (const name of ['a', 'b', 'c', 'd']) await plane.client.create(pods, pod(name));
    await settle();
  });
  afterEach(() => plane.stop());

  const report = (name: string, ready: boolean, more: object = {}) => {
    const conditions = [{ type: 'Ready', status: ready ? 'True' : 'False', ...more }];
    return plane.client.patch(
      pods,
      { namespace, name },
      { type: 'strategic', body: { status: { conditions } } },
      { subresource: 'status' },
    );
  };

  test('through readiness', async () => {
    expect(shape(await read())).toEqual([{ ready: ['a', 'b', 'c', 'd'], not: [] }]);
    await report('b', false);
    await settle();
    expect(shape(await read())).toEqual([{ ready: ['a', 'c', 'd'], not: ['b'] }]);
    await report('b', true);
    await plane.client.delete(pods, { namespace, name: 'c' });
    await settle();
    expect(shape(await read())).toEqual([{ ready: ['a', 'b', 'd'], not: [] }]);
  });

  test('and are not written for what does not show in them: heartbeats, statuses, times of probes', async () => {
    const before = (await read()).metadata.resourceVersion;
    for (let i = 0; i < 5; i++) {
      await clock.advance(1000);
      await agents.beat();
      for (const name of ['n1', 'n2']) {
        const heartbeat = { type: 'Ready', status: 'True', lastHeartbeatTime: rfc3339(clock.now()) };
        const body = { status: { conditions: [heartbeat] } };
        await plane.client.patch(nodes, { name }, { type: 'strategic', body }, { subresource: 'status' });
      }
      for (const name of ['a', 'b']) await report(name, true, { lastProbeTime: rfc3339(clock.now()) });
      await settle();
    }
    expect((await plane.client.list(leases)).items.length).toBeGreaterThan(1);
    expect((await read()).metadata.resourceVersion).toBe(before);
  });

  test('and lose those of a node that is lost', async () => {
    const { items } = await plane.client.list(pods);
    const [lost, kept] = ['n1', 'n2'].map((node) =>
      items
        .filter(({ spec }) => spec?.nodeName === node)
        .map(({ metadata }) => metadata.name)
        .sort(),
    );
    expect(lost?.length).toBeGreaterThan(0);
    agents.die('n1');
    for (let i = 0; i < 20; i++) {
      await clock.advance(1000);
      await agents.beat();
    }
    await settle();
    expect(
      (await read()).subsets?.flatMap(({ addresses = [] }) => addresses.map(({ targetRef }) => targetRef?.name)).sort(),
    ).toEqual(kept);
  });
});

test('Endpoints whose Service was deleted while no server ran go; those of an election stay', async () => {
  const leader = { 'control-plane.alpha.kubernetes.io/leader': '{}' };
  const made = (name: string, annotations = {}): Endpoints => ({
    apiVersion: 'v1',
    kind: 'Endpoints',
    metadata: { namespace, name, annotations },
  });
  // Made before the controller starts, as a controller is made before its caches are filled.
  const { client, settle, stop } = await harness(
    ({ client }) => {
      void client.create(services, service('web'));
      for (const object of [made('web'), made('left'), made('election', leader)]) void client.create(endpoints, object);
      return { start() {}, async stop() {} };
    },
    (context) => endpointsController(context),
  );
  const names = async () => (await client.list(endpoints)).items.map(({ metadata }) => metadata.name).sort();
  expect(await names()).toEqual(['election', 'web']);
  // Whoever writes them before their Service keeps them.
  await client.create(endpoints, made('early'));
  await settle();
  expect(await names()).toEqual(['early', 'election', 'web']);
  await stop();
});
