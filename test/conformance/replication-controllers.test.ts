import type { Json } from '../apiserver/harness';
import { eventsUntil, must, useCluster } from './support/cluster';
import { conditionOf, controllerOf, template, workloads } from './support/workloads';

const cluster = useCluster();

const replicationController = (name: string, spec: object = {}, labels: object = {}): Json => ({
  apiVersion: 'v1',
  kind: 'ReplicationController',
  metadata: { name, labels },
  spec: { replicas: 1, selector: { app: name }, template: template(name), ...spec },
});

const isFull = ({ metadata, spec, status }: Json) =>
  status.observedGeneration >= metadata.generation &&
  status.replicas === spec.replicas &&
  (status.availableReplicas ?? 0) === spec.replicas;

describe('[sig-apps] ReplicationController', () => {
  it('should adopt matching pods on creation [Conformance]', async () => {
    const { controllers, pods } = await workloads(cluster());
    await pods.create({
      apiVersion: 'v1',
      kind: 'Pod',
      ...template('web'),
      metadata: { name: 'alone', labels: { app: 'web' } },
    });
    const { metadata } = await controllers.create(replicationController('web'));
    const adopted = await pods.until('alone', 'to be adopted', (pod) => controllerOf(pod) !== undefined);
    expect(controllerOf(adopted)).toMatchObject({ kind: 'ReplicationController', name: 'web', uid: metadata.uid });
    await controllers.until('web', 'to be full', isFull);
    expect(await pods.list({ app: 'web' })).toHaveLength(1);
  });

  it('should release no longer matching pods [Conformance]', async () => {
    const { controllers, pods } = await workloads(cluster());
    const { metadata } = await controllers.create(replicationController('web'));
    const [pod] = await pods.untilAll({ app: 'web' }, 'a pod', ({ length }) => length === 1);
    await pods.patch(pod.metadata.name, { metadata: { labels: { app: 'other' } } });
    await pods.until(pod.metadata.name, 'to be released', (object) => controllerOf(object) === undefined);
    const [replacement] = await pods.untilAll({ app: 'web' }, 'another pod in its place', ({ length }) => length === 1);
    expect(controllerOf(replacement).uid).toBe(metadata.uid);
  });

  it('should surface a failure condition on a common issue like exceeded quota [Conformance]', async () => {
    const { controllers, server, namespace } = await workloads(cluster());
    const quotas = `/api/v1/namespaces/${namespace}/resourcequotas`;
    must(
      await server.post(quotas, {
        apiVersion: 'v1',
        kind: 'ResourceQuota',
        metadata: { name: 'two' },
        spec: { hard: { pods: '2' } },
      }),
      201,
    );
    await cluster().until(
      'the quota to hold',
      async () => must(await server.get(`${quotas}/two`)).status?.hard?.pods === '2',
    );
    await controllers.create(replicationController('web', { replicas: 3 }));
    const failing = await controllers.until('web', 'to say that it fails', (object) =>
      conditionOf(object, 'ReplicaFailure'),
    );
    expect(conditionOf(failing, 'ReplicaFailure')).toMatchObject({
      status: 'True',
      reason: 'FailedCreate',
      message: expect.stringContaining('exceeded quota: two'),
    });
    await controllers.patch('web', { spec: { replicas: 2 } });
    await controllers.until(
      'web',
      'to fail no more',
      (object) => isFull(object) && !conditionOf(object, 'ReplicaFailure'),
    );
  });

  it('should get and update a ReplicationController scale [Conformance]', async () => {
    const { controllers, server } = await workloads(cluster());
    await controllers.create(replicationController('web'));
    await controllers.until('web', 'to be full', isFull);
    const path = `${controllers.path}/web/scale`;
    const scale = must(await server.get(path));
    expect(scale).toMatchObject({ kind: 'Scale', spec: { replicas: 1 }, status: { replicas: 1, selector: 'app=web' } });
    scale.spec.replicas = 2;
    expect(must(await server.put(path, scale)).spec.replicas).toBe(2);
    await controllers.until('web', 'two replicas', isFull);
  });

  it('should test the lifecycle of a ReplicationController [Conformance]', async () => {
    const { controllers, server, namespace } = await workloads(cluster());
    const watch = await server.watch(`${controllers.path}?watch=1&labelSelector=kind=test`);
    await controllers.create(replicationController('web', {}, { kind: 'test' }));
    expect((await watch.next()).type).toBe('ADDED');
    await controllers.until('web', 'to be full', isFull);
    await controllers.patch('web', { metadata: { labels: { patched: 'yes' } } });
    const status = `${controllers.path}/web/status`;
    const patched = must(
      await server.patch(status, 'merge', { status: { conditions: [{ type: 'Tested', status: 'True' }] } }),
    );
    expect(conditionOf(patched, 'Tested')).toMatchObject({ status: 'True' });
    expect(must(await server.get(status)).metadata.labels).toMatchObject({ patched: 'yes' });
    must(await server.patch(`${controllers.path}/web/scale`, 'merge', { spec: { replicas: 2 } }));
    await controllers.until('web', 'two replicas', isFull);
    const current = await controllers.get('web');
    current.spec.replicas = 3;
    must(await server.put(`${controllers.path}/web`, current));
    await controllers.until('web', 'three replicas', isFull);
    const everywhere = must(await server.get('/api/v1/replicationcontrollers?labelSelector=kind%3Dtest')).items;
    expect(everywhere).toMatchObject([{ metadata: { namespace, name: 'web' } }]);
    must(await server.delete(`${controllers.path}?labelSelector=kind%3Dtest`));
    await cluster().until('it to be gone', async () => (await server.get(`${controllers.path}/web`)).status === 404);
    await eventsUntil(watch, ({ type }) => type === 'DELETED');
    watch.close();
  });
});
