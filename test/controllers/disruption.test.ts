import type { ApiClient } from '../../runtime/client/client';
import { countOf, evictionTimeoutMs, pendingDisruptions } from '../../runtime/controllers/disruption/decide';
import { scaleOfControllers } from '../../runtime/controllers/disruption/scale';
import type {
  CustomResourceDefinition,
  Pod,
  PodDisruptionBudget,
  PodDisruptionBudgetSpec,
  ReplicaSet,
  StatefulSet,
} from '../../runtime/kube/generated/types';
import type { AnyObject } from '../../runtime/kube/object';
import {
  customResourceDefinitions,
  deployments,
  podDisruptionBudgets,
  pods,
  replicaSets,
  statefulSets,
} from '../../runtime/kube/resource';
import { resource } from '../../runtime/kube/resource/resource';
import { rfc3339 } from '../../runtime/util/clock';
import { FakeClock } from '../../runtime/util/fake-clock';
import { type ControlPlane, controlPlane, FakeNodes, settleWrites } from './control-plane';
import { deployment } from './harness';

const key = { namespace: 'default', name: 'web' };

function budget(spec: PodDisruptionBudgetSpec): PodDisruptionBudget {
  return {
    apiVersion: 'policy/v1',
    kind: 'PodDisruptionBudget',
    metadata: { ...key },
    spec: { selector: { matchLabels: { app: 'web' } }, ...spec },
  };
}

describe('what a budget wants', () => {
  it.each([
    [{ minAvailable: 2 }, { expected: 5, desired: 2 }],
    [{ minAvailable: '50%' }, { expected: 7, desired: 4 }],
    [{ minAvailable: '100%' }, { expected: 7, desired: 7 }],
    [{ maxUnavailable: 1 }, { expected: 7, desired: 6 }],
    [{ maxUnavailable: '30%' }, { expected: 7, desired: 4 }],
    [{ maxUnavailable: 9 }, { expected: 7, desired: 0 }],
    [{}, { expected: 5, desired: 0 }],
  ])('%j of 5 pods that shall be 7 is %j', (spec, count) => {
    expect(countOf(budget(spec), 5, 7)).toEqual(count);
  });

  it('a charged eviction counts until its pod is deleted or gone, for two minutes at most', () => {
    const now = Date.parse('2026-01-01T00:10:00Z');
    const at = (ms: number) => rfc3339(now - ms);
    const pod = (name: string, more: Partial<Pod['metadata']> = {}): Pod => ({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { namespace: 'default', name, ...more },
    });
    const charged = {
      ...budget({}),
      status: { disruptedPods: { new: at(30_000), old: at(evictionTimeoutMs), going: at(1000), gone: at(1000) } },
    };
    const seen = [pod('new'), pod('old'), pod('going', { deletionTimestamp: at(0) }), pod('other')];
    expect(pendingDisruptions(charged, seen, now)).toEqual({
      pods: { new: at(30_000) },
      expiresAt: now - 30_000 + evictionTimeoutMs,
    });
  });
});

