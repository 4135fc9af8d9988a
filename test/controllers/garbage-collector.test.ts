import { garbageCollector } from '../../runtime/controllers/garbage-collector/controller';
import { collect, type OwnerState } from '../../runtime/controllers/garbage-collector/decide';
import { fixedResources } from '../../runtime/controllers/served/served';
import type { ConfigMap, Node, OwnerReference } from '../../runtime/kube/generated/types';
import { configMaps, nodes, type Resource, secrets } from '../../runtime/kube/resource';
import { ChangingResources, harness, widgetResource } from './harness';

const reference = (name: string, more: Partial<OwnerReference> = {}): OwnerReference => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  name,
  uid: `uid-${name}`,
  blockOwnerDeletion: true,
  ...more,
});

const map = (name: string, ...ownerReferences: OwnerReference[]): ConfigMap => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name, namespace: 'default', uid: `uid-${name}`, ownerReferences },
});

describe('what becomes of an object with owners', () => {
  const cases: Array<[string, OwnerState[], boolean, object]> = [
    ['its owner is there', ['solid'], false, { do: 'nothing' }],
    ['its only owner is gone', ['absent'], false, { do: 'delete', policy: 'Background' }],
    ['one of two owners is gone', ['absent', 'solid'], false, { do: 'unlink', keep: [reference('o1')] }],
    ['its owner waits for it', ['waiting'], false, { do: 'delete', policy: 'Background' }],
    ['its owner waits for it, and it has dependents itself', ['waiting'], true, { do: 'delete', policy: 'Foreground' }],
  ];
  test.each(cases)('%s', (_name, states, hasDependents, action) => {
    const owners = states.map((_, i) => reference(`o${i}`));
    const stateOf = ({ name }: OwnerReference) => states[Number(name.slice(1))] as OwnerState;
    expect(collect(map('m', ...owners), stateOf, hasDependents)).toEqual(action);
  });
});

async function setUp() {
  const h = await harness((context) =>
    garbageCollector(context, fixedResources([configMaps, secrets, nodes] as unknown as Resource[])),
  );
  const names = async () => (await h.client.list(configMaps)).items.map(({ metadata }) => metadata.name);
  return { ...h, names };
}

test('in the background: the owner goes at once, then its dependents, then theirs', async () => {
  const { client, settle, names, stop } = await setUp();
  for (const object of [map('a'), map('b', reference('a')), map('c', reference('b')), map('other')])
    client.seed(configMaps, object);
  await settle();
  await client.delete(configMaps, { namespace: 'default', name: 'a' });
  await settle();
  expect(await names()).toEqual(['other']);
  await stop();
});

test('in the foreground: the owner goes last', async () => {
  const { client, settle, names, stop } = await setUp();
  for (const object of [map('a'), map('b', reference('a')), map('c', reference('b'))]) client.seed(configMaps, object);
  client.seed(configMaps, {
    ...map('held', reference('a')),
    metadata: { ...map('held', reference('a')).metadata, finalizers: ['x/y'] },
  });
  await settle();
  await client.delete(configMaps, { namespace: 'default', name: 'a' }, { propagationPolicy: 'Foreground' });
  await settle();
  expect(await names()).toEqual(['a', 'held']);
  await client.patch(
    configMaps,
    { namespace: 'default', name: 'held' },
    { type: 'merge', body: { metadata: { finalizers: [] } } },
  );
  await settle();
  expect(await names()).toEqual([]);
  await stop();
});

test('orphaning: the dependents stay, without their owner', async () => {
  const { client, settle, names, stop } = await setUp();
  for (const object of [map('a'), map('b', reference('a'))]) client.seed(configMaps, object);
  await settle();
  await client.delete(configMaps, { namespace: 'default', name: 'a' }, { propagationPolicy: 'Orphan' });
  await settle();
  expect(await names()).toEqual(['b']);
  expect((await client.get(configMaps, { namespace: 'default', name: 'b' })).metadata.ownerReferences).toEqual([]);
  await stop();
});

