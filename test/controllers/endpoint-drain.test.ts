import { endpointDrainController } from '../../runtime/controllers/endpoint-drain/controller';
import { endpointSliceController } from '../../runtime/controllers/endpointslice/controller';
import type { Lease, Node, Pod, Service } from '../../runtime/kube/generated/types';
import { endpointSlices, leases, nodes, pods, services } from '../../runtime/kube/resource';
import { harness } from './harness';

const key = { namespace: 'default', name: 'p' };

const node = (name: string, ready = 'True'): Node => ({
  apiVersion: 'v1',
  kind: 'Node',
  metadata: { name },
  status: { conditions: [{ type: 'Ready', status: ready }] },
});
const lease = (name: string, revision: string): Lease => ({
  apiVersion: 'coordination.k8s.io/v1',
  kind: 'Lease',
  metadata: { name, namespace: 'kube-node-lease', annotations: { 'orlop.dev/endpoints-revision': revision } },
  spec: {},
});
const pod: Pod = {
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { ...key, labels: { app: 'web' } },
  spec: { nodeName: 'a', containers: [{ name: 'c', image: 'i' }] },
  status: { phase: 'Running', podIP: '10.42.0.9', conditions: [{ type: 'Ready', status: 'True' }] },
};
const web: Service = {
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name: 'web', namespace: 'default' },
  spec: { selector: { app: 'web' }, ports: [{ port: 80 }] },
};

async function setUp(withService = true) {
  const h = await harness(endpointSliceController, endpointDrainController);
  for (const name of ['a', 'b']) {
    h.client.seed(nodes, node(name));
    h.client.seed(leases, lease(name, '0'));
  }
  if (withService) h.client.seed(services, web);
  h.client.seed(pods, pod);
  await h.settle();
  const program = async (name: string, revision: string) => {
    const body = { metadata: { annotations: { 'orlop.dev/endpoints-revision': revision } } };
    await h.client.patch(leases, { namespace: 'kube-node-lease', name }, { type: 'merge', body });
    await h.settle();
  };
  const conditions = async () =>
    Object.fromEntries(
      ((await h.client.get(pods, key)).status?.conditions ?? []).map(({ type, status }) => [type, status]),
    );
  const terminate = async () => {
    await h.client.delete(pods, key);
    await h.settle();
    return (await h.client.list(endpointSlices)).items[0]?.metadata.resourceVersion ?? '0';
  };
  return { ...h, program, conditions, terminate };
}

test('drained once every proxy has programmed the revision in which the pod left', async () => {
  const { conditions, program, terminate, stop } = await setUp();
  const revision = await terminate();
  expect(await conditions()).toEqual({ Ready: 'True' });
  await program('a', revision);
  expect(await conditions()).toEqual({ Ready: 'True' });
  await program('b', String(Number(revision) - 1));
  expect(await conditions()).toEqual({ Ready: 'True' });
  await program('b', String(Number(revision) + 5));
  expect(await conditions()).toEqual({ Ready: 'True', 'orlop.dev/EndpointsDrained': 'True' });
  await stop();
});

test('a slice that goes on changing does not put it off', async () => {
  const { client, conditions, program, settle, terminate, stop } = await setUp();
  const revision = await terminate();
  for (let i = 0; i < 3; i++) {
    client.seed(pods, { ...pod, metadata: { ...pod.metadata, name: `other${i}`, uid: `other${i}` } });
    await settle();
  }
  await program('a', revision);
  await program('b', revision);
  expect(await conditions()).toMatchObject({ 'orlop.dev/EndpointsDrained': 'True' });
  await stop();
});

test('drained at once when no Service selects it', async () => {
  const { conditions, terminate, stop } = await setUp(false);
  await terminate();
  expect(await conditions()).toMatchObject({ 'orlop.dev/EndpointsDrained': 'True' });
  await stop();
});

test('a node that is not ready is not waited for', async () => {
  const { client, conditions, program, settle, terminate, stop } = await setUp();
  const revision = await terminate();
  await program('a', revision);
  await client.patch(
    nodes,
    { name: 'b' },
    { type: 'merge', body: { status: { conditions: [{ type: 'Ready', status: 'Unknown' }] } } },
    { subresource: 'status' },
  );
  await settle();
  expect(await conditions()).toMatchObject({ 'orlop.dev/EndpointsDrained': 'True' });
  await stop();
});

test('a pod that stays is never marked', async () => {
  const { conditions, program, stop } = await setUp();
  await program('a', '999999');
  await program('b', '999999');
  expect(await conditions()).toEqual({ Ready: 'True' });
  await stop();
});