describe('with the API', () => {
  let clock: FakeClock;
  let plane: ControlPlane;
  let client: ApiClient;
  let fleet: FakeNodes;

  beforeEach(async () => {
    clock = new FakeClock();
    plane = await controlPlane(clock);
    client = plane.client;
    fleet = new FakeNodes(plane, clock);
    await fleet.join('a');
    await client.create(deployments, deployment('web', { replicas: 3 }));
    await settle();
  });
  afterEach(() => plane.stop());

  const settle = () => settleWrites(plane, clock);

  const status = async () => (await client.get(podDisruptionBudgets, key)).status;
  const web = async () => (await client.list(pods, { namespace: 'default', labelSelector: 'app=web' })).items;

  function evict({ metadata: { namespace, name = '' } }: Pod): Promise<unknown> {
    const body = { apiVersion: 'policy/v1', kind: 'Eviction', metadata: { namespace, name } };
    return client.createSubresource(pods, { namespace, name }, 'eviction', body);
  }

  it('evictions go on one by one, as their replacements become ready', async () => {
    await client.create(podDisruptionBudgets, budget({ maxUnavailable: 1 }));
    await settle();
    expect(await status()).toMatchObject({
      observedGeneration: 1,
      expectedPods: 3,
      desiredHealthy: 2,
      currentHealthy: 3,
      disruptionsAllowed: 1,
      conditions: [{ type: 'DisruptionAllowed', status: 'True', reason: 'SufficientPods' }],
    });
    const [first, second] = (await web()) as [Pod, Pod];
    await evict(first);
    await expect(evict(second)).rejects.toMatchObject({ code: 429 });
    await settle();
    expect((await web()).map(({ metadata }) => metadata.uid)).not.toContain(first.metadata.uid);
    expect(await status()).toMatchObject({ currentHealthy: 3, disruptionsAllowed: 1 });
    expect((await status())?.disruptedPods ?? {}).toEqual({});
    await evict(second);
    await settle();
    expect(await web()).toHaveLength(3);
  });

  it('an eviction is blocked until the budget is changed to allow it', async () => {
    await client.create(podDisruptionBudgets, budget({ minAvailable: 3 }));
    await settle();
    const [pod] = (await web()) as [Pod];
    expect(await status()).toMatchObject({
      disruptionsAllowed: 0,
      conditions: [{ status: 'False', reason: 'InsufficientPods' }],
    });
    await expect(evict(pod)).rejects.toMatchObject({ code: 429 });
    await client.patch(podDisruptionBudgets, key, { type: 'merge', body: { spec: { minAvailable: '50%' } } });
    // Not counted anew yet: nothing is allowed on the old count.
    await expect(evict(pod)).rejects.toMatchObject({ code: 429 });
    await settle();
    expect(await status()).toMatchObject({ observedGeneration: 2, desiredHealthy: 2, disruptionsAllowed: 1 });
    await evict(pod);
  });

  it('follows the Deployment’s scale, and writes nothing while nothing changes', async () => {
    await client.create(podDisruptionBudgets, budget({ maxUnavailable: '40%' }));
    await settle();
    expect(await status()).toMatchObject({ expectedPods: 3, desiredHealthy: 1, disruptionsAllowed: 2 });
    await client.patch(deployments, key, { type: 'merge', body: { spec: { replicas: 6 } } });
    await settle();
    expect(await status()).toMatchObject({ expectedPods: 6, desiredHealthy: 3, currentHealthy: 6 });
    const before = await client.get(podDisruptionBudgets, key);
    const [pod] = (await web()) as [Pod];
    const { namespace, name = '' } = pod.metadata;
    await client.patch(pods, { namespace, name }, { type: 'merge', body: { metadata: { annotations: { a: 'b' } } } });
    await settle();
    expect(await client.get(podDisruptionBudgets, key)).toEqual(before);
  });

  /** A pod of a controller that the test stands in for. */
  async function owned(name: string, owner: AnyObject): Promise<void> {
    const { apiVersion, kind, metadata } = owner;
    const reference = { apiVersion, kind, name: metadata.name ?? '', uid: metadata.uid ?? '', controller: true };
    await client.create(pods, {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { namespace: 'default', name, labels: { app: 'set' }, ownerReferences: [reference] },
      spec: { containers: [{ name: 'c', image: 'i' }] },
    } as Pod);
  }
  const set = (spec: PodDisruptionBudgetSpec) => budget({ selector: { matchLabels: { app: 'set' } }, ...spec });

  it('follows a StatefulSet’s scale', async () => {
    const template = deployment('set', {}).spec?.template;
    const made = await client.create(statefulSets, {
      apiVersion: 'apps/v1',
      kind: 'StatefulSet',
      metadata: { namespace: 'default', name: 'set' },
      spec: { replicas: 4, serviceName: 'set', selector: { matchLabels: { app: 'set' } }, template },
    } as StatefulSet);
    for (let i = 0; i < 2; i++) await owned(`set-${i}`, made as unknown as AnyObject);
    await client.create(podDisruptionBudgets, set({ maxUnavailable: 1 }));
    await settle();
    expect(await status()).toMatchObject({
      expectedPods: 4,
      desiredHealthy: 3,
      currentHealthy: 2,
      disruptionsAllowed: 0,
    });
    await client.patch(
      statefulSets,
      { namespace: 'default', name: 'set' },
      { type: 'merge', body: { spec: { replicas: 2 } } },
    );
    await settle();
    expect(await status()).toMatchObject({ expectedPods: 2, desiredHealthy: 1, disruptionsAllowed: 1 });
  });

  it('asks a custom resource for its scale, wherever it has it', async () => {
    const spec = {
      type: 'object',
      properties: { size: { type: 'object', properties: { wanted: { type: 'integer' } } } },
    };
    await client.create(customResourceDefinitions, {
      apiVersion: 'apiextensions.k8s.io/v1',
      kind: 'CustomResourceDefinition',
      metadata: { name: 'crews.example.com' },
      spec: {
        group: 'example.com',
        scope: 'Namespaced',
        names: { plural: 'crews', singular: 'crew', kind: 'Crew', listKind: 'CrewList' },
        versions: [
          {
            name: 'v1',
            served: true,
            storage: true,
            schema: {
              openAPIV3Schema: {
                type: 'object',
                properties: { spec, status: { type: 'object', properties: { replicas: { type: 'integer' } } } },
              },
            },
            subresources: {
              status: {},
              scale: { specReplicasPath: '.spec.size.wanted', statusReplicasPath: '.status.replicas' },
            },
          },
        ],
      },
    } as CustomResourceDefinition);
    await settle();
    const crews = resource<AnyObject>('example.com/v1', 'Crew', 'crews');
    const crew = {
      apiVersion: 'example.com/v1',
      kind: 'Crew',
      metadata: { namespace: 'default', name: 'c' },
      spec: { size: { wanted: 5 } },
    };
    const made = await client.create(crews, crew as AnyObject);
    for (let i = 0; i < 5; i++) await owned(`crew-${i}`, made);
    await client.create(podDisruptionBudgets, set({ minAvailable: '50%' }));
    await settle();
    expect(await status()).toMatchObject({
      expectedPods: 5,
      desiredHealthy: 3,
      currentHealthy: 5,
      disruptionsAllowed: 2,
    });
    await client.delete(crews, { namespace: 'default', name: 'c' }, { propagationPolicy: 'Orphan' });
  });

  it('a pod whose controller is gone, or is another of the same name, cannot be counted', async () => {
    const [replicaSet] = (await client.list(replicaSets, { namespace: 'default' })).items as [ReplicaSet];
    const of = (name: string, uid = ''): Pod => {
      const reference = { apiVersion: 'apps/v1', kind: 'ReplicaSet', name, uid, controller: true };
      return {
        apiVersion: 'v1',
        kind: 'Pod',
        metadata: { namespace: 'default', name: 'p', ownerReferences: [reference] },
      };
    };
    const scale = (pod: Pod) => scaleOfControllers(client, plane.api.served, [pod]);
    const { name = '', uid } = replicaSet.metadata;
    await expect(scale(of('gone'))).rejects.toThrow('found no controllers for pod "p"');
    await expect(scale(of(name, 'other'))).rejects.toThrow('found no controllers for pod "p"');
    expect(await scale(of(name, uid))).toBe(3);
  });

  it('pods of a controller that nobody can count allow nothing, and the budget says why', async () => {
    const owner = { apiVersion: 'example.com/v1', kind: 'Crew', name: 'c', uid: 'u', controller: true };
    await client.create(pods, {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { namespace: 'default', name: 'odd', labels: { app: 'web' }, ownerReferences: [owner] },
      spec: { containers: [{ name: 'c', image: 'i' }] },
    } as Pod);
    await client.create(podDisruptionBudgets, budget({ maxUnavailable: 1 }));
    for (let i = 0; i < 4; i++) await clock.advance(25);
    expect(await status()).toMatchObject({
      disruptionsAllowed: 0,
      conditions: [
        { status: 'False', reason: 'SyncFailed', message: expect.stringContaining('odd is controlled by the Crew c') },
      ],
    });
  });
});