test('an object that comes after its owner went is collected; one of another uid is no owner', async () => {
  const { client, settle, names, stop } = await setUp();
  client.seed(configMaps, map('a'));
  client.seed(configMaps, map('late', reference('gone')));
  client.seed(configMaps, map('mistaken', reference('a', { uid: 'another' })));
  await settle();
  expect(await names()).toEqual(['a']);
  await stop();
});

test('an owner of a kind that is not known here is left to others', async () => {
  const { client, settle, names, stop } = await setUp();
  client.seed(configMaps, map('b', reference('w', { apiVersion: 'example.com/v1', kind: 'Widget' })));
  await settle();
  expect(await names()).toEqual(['b']);
  await stop();
});

test('objects that own each other in a circle do not wait for each other', async () => {
  const { client, settle, names, stop } = await setUp();
  for (const object of [map('a', reference('c')), map('b', reference('a')), map('c', reference('b'))])
    client.seed(configMaps, object);
  await settle();
  expect(await names()).toEqual(['a', 'b', 'c']);
  await client.delete(configMaps, { namespace: 'default', name: 'a' }, { propagationPolicy: 'Foreground' });
  await settle();
  expect(await names()).toEqual([]);
  await stop();
});

test('an owner in another namespace is none', async () => {
  const { client, settle, names, stop } = await setUp();
  const elsewhere = { ...map('far'), metadata: { ...map('far').metadata, namespace: 'elsewhere' } };
  client.seed(configMaps, elsewhere);
  client.seed(configMaps, map('near', reference('far')));
  await settle();
  expect(await names()).toEqual(['far']);
  await stop();
});

test('an object without a namespace belongs to no namespaced owner, and stays', async () => {
  const { client, settle, stop } = await setUp();
  const node: Node = { apiVersion: 'v1', kind: 'Node', metadata: { name: 'n', ownerReferences: [reference('gone')] } };
  client.seed(nodes, node);
  await settle();
  expect((await client.list(nodes)).items).toHaveLength(1);
  await stop();
});

test('a dependent of several owners loses only those that are going', async () => {
  const { client, settle, stop } = await setUp();
  for (const object of [map('a'), map('b'), map('shared', reference('a'), reference('b'))])
    client.seed(configMaps, object);
  await settle();
  await client.delete(configMaps, { namespace: 'default', name: 'a' }, { propagationPolicy: 'Foreground' });
  await settle();
  const shared = await client.get(configMaps, { namespace: 'default', name: 'shared' });
  expect(shared.metadata.ownerReferences).toEqual([reference('b')]);
  await expect(client.get(configMaps, { namespace: 'default', name: 'a' })).rejects.toThrow('not found');
  await stop();
});

test('kinds that come while it runs are collected, and those that go are let alone', async () => {
  const served = new ChangingResources([configMaps] as unknown as Resource[]);
  const { client, settle, stop } = await harness((context) => garbageCollector(context, served));
  const widgets = widgetResource as unknown as Resource;
  const widget = (name: string, ...ownerReferences: OwnerReference[]) => ({
    apiVersion: 'example.com/v1',
    kind: 'Widget',
    metadata: { name, namespace: 'default', uid: `uid-${name}`, ownerReferences },
  });
  const ofWidget = reference('w', { apiVersion: 'example.com/v1beta1', kind: 'Widget' });
  const left = async () => [
    ...(await client.list(configMaps)).items.map(({ metadata }) => metadata.name),
    ...(await client.list(widgets)).items.map(({ metadata }) => metadata.name),
  ];
  client.seed(widgets, widget('w') as never);
  client.seed(configMaps, map('c', ofWidget));
  client.seed(widgets, widget('orphaned', reference('gone')) as never);
  await settle();
  expect(await left()).toEqual(['c', 'orphaned', 'w']);
  served.set([configMaps, widgets] as unknown as Resource[]);
  await settle();
  expect(await left()).toEqual(['c', 'w']);
  await client.delete(widgets, { namespace: 'default', name: 'w' });
  await settle();
  expect(await left()).toEqual([]);
  served.set([configMaps] as unknown as Resource[]);
  client.seed(widgets, widget('orphaned', reference('gone')) as never);
  await settle();
  expect(await left()).toEqual(['orphaned']);
  await stop();
});
