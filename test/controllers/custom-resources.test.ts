import type { ApiClient } from '../../runtime/client/client';
import { customResource, isEstablished } from '../../runtime/kube/custom';
import type { CustomResourceDefinition } from '../../runtime/kube/generated/types';
import type { AnyObject } from '../../runtime/kube/object';
import { configMaps, customResourceDefinitions, namespaces, type Resource } from '../../runtime/kube/resource';
import { isStatusError } from '../../runtime/kube/status-error';
import { FakeClock } from '../../runtime/util/fake-clock';
import { type ControlPlane, controlPlane, settleWrites } from './control-plane';

let clock: FakeClock;
let plane: ControlPlane;
let client: ApiClient;

beforeEach(async () => {
  clock = new FakeClock();
  plane = await controlPlane(clock);
  client = plane.client;
});
afterEach(() => plane.stop());

const settle = () => settleWrites(plane, clock, 6);

const open = { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } };

async function define(): Promise<Resource<AnyObject>> {
  const definition: CustomResourceDefinition = {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: 'widgets.example.com' },
    spec: {
      group: 'example.com',
      scope: 'Namespaced',
      names: { plural: 'widgets', kind: 'Widget' },
      versions: [
        { name: 'v1', served: true, storage: true, schema: open },
        { name: 'v1beta1', served: true, storage: false, schema: open },
      ],
    },
  };
  await client.create(customResourceDefinitions, definition);
  await settle();
  const made = await client.get(customResourceDefinitions, { name: 'widgets.example.com' });
  if (!isEstablished(made)) throw new Error('it is not established');
  return customResource(made, 'v1');
}

const widget = (name: string, meta: Partial<AnyObject['metadata']> = {}): AnyObject => ({
  apiVersion: 'example.com/v1',
  kind: 'Widget',
  metadata: { name, namespace: 'default', ...meta },
});

const map = (name: string, owner: AnyObject, apiVersion = owner.apiVersion) => ({
  apiVersion: 'v1' as const,
  kind: 'ConfigMap' as const,
  metadata: {
    name,
    namespace: 'default',
    ownerReferences: [
      {
        apiVersion,
        kind: 'Widget',
        name: owner.metadata.name ?? '',
        uid: owner.metadata.uid ?? '',
        blockOwnerDeletion: true,
      },
    ],
  },
});

async function isThere(resource: Resource<never>, name: string, namespace = 'default'): Promise<boolean> {
  try {
    await client.get(resource as unknown as Resource<AnyObject>, { namespace, name });
    return true;
  } catch (error) {
    if (isStatusError(error, 'NotFound')) return false;
    throw error;
  }
}

test('what a custom object owns goes with it, in whatever version the owner is named', async () => {
  const widgets = await define();
  const owner = await client.create(widgets, widget('owner'));
  await client.create(configMaps, map('by-v1', owner));
  await client.create(configMaps, map('by-v1beta1', owner, 'example.com/v1beta1'));
  await settle();
  expect(await isThere(configMaps as never, 'by-v1')).toBe(true);
  await client.delete(widgets, { namespace: 'default', name: 'owner' });
  await settle();
  expect(await isThere(configMaps as never, 'by-v1')).toBe(false);
  expect(await isThere(configMaps as never, 'by-v1beta1')).toBe(false);
});

test('a custom object is owned, waited for in the foreground, and orphaned', async () => {
  const widgets = await define();
  const owner = await client.create(widgets, widget('owner'));
  const ownerReferences = map('x', owner).metadata.ownerReferences;
  await client.create(widgets, widget('held', { ownerReferences, finalizers: ['example.com/hold'] }));
  await settle();
  await client.delete(widgets, { namespace: 'default', name: 'owner' }, { propagationPolicy: 'Foreground' });
  await settle();
  expect(await isThere(widgets as never, 'owner')).toBe(true);
  await client.patch(
    widgets,
    { namespace: 'default', name: 'held' },
    { type: 'merge', body: { metadata: { finalizers: null } } as never },
  );
  await settle();
  expect(await isThere(widgets as never, 'owner')).toBe(false);

  const second = await client.create(widgets, widget('second'));
  await client.create(configMaps, map('orphan', second));
  await settle();
  await client.delete(widgets, { namespace: 'default', name: 'second' }, { propagationPolicy: 'Orphan' });
  await settle();
  expect(
    (await client.get(configMaps, { namespace: 'default', name: 'orphan' })).metadata.ownerReferences ?? [],
  ).toEqual([]);
});

test('a namespace that is deleted takes custom objects with it', async () => {
  const widgets = await define();
  await client.create(namespaces, { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'team' } });
  await settle();
  await client.create(widgets, widget('a', { namespace: 'team' }));
  await client.delete(namespaces, { name: 'team' });
  await settle();
  expect(await isThere(widgets as never, 'a', 'team')).toBe(false);
  expect(await isThere(namespaces as never, 'team')).toBe(false);
});

test('a definition that is deleted is followed no longer, and followed again when it is made anew', async () => {
  const widgets = await define();
  const owner = await client.create(widgets, widget('owner'));
  await client.create(configMaps, map('a', owner));
  await settle();
  await client.delete(customResourceDefinitions, { name: 'widgets.example.com' });
  await settle();
  expect(await isThere(configMaps as never, 'a')).toBe(false);
  const again = await define();
  const next = await client.create(again, widget('owner'));
  await client.create(configMaps, map('b', next));
  await settle();
  await client.delete(again, { namespace: 'default', name: 'owner' });
  await settle();
  expect(await isThere(configMaps as never, 'b')).toBe(false);
});
