import { podGcController } from '../../runtime/controllers/pod-gc/controller';
import type { Node, Pod } from '../../runtime/kube/generated/types';
import { nodes, pods } from '../../runtime/kube/resource';
import { harness } from './harness';

const node = (name: string): Node => ({ apiVersion: 'v1', kind: 'Node', metadata: { name } });

function pod(name: string, nodeName?: string, phase = 'Running', created = '2026-01-01T00:00:00Z'): Pod {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace: 'default', creationTimestamp: created },
    spec: { nodeName, containers: [] },
    status: { phase },
  };
}

async function setUp(maxFinished?: number) {
  const h = await harness((context) => podGcController(context, maxFinished));
  const names = async () => (await h.client.list(pods)).items.map(({ metadata }) => metadata.name);
  return { ...h, names };
}

test('removes the pods of a node that is gone, even those that wait for its agent', async () => {
  const { client, settle, names, stop } = await setUp();
  for (const name of ['a', 'b']) client.seed(nodes, node(name));
  client.seed(pods, pod('on-a', 'a'));
  client.seed(pods, pod('on-b', 'b'));
  client.seed(pods, pod('leaving-b', 'b'));
  await settle();
  await client.delete(pods, { namespace: 'default', name: 'leaving-b' });
  await client.delete(nodes, { name: 'b' });
  await settle();
  expect(await names()).toEqual(['on-a']);
  await stop();
});

test('a pod bound to a node that the cache does not show yet is looked up first', async () => {
  const { client, settle, names, stop } = await setUp();
  let hidden = true;
  client.intercept = (verb, resource) => {
    if (hidden && verb === 'get' && resource.kind === 'Node') {
      hidden = false;
      client.seed(nodes, node('new'));
    }
  };
  client.seed(pods, pod('p', 'new'));
  await settle();
  expect(await names()).toEqual(['p']);
  await stop();
});

test('keeps the youngest finished pods', async () => {
  const { client, settle, names, stop } = await setUp(2);
  client.seed(nodes, node('a'));
  for (let i = 0; i < 4; i++) client.seed(pods, pod(`done${i}`, 'a', 'Succeeded', `2026-01-01T00:0${i}:00Z`));
  client.seed(pods, pod('running', 'a'));
  await settle();
  expect(await names()).toEqual(['done2', 'done3', 'running']);
  await stop();
});
