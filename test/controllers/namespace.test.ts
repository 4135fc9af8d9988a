import { namespaceDefaultsController } from '../../runtime/controllers/namespace/defaults';
import { namespaceLifecycleController } from '../../runtime/controllers/namespace/lifecycle';
import { fixedResources } from '../../runtime/controllers/served/served';
import type { ConfigMap, Namespace, Pod } from '../../runtime/kube/generated/types';
import { configMaps, events, namespaces, pods, type Resource, serviceAccounts } from '../../runtime/kube/resource';
import { ChangingResources, harness, widgetResource } from './harness';

const shop: Namespace = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop' } };
const kinds = [configMaps, pods, serviceAccounts, events] as unknown as Resource[];
const map: ConfigMap = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'm', namespace: 'shop' } };
const pod: Pod = {
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'p', namespace: 'shop' },
  spec: { nodeName: 'n', containers: [] },
};

describe('a namespace that is deleted', () => {
  const setUp = async () => {
    const h = await harness((context) => namespaceLifecycleController(context, fixedResources(kinds)));
    await h.client.create(namespaces, shop);
    await h.client.create(configMaps, map);
    await h.client.create(configMaps, { ...map, metadata: { name: 'elsewhere', namespace: 'default' } });
    await h.settle();
    return h;
  };

  test('goes with everything in it, and nothing else', async () => {
    const { client, settle, stop } = await setUp();
    await client.delete(namespaces, { name: 'shop' });
    await settle();
    expect((await client.list(namespaces)).items).toEqual([]);
    expect((await client.list(configMaps)).items.map(({ metadata }) => metadata.name)).toEqual(['elsewhere']);
    await stop();
  });

  test('keeps what its pods use until they are gone, and says what it waits for', async () => {
    const { client, settle, stop } = await setUp();
    client.seed(pods, pod);
    await settle();
    await client.delete(namespaces, { name: 'shop' });
    await settle();
    expect(await client.get(configMaps, { namespace: 'shop', name: 'm' })).toBeDefined();
    expect((await client.get(pods, { namespace: 'shop', name: 'p' })).metadata.deletionTimestamp).toBeDefined();
    expect((await client.get(namespaces, { name: 'shop' })).status).toMatchObject({
      phase: 'Terminating',
      conditions: [
        {
          type: 'NamespaceDeletionDiscoveryFailure',
          status: 'False',
          reason: 'ResourcesDiscovered',
          message: 'All resources successfully discovered',
        },
        { type: 'NamespaceDeletionGroupVersionParsingFailure', status: 'False', reason: 'ParsedGroupVersions' },
        {
          type: 'NamespaceDeletionContentFailure',
          status: 'False',
          reason: 'ContentDeleted',
          message: 'All content successfully deleted, may be waiting on finalization',
        },
        {
          type: 'NamespaceContentRemaining',
          status: 'True',
          reason: 'SomeResourcesRemain',
          message: 'Some resources are remaining: pods. has 1 resource instances',
        },
        { type: 'NamespaceFinalizersRemaining', status: 'False' },
      ],
    });
    await client.delete(pods, { namespace: 'shop', name: 'p' }, { gracePeriodSeconds: 0 });
    await settle();
    expect((await client.list(namespaces)).items).toEqual([]);
    await stop();
  });

  test('names the finalizers that hold it', async () => {
    const { client, settle, stop } = await setUp();
    client.seed(configMaps, { ...map, metadata: { ...map.metadata, name: 'held', finalizers: ['example.com/hold'] } });
    await settle();
    await client.delete(namespaces, { name: 'shop' });
    await settle();
    const { conditions } = (await client.get(namespaces, { name: 'shop' })).status ?? {};
    expect(conditions?.find(({ type }) => type === 'NamespaceFinalizersRemaining')?.message).toBe(
      'Some content in the namespace has finalizers remaining: example.com/hold in 1 resource instances',
    );
    await stop();
  });
});

test('a namespace goes with its custom resources, and does not wait for those that are served no longer', async () => {
  const widgets = widgetResource as unknown as Resource;
  const served = new ChangingResources(kinds);
  const { client, settle, stop } = await harness((context) => namespaceLifecycleController(context, served));
  const widget = (finalizers: string[]) =>
    ({ apiVersion: 'example.com/v1', kind: 'Widget', metadata: { name: 'w', namespace: 'shop', finalizers } }) as never;
  await client.create(namespaces, shop);
  client.seed(widgets, widget(['example.com/hold']));
  served.set([...kinds, widgets]);
  await settle();
  await client.delete(namespaces, { name: 'shop' });
  await settle();
  const { conditions } = (await client.get(namespaces, { name: 'shop' })).status ?? {};
  expect(conditions?.find(({ type }) => type === 'NamespaceContentRemaining')?.message).toBe(
    'Some resources are remaining: widgets.example.com has 1 resource instances',
  );
  const merge = { type: 'merge' as const, body: { metadata: { finalizers: [] } } };
  await client.patch(widgets, { namespace: 'shop', name: 'w' }, merge);
  await settle();
  expect((await client.list(namespaces)).items).toEqual([]);
  await stop();
});

test('a namespace that cannot be emptied says why', async () => {
  const { client, clock, settle, stop } = await harness((context) =>
    namespaceLifecycleController(context, fixedResources(kinds)),
  );
  await client.create(namespaces, shop);
  await client.create(configMaps, map);
  let broken = true;
  client.intercept = (verb, { plural }) => {
    if (broken && verb === 'delete' && plural === 'configmaps') throw new Error('no');
  };
  await client.delete(namespaces, { name: 'shop' });
  await settle();
  const { conditions } = (await client.get(namespaces, { name: 'shop' })).status ?? {};
  expect(conditions?.find(({ type }) => type === 'NamespaceDeletionContentFailure')).toMatchObject({
    status: 'True',
    reason: 'ContentDeletionFailed',
    message: 'Failed to delete all resource types, 1 remaining: no',
  });
  broken = false;
  await clock.advance(5000);
  await settle();
  expect((await client.list(namespaces)).items).toEqual([]);
  await stop();
});

describe('every namespace', () => {
  test('has its ServiceAccount and the CA, which come back when deleted or changed', async () => {
    const { client, settle, stop } = await harness((context) => namespaceDefaultsController(context, 'CA'));
    await client.create(namespaces, shop);
    await settle();
    const account = { namespace: 'shop', name: 'default' };
    const ca = { namespace: 'shop', name: 'kube-root-ca.crt' };
    expect((await client.get(configMaps, ca)).data).toEqual({ 'ca.crt': 'CA' });
    await client.delete(serviceAccounts, account);
    await client.patch(configMaps, ca, { type: 'merge', body: { data: { 'ca.crt': 'forged' } } });
    await settle();
    expect(await client.get(serviceAccounts, account)).toBeDefined();
    expect((await client.get(configMaps, ca)).data).toEqual({ 'ca.crt': 'CA' });
    await client.delete(configMaps, ca);
    await settle();
    expect((await client.get(configMaps, ca)).data).toEqual({ 'ca.crt': 'CA' });
    await stop();
  });
});
