import { kinds } from '../../runtime/kube/kinds';
import type { AnyObject } from '../../runtime/kube/object';
import { type Resource, statefulSets } from '../../runtime/kube/resource';
import { isStatusError } from '../../runtime/kube/status-error';
import { FakeClock } from '../../runtime/util/fake-clock';
import { minimalWorkloads } from '../kube/kinds/minimal-workloads';
import { type ControlPlane, controlPlane } from './control-plane';

const clock = new FakeClock(Date.parse('2026-01-31T13:00:00Z'));
let plane: ControlPlane;

beforeEach(async () => {
  plane = await controlPlane(clock);
});
afterEach(() => plane.stop());

function resourceOf(object: AnyObject): Resource {
  const kind = kinds.find(
    ({ resource: { group, version, kind: name } }) =>
      name === object.kind && object.apiVersion === (group ? `${group}/${version}` : version),
  );
  if (!kind) throw new Error(`no kind ${object.kind}`);
  return kind.resource;
}

/** Lets time pass until the object is gone. */
async function gone(resource: Resource, key: { namespace?: string; name: string }): Promise<void> {
  for (let waited = 0; waited < 60_000; waited += 100) {
    const found = await plane.client.get(resource, key).catch((error) => {
      if (isStatusError(error, 'NotFound')) return undefined;
      throw error;
    });
    if (!found) return;
    await clock.advance(100);
  }
  throw new Error(`${resource.plural} ${key.name} is still there`);
}

it('a namespace with one of each kind goes, with all of them', async () => {
  const namespaces = kinds.find(({ resource }) => resource.plural === 'namespaces')?.resource as Resource;
  const namespace: AnyObject = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop' } };
  await plane.client.create(namespaces, namespace);
  const made: Resource[] = [];
  for (const make of Object.values(minimalWorkloads)) {
    const object = make() as unknown as AnyObject;
    const resource = resourceOf(object);
    if (!resource.namespaced) continue;
    await plane.client.create(resource, { ...object, metadata: { ...object.metadata, namespace: 'shop' } });
    made.push(resource);
  }
  expect(made.length).toBeGreaterThan(10);
  await plane.client.delete(namespaces, { name: 'shop' });
  await gone(namespaces, { name: 'shop' });
  for (const resource of made) expect((await plane.client.list(resource, { namespace: 'shop' })).items).toEqual([]);
});

it('what a StatefulSet and a Job own goes with them', async () => {
  for (const make of [minimalWorkloads.statefulSet, minimalWorkloads.job]) {
    const object = make() as unknown as AnyObject;
    const resource = resourceOf(object);
    const owner = await plane.client.create(resource, object);
    const { apiVersion, kind, metadata } = owner;
    const { name = '', uid = '' } = metadata;
    const ownerReferences = [{ apiVersion, kind, name, uid, controller: true }];
    const pods = resourceOf({ apiVersion: 'v1', kind: 'Pod', metadata: {} });
    const pod: AnyObject = {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'owned', namespace: 'default', ownerReferences },
      spec: { containers: [{ name: 'main', image: 'busybox:1' }] },
    };
    await plane.client.create(pods, pod);
    await clock.advance(5000);
    expect(await plane.client.get(pods, { namespace: 'default', name: 'owned' })).toBeDefined();
    // Jobs let their pods stay unless asked otherwise.
    await plane.client.delete(resource, { namespace: 'default', name }, { propagationPolicy: 'Background' });
    await gone(pods, { namespace: 'default', name: 'owned' });
  }
  expect((await plane.client.list(statefulSets)).items).toEqual([]);
});
