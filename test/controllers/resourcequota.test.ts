import { resourceQuotaController } from '../../runtime/controllers/resourcequota/controller';
import type { ConfigMap, Pod, ResourceQuota, Service } from '../../runtime/kube/generated/types';
import { configMaps, pods, type Resource, resourceQuotas, services } from '../../runtime/kube/resource';
import { ChangingResources, harness, widgetResource } from './harness';

const key = { namespace: 'team', name: 'q' };

function quota(hard: Record<string, string>): ResourceQuota {
  return { apiVersion: 'v1', kind: 'ResourceQuota', metadata: { ...key }, spec: { hard } };
}

const map = (name: string, namespace = 'team'): ConfigMap => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name, namespace },
});

const pod: Pod = {
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'p', namespace: 'team' },
  spec: { nodeName: 'n', containers: [{ name: 'main', resources: { requests: { cpu: '250m' } } }] },
  status: { phase: 'Running' },
};

async function setUp(hard: Record<string, string>) {
  const served = new ChangingResources([configMaps, pods, services, resourceQuotas] as unknown as Resource[]);
  const h = await harness((context) => resourceQuotaController(context, served));
  for (const object of [map('a'), map('b'), map('c', 'other')]) h.client.seed(configMaps, object);
  h.client.seed(pods, pod);
  await h.client.create(resourceQuotas, quota(hard));
  await h.settle();
  const status = async () => (await h.client.get(resourceQuotas, key)).status;
  return { ...h, served, status };
}

test('what a namespace uses is counted when a quota comes, and when it changes', async () => {
  const { client, settle, status, stop } = await setUp({ configmaps: '5', pods: '2', 'requests.cpu': '1' });
  expect(await status()).toEqual({
    hard: { configmaps: '5', pods: '2', 'requests.cpu': '1' },
    used: { configmaps: '2', pods: '1', 'requests.cpu': '250m' },
  });
  await client.patch(resourceQuotas, key, { type: 'merge', body: { spec: { hard: { pods: null, services: '1' } } } });
  await settle();
  expect(await status()).toEqual({
    hard: { configmaps: '5', 'requests.cpu': '1', services: '1' },
    used: { configmaps: '2', 'requests.cpu': '250m', services: '0' },
  });
  await stop();
});

test('what goes is given back', async () => {
  const { client, settle, status, stop } = await setUp({ configmaps: '5', pods: '2' });
  await client.delete(configMaps, { namespace: 'team', name: 'a' });
  await settle();
  expect((await status())?.used).toEqual({ configmaps: '1', pods: '1' });
  await client.patch(
    pods,
    { namespace: 'team', name: 'p' },
    { type: 'merge', body: { status: { phase: 'Succeeded' } } },
    { subresource: 'status' },
  );
  await settle();
  expect((await status())?.used).toEqual({ configmaps: '1', pods: '0' });
  await stop();
});

test('a pod that gets a deadline is given back by the quotas of pods that have none', async () => {
  const { client, settle, stop } = await setUp({ pods: '2' });
  const usedOf = async (name: string) => (await client.get(resourceQuotas, { ...key, name })).status?.used;
  for (const scope of ['Terminating', 'NotTerminating']) {
    const spec = { hard: { pods: '2' }, scopes: [scope] };
    const metadata = { ...key, name: scope.toLowerCase() };
    await client.create(resourceQuotas, { apiVersion: 'v1', kind: 'ResourceQuota', metadata, spec });
  }
  await settle();
  expect([await usedOf('terminating'), await usedOf('notterminating')]).toEqual([{ pods: '0' }, { pods: '1' }]);
  const body = { spec: { activeDeadlineSeconds: 100 } };
  await client.patch(pods, { namespace: 'team', name: 'p' }, { type: 'merge', body });
  await settle();
  expect([await usedOf('terminating'), await usedOf('notterminating')]).toEqual([{ pods: '1' }, { pods: '0' }]);
  await stop();
});

test('a Service that becomes another type gives back what it had', async () => {
  const { client, settle, status, stop } = await setUp({ 'services.nodeports': '5' });
  const service: Service = {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 's', namespace: 'team' },
    spec: { type: 'NodePort', ports: [{ port: 1 }] },
  };
  client.seed(services, service);
  // The API server charges what comes; the controller counts only what goes.
  await client.patch(
    resourceQuotas,
    key,
    { type: 'merge', body: { status: { used: { 'services.nodeports': '1' } } } },
    { subresource: 'status' },
  );
  await client.patch(
    services,
    { namespace: 'team', name: 's' },
    { type: 'merge', body: { spec: { type: 'ClusterIP' } } },
  );
  await settle();
  expect((await status())?.used).toEqual({ 'services.nodeports': '0' });
  await stop();
});

test('a status that somebody else wrote is put right', async () => {
  const { client, settle, status, stop } = await setUp({ configmaps: '5' });
  const body = { status: { hard: { configmaps: '9' }, used: { configmaps: '8' } } };
  await client.patch(resourceQuotas, key, { type: 'merge', body }, { subresource: 'status' });
  await settle();
  expect(await status()).toEqual({ hard: { configmaps: '5' }, used: { configmaps: '2' } });
  await stop();
});

test('a charge that was in vain is found by counting again', async () => {
  const { client, clock, settle, status, stop } = await setUp({ configmaps: '5' });
  const body = { status: { used: { configmaps: '3' } } };
  await client.patch(resourceQuotas, key, { type: 'merge', body }, { subresource: 'status' });
  await settle();
  expect((await status())?.used).toEqual({ configmaps: '3' });
  await clock.advance(300_000);
  await settle();
  expect((await status())?.used).toEqual({ configmaps: '2' });
  await stop();
});

test('custom resources count while they are served', async () => {
  const { client, served, settle, status, stop } = await setUp({ 'count/widgets.example.com': '2' });
  expect((await status())?.used).toEqual({});
  const widgets = widgetResource as unknown as Resource;
  client.seed(widgets, {
    apiVersion: 'example.com/v1',
    kind: 'Widget',
    metadata: { name: 'w', namespace: 'team' },
  } as never);
  served.set([...served.list(), widgets]);
  await settle();
  expect((await status())?.used).toEqual({ 'count/widgets.example.com': '1' });
  await client.delete(widgets, { namespace: 'team', name: 'w' });
  await settle();
  expect((await status())?.used).toEqual({ 'count/widgets.example.com': '0' });
  await stop();
});
