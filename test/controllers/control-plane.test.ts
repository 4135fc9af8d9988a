import type { ApiClient } from '../../runtime/client/client';
import type { Deployment, Service } from '../../runtime/kube/generated/types';
import {
  deployments,
  endpointSlices,
  namespaces,
  nodes,
  pods,
  replicaSets,
  services,
} from '../../runtime/kube/resource';
import { FakeClock } from '../../runtime/util/fake-clock';
import { type ControlPlane, controlPlane, FakeNodes, settleWrites } from './control-plane';
import { deployment } from './harness';

let clock: FakeClock;
let plane: ControlPlane;
let client: ApiClient;
let fleet: FakeNodes;
let closed: (name: string) => void;

beforeEach(async () => {
  clock = new FakeClock();
  plane = await controlPlane(clock, {
    connections: {
      onClosed: (listener) => {
        closed = listener;
      },
    },
    probe: { probe: async () => 'silent' },
  });
  client = plane.client;
  fleet = new FakeNodes(plane, clock);
  for (const name of ['a', 'b', 'c']) await fleet.join(name);
  await settle();
});

afterEach(() => plane.stop());

const settle = () => settleWrites(plane, clock);

async function pass(seconds: number): Promise<void> {
  for (let i = 0; i < seconds; i++) {
    await fleet.beat();
    await clock.advance(1_000);
  }
  await settle();
}

const web: Service = {
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name: 'web', namespace: 'default' },
  spec: { selector: { app: 'web' }, ports: [{ port: 80, targetPort: 8080 }] },
};

const scale = (replicas: number): Partial<NonNullable<Deployment['spec']>> => ({ replicas });

async function whereReady(): Promise<string[]> {
  const list = await client.list(pods, { namespace: 'default' });
  return list.items
    .filter(
      (pod) =>
        !pod.metadata.deletionTimestamp &&
        pod.status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True'),
    )
    .map((pod) => pod.spec?.nodeName ?? '')
    .sort();
}

async function endpoints(): Promise<Array<string | undefined>> {
  const list = await client.list(endpointSlices, {
    namespace: 'default',
    labelSelector: 'kubernetes.io/service-name=web',
  });
  return list.items
    .flatMap((slice) => slice.endpoints ?? [])
    .filter(({ conditions }) => conditions?.ready)
    .map(({ nodeName }) => nodeName)
    .sort();
}

test('a Deployment and its Service come up, one pod a node', async () => {
  await client.create(deployments, deployment('web', scale(3)));
  await client.create(services, web);
  await settle();
  expect(await whereReady()).toEqual(['a', 'b', 'c']);
  expect(await endpoints()).toEqual(['a', 'b', 'c']);
  expect((await client.list(nodes)).items.map(({ spec }) => spec?.podCIDR)).toEqual([
    '10.42.0.0/24',
    '10.42.1.0/24',
    '10.42.2.0/24',
  ]);
});

test('a Deployment and a pod of the same moment as their namespace come up, each pod with a token', async () => {
  const namespace = 'shop';
  await client.create(namespaces, { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } });
  const made = deployment('web', scale(2));
  await Promise.all([
    client.create(pods, {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'alone', namespace },
      spec: { containers: [{ name: 'c', image: 'web:1' }] },
    }),
    client.create(deployments, { ...made, metadata: { ...made.metadata, namespace } }),
    settle(),
  ]);
  await settle();
  const { items } = await client.list(pods, { namespace });
  const volumes = items.map(({ spec }) => spec?.volumes?.map(({ name }) => name));
  expect(volumes).toEqual(Array(3).fill([expect.stringMatching(/^kube-api-access-/)]));
});

test('a rolling update ends with new pods only, and old ReplicaSets at zero', async () => {
  await client.create(deployments, deployment('web', scale(6)));
  await settle();
  const template = { spec: { containers: [{ name: 'c', image: 'web:2' }] } };
  await client.patch(
    deployments,
    { namespace: 'default', name: 'web' },
    { type: 'strategic', body: { spec: { template } } as never },
  );
  await settle();
  const images = (await client.list(pods)).items.map((pod) => pod.spec?.containers[0]?.image);
  expect(images).toEqual(Array(6).fill('web:2'));
  expect((await client.list(replicaSets)).items.map(({ spec }) => spec?.replicas).sort()).toEqual([0, 6]);
  const { status } = await client.get(deployments, { namespace: 'default', name: 'web' });
  expect(status).toMatchObject({ replicas: 6, updatedReplicas: 6, availableReplicas: 6 });
});

test('a node that dies: its pods leave the Service and are Ready elsewhere about a second later', async () => {
  await client.create(deployments, deployment('web', scale(3)));
  await client.create(services, web);
  await pass(15);
  fleet.die('b');
  closed('b');
  await clock.advance(1_000);
  await settle();
  expect((await whereReady()).filter((name) => name !== 'b')).toHaveLength(3);
  expect(await endpoints()).toHaveLength(3);
  expect(await endpoints()).not.toContain('b');
  await client.delete(nodes, { name: 'b' });
  await settle();
  expect((await client.list(pods)).items).toHaveLength(3);
});

test('a Deployment that is deleted takes everything with it, in each way of deleting', async () => {
  for (const propagationPolicy of ['Background', 'Foreground'] as const) {
    await client.create(deployments, deployment('web', scale(3)));
    await settle();
    await client.delete(deployments, { namespace: 'default', name: 'web' }, { propagationPolicy });
    await settle();
    const left = await Promise.all([client.list(deployments), client.list(replicaSets), client.list(pods)]);
    expect(left.map(({ items }) => items.length)).toEqual([0, 0, 0]);
  }
});

test('orphaned ReplicaSets are adopted again by a Deployment of the same template', async () => {
  await client.create(deployments, deployment('web', scale(2)));
  await settle();
  await client.delete(deployments, { namespace: 'default', name: 'web' }, { propagationPolicy: 'Orphan' });
  await settle();
  const before = (await client.list(pods)).items.map(({ metadata }) => metadata.uid).sort();
  expect(before).toHaveLength(2);
  await client.create(deployments, deployment('web', scale(2)));
  await settle();
  expect((await client.list(pods)).items.map(({ metadata }) => metadata.uid).sort()).toEqual(before);
  expect((await client.list(replicaSets)).items).toHaveLength(1);
});

test('a namespace goes with all that runs in it', async () => {
  await client.create(namespaces, { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop' } });
  const inShop = deployment('web', scale(3));
  await client.create(deployments, { ...inShop, metadata: { ...inShop.metadata, namespace: 'shop' } });
  await settle();
  await client.delete(namespaces, { name: 'shop' });
  await settle();
  await clock.advance(6_000);
  await settle();
  expect((await client.list(namespaces)).items.map(({ metadata }) => metadata.name)).not.toContain('shop');
  expect((await client.list(pods)).items).toEqual([]);
});

test('when all is done, nothing is written any more', async () => {
  await client.create(deployments, deployment('web', scale(3)));
  await client.create(services, web);
  await settle();
  const revision = await plane.store.revision();
  await clock.advance(4_000);
  expect(await plane.store.revision()).toBe(revision);
});
