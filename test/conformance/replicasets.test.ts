import type { Json } from '../apiserver/harness';
import { eventsUntil, must, useCluster } from './support/cluster';
import { conditionOf, controllerOf, template, workload, workloads } from './support/workloads';

const cluster = useCluster();

const isFull = ({ metadata, spec, status }: Json) =>
  status.observedGeneration >= metadata.generation &&
  status.replicas === spec.replicas &&
  (status.availableReplicas ?? 0) === spec.replicas;

describe('[sig-apps] ReplicaSet', () => {
  it('should adopt matching pods on creation and release no longer matching pods [Conformance]', async () => {
    const { replicaSets, pods } = await workloads(cluster());
    await pods.create({
      apiVersion: 'v1',
      kind: 'Pod',
      ...template('web'),
      metadata: { name: 'alone', labels: { app: 'web' } },
    });
    const { metadata } = await replicaSets.create(workload('ReplicaSet', 'web'));
    await pods.until('alone', 'to be adopted', (pod) => controllerOf(pod)?.uid === metadata.uid);
    await replicaSets.until('web', 'to be full', isFull);
    expect(await pods.list({ app: 'web' })).toHaveLength(1);
    await pods.patch('alone', { metadata: { labels: { app: 'other' } } });
    await pods.until('alone', 'to be released', (pod) => controllerOf(pod) === undefined);
    const [replacement] = await pods.untilAll({ app: 'web' }, 'another pod in its place', ({ length }) => length === 1);
    expect(controllerOf(replacement).uid).toBe(metadata.uid);
  });

  it('Replicaset should have a working scale subresource [Conformance]', async () => {
    const { replicaSets, server } = await workloads(cluster());
    await replicaSets.create(workload('ReplicaSet', 'web'));
    const path = `${replicaSets.path}/web/scale`;
    const scale = must(await server.get(path));
    expect(scale).toMatchObject({ kind: 'Scale', spec: { replicas: 1 }, status: { selector: 'app=web' } });
    scale.spec.replicas = 2;
    expect(must(await server.put(path, scale)).spec.replicas).toBe(2);
    expect((await replicaSets.get('web')).spec.replicas).toBe(2);
    must(await server.patch(path, 'merge', { spec: { replicas: 4 } }));
    await replicaSets.until('web', 'four replicas', isFull);
    expect(must(await server.get(path)).status.replicas).toBe(4);
  });

  it('Replace and Patch tests [Conformance]', async () => {
    const { replicaSets, pods, server } = await workloads(cluster());
    await replicaSets.create(workload('ReplicaSet', 'web'));
    await replicaSets.until('web', 'to be full', isFull);
    const current = await replicaSets.get('web');
    current.spec.replicas = 2;
    must(await server.put(`${replicaSets.path}/web`, current));
    await replicaSets.until('web', 'two replicas', isFull);
    const containers = [{ name: 'main', image: 'web:2' }];
    const patch = {
      metadata: { labels: { patched: 'yes' } },
      spec: { replicas: 3, template: { spec: { containers } } },
    };
    expect((await replicaSets.patch('web', patch)).metadata.labels).toMatchObject({ patched: 'yes' });
    await replicaSets.until('web', 'three replicas', isFull);
    // Pods that are there stay as they are; only one more is made of the new template.
    const images = (await pods.list({ app: 'web' })).map(({ spec }) => spec.containers[0].image);
    expect(images.sort()).toEqual(['pause:1', 'pause:1', 'web:2']);
  });

  it('should list and delete a collection of ReplicaSets [Conformance]', async () => {
    const { replicaSets, pods, server } = await workloads(cluster());
    const made = {
      ...workload('ReplicaSet', 'web', { replicas: 3 }),
      metadata: { name: 'web', labels: { e2e: 'yes' } },
    };
    await replicaSets.create(made);
    await replicaSets.create(workload('ReplicaSet', 'other'));
    await replicaSets.until('web', 'to be full', isFull);
    const selector = 'labelSelector=e2e%3Dyes';
    expect(must(await server.get(`/apis/apps/v1/replicasets?${selector}`)).items).toHaveLength(1);
    must(await server.delete(`${replicaSets.path}?${selector}`));
    await replicaSets.untilAll({ e2e: 'yes' }, 'none of them', ({ length }) => length === 0);
    await pods.untilAll({ app: 'web' }, 'none of their pods', ({ length }) => length === 0);
    expect(await replicaSets.list()).toHaveLength(1);
  });

  it('should validate Replicaset Status endpoints [Conformance]', async () => {
    const { replicaSets, server } = await workloads(cluster());
    await replicaSets.create(workload('ReplicaSet', 'web'));
    await replicaSets.until('web', 'to be full', isFull);
    const path = `${replicaSets.path}/web/status`;
    const watch = await server.watch(`${replicaSets.path}?watch=1&resourceVersion=0`);
    const condition = { type: 'StatusUpdate', status: 'True', reason: 'E2E', message: 'Set from the test' };
    const current = must(await server.get(path));
    expect(current.status.availableReplicas).toBe(1);
    current.status.conditions = [condition];
    expect(conditionOf(must(await server.put(path, current)), 'StatusUpdate')).toMatchObject(condition);
    await eventsUntil(watch, ({ object }) => conditionOf(object, 'StatusUpdate') !== undefined);
    const patch = { spec: { replicas: 9 }, status: { conditions: [{ ...condition, type: 'StatusPatched' }] } };
    const patched = must(await server.patch(path, 'strategic', patch));
    expect(conditionOf(patched, 'StatusPatched')).toMatchObject({ status: 'True' });
    expect(patched.spec.replicas).toBe(1);
    await eventsUntil(watch, ({ object }) => conditionOf(object, 'StatusPatched') !== undefined);
    watch.close();
  });
});
