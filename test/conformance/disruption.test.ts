import type { Json } from '../apiserver/harness';
import { eventsUntil, must, useCluster } from './support/cluster';
import { conditionOf, template, workload, workloads } from './support/workloads';

const cluster = useCluster();

const budget = (name: string, spec: object = {}, labels: object = {}): Json => ({
  apiVersion: 'policy/v1',
  kind: 'PodDisruptionBudget',
  metadata: { name, labels },
  spec: { selector: { matchLabels: { app: 'web' } }, ...spec },
});

/** Its status is of what its spec says now. */
const isCounted = ({ metadata, status }: Json) => status?.observedGeneration === metadata.generation;

const pod = (name: string): Json => ({
  apiVersion: 'v1',
  kind: 'Pod',
  ...template('web'),
  metadata: { name, labels: { app: 'web' } },
});

describe('[sig-apps] DisruptionController', () => {
  it('should create a PodDisruptionBudget [Conformance]', async () => {
    const { budgets, server } = await workloads(cluster());
    await budgets.create(budget('b', { minAvailable: 1 }));
    await budgets.until('b', 'to be counted', isCounted);
    const current = await budgets.get('b');
    current.spec.minAvailable = 2;
    must(await server.put(`${budgets.path}/b`, current));
    const updated = await budgets.until('b', 'to be counted anew', isCounted);
    expect(updated.status.desiredHealthy).toBe(2);
    await budgets.patch('b', { spec: { minAvailable: '10%' } });
    expect((await budgets.until('b', 'to be counted again', isCounted)).spec.minAvailable).toBe('10%');
    must(await server.delete(`${budgets.path}/b`));
    expect((await server.get(`${budgets.path}/b`)).status).toBe(404);
  });

  it('should observe PodDisruptionBudget status updated [Conformance]', async () => {
    const { budgets, pods } = await workloads(cluster());
    await budgets.create(budget('b', { minAvailable: 1 }));
    const first = await budgets.until('b', 'to be counted', isCounted);
    expect(first.status).toMatchObject({ currentHealthy: 0, disruptionsAllowed: 0 });
    for (const name of ['a', 'b', 'c']) await pods.create(pod(name));
    const { status } = await budgets.until('b', 'to see three pods', (object) => object.status.currentHealthy === 3);
    expect(status).toMatchObject({ expectedPods: 3, desiredHealthy: 1, disruptionsAllowed: 2 });
    expect(conditionOf({ status }, 'DisruptionAllowed')).toMatchObject({ status: 'True', reason: 'SufficientPods' });
  });

  it('should update/patch PodDisruptionBudget status [Conformance]', async () => {
    const { budgets, pods, server } = await workloads(cluster());
    await budgets.create(budget('b', { minAvailable: 1 }));
    await pods.create(pod('a'));
    await budgets.until('b', 'to see the pod', (object) => object.status?.currentHealthy === 1);
    const path = `${budgets.path}/b/status`;
    const watch = await server.watch(`${budgets.path}?watch=1&resourceVersion=0`);
    const disrupted = (name: string) => ({ [name]: '2026-01-01T00:00:00Z' });
    const current = must(await server.get(path));
    current.status.disruptedPods = disrupted('x');
    current.spec.minAvailable = 9;
    const updated = must(await server.put(path, current));
    expect(updated).toMatchObject({ spec: { minAvailable: 1 }, status: { disruptedPods: disrupted('x') } });
    // What is disrupted and is no pod of the budget is forgotten when it is counted.
    await eventsUntil(watch, ({ object }) => object.status.disruptedPods?.x !== undefined);
    await eventsUntil(watch, ({ object }) => object.status.disruptedPods?.x === undefined);
    const patched = must(await server.patch(path, 'merge', { status: { disruptedPods: disrupted('y') } }));
    expect(patched.status.disruptedPods).toEqual(disrupted('y'));
    watch.close();
  });

  it('should block an eviction until the PDB is updated to allow it [Conformance]', async () => {
    const { budgets, replicaSets, pods, server } = await workloads(cluster());
    await replicaSets.create(workload('ReplicaSet', 'web', { replicas: 3 }));
    await budgets.create(budget('b', { minAvailable: 3 }));
    await budgets.until('b', 'to see three pods', (object) => object.status?.currentHealthy === 3);
    const [{ metadata }] = (await pods.list({ app: 'web' })) as [Json];
    const evict = () =>
      server.post(`${pods.path}/${metadata.name}/eviction`, {
        apiVersion: 'policy/v1',
        kind: 'Eviction',
        metadata: { name: metadata.name },
      });
    const refused = await evict();
    expect(refused).toMatchObject({ status: 429, json: { reason: 'TooManyRequests' } });
    expect(refused.json.details.causes).toMatchObject([{ reason: 'DisruptionBudget' }]);
    expect((await pods.get(metadata.name)).metadata.uid).toBe(metadata.uid);
    await budgets.patch('b', { spec: { minAvailable: 2 } });
    await budgets.until('b', 'to allow one', (object) => object.status.disruptionsAllowed === 1);
    expect((await evict()).status).toBe(201);
    await pods.untilAll(
      { app: 'web' },
      'another pod in its place',
      (all) => all.length === 3 && all.every((each) => each.metadata.uid !== metadata.uid),
    );
    // A budget that is gone allows all.
    await budgets.patch('b', { spec: { minAvailable: 3 } });
    await budgets.until('b', 'to allow none', (object) => isCounted(object) && object.status.disruptionsAllowed === 0);
    const [other] = (await pods.list({ app: 'web' })) as [Json];
    must(await server.delete(`${budgets.path}/b`));
    const eviction = { apiVersion: 'policy/v1', kind: 'Eviction', metadata: { name: other.metadata.name } };
    must(await server.post(`${pods.path}/${other.metadata.name}/eviction`, eviction), 201);
  });

  it('Listing PodDisruptionBudgets for all namespaces should list and delete a collection of PodDisruptionBudgets [Conformance]', async () => {
    const [one, two] = [await workloads(cluster()), await workloads(cluster())];
    const labels = { test: 'collection' };
    for (const { budgets } of [one, two])
      for (const name of ['a', 'b']) await budgets.create(budget(name, { minAvailable: 1 }, labels));
    await one.budgets.create(budget('c', { minAvailable: 1 }));
    const everywhere = async () =>
      must(await one.server.get('/apis/policy/v1/poddisruptionbudgets?labelSelector=test%3Dcollection')).items.length;
    expect(await everywhere()).toBe(4);
    must(await one.server.delete(`${one.budgets.path}?labelSelector=test%3Dcollection`));
    expect(await everywhere()).toBe(2);
    expect((await one.budgets.list()).map(({ metadata }) => metadata.name)).toEqual(['c']);
  });
});
