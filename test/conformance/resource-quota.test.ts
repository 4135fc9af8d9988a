import { configMap, type Json, pod, service } from '../apiserver/harness';
import { must, useCluster } from './support/cluster';

const cluster = useCluster();

type Amounts = Record<string, string>;

/** A quota in a namespace of its own, counted. */
async function counted(hard: Amounts, spec: object = {}) {
  const { server } = cluster();
  const namespace = await cluster().namespace();
  const path = `/api/v1/namespaces/${namespace}`;
  await addQuota(path, 'quota', hard, spec);
  return {
    server,
    namespace,
    path,
    /** Waits until the quota says that so much is used. */
    uses: (used: Amounts, name = 'quota') =>
      cluster().until(`used to be ${JSON.stringify(used)}`, async () => {
        const status = must(await server.get(`${path}/resourcequotas/${name}`)).status;
        return Object.entries(used).every(([key, value]) => status.used?.[key] === value);
      }),
  };
}

async function addQuota(path: string, name: string, hard: Amounts, spec: object): Promise<void> {
  const { server } = cluster();
  const quota = { apiVersion: 'v1', kind: 'ResourceQuota', metadata: { name }, spec: { hard, ...spec } };
  must(await server.post(`${path}/resourcequotas`, quota), 201);
  await cluster().until('the quota to be counted', async () => {
    const status = must(await server.get(`${path}/resourcequotas/${name}`)).status;
    return Object.keys(hard).every((key) => status.hard?.[key] !== undefined && status.used?.[key] !== undefined);
  });
}

function asking(name: string, namespace: string, requests: Amounts, more: object = {}): Json {
  const containers = [{ name: 'main', image: 'pause:1', resources: { requests, limits: requests } }];
  return pod(name, { containers, ...more }, { namespace });
}

const workload = (apiVersion: string, kind: string, selector: object, namespace: string) => ({
  apiVersion,
  kind,
  metadata: { name: 'none', namespace },
  spec: {
    replicas: 0,
    selector,
    template: { metadata: { labels: { app: 'none' } }, spec: { containers: [{ name: 'main', image: 'pause:1' }] } },
  },
});

describe('[sig-api-machinery] ResourceQuota', () => {
  it('should create a ResourceQuota and ensure its status is promptly calculated. [Conformance]', async () => {
    const { uses } = await counted({ pods: '5', services: '10', resourcequotas: '1', 'count/replicasets.apps': '5' });
    await uses({ pods: '0', services: '0', resourcequotas: '1', 'count/replicasets.apps': '0' });
  });

  it('should create a ResourceQuota and capture the life of a secret. [Conformance]', async () => {
    const { server, path, uses } = await counted({ secrets: '5' });
    const secret = { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'one' }, stringData: { a: 'b' } };
    must(await server.post(`${path}/secrets`, secret), 201);
    await uses({ secrets: '1' });
    must(await server.delete(`${path}/secrets/one`));
    await uses({ secrets: '0' });
  });

  it('should create a ResourceQuota and capture the life of a configMap. [Conformance]', async () => {
    const { server, path, uses } = await counted({ configmaps: '5' });
    await uses({ configmaps: '1' });
    must(await server.post(`${path}/configmaps`, configMap('one')), 201);
    await uses({ configmaps: '2' });
    must(await server.delete(`${path}/configmaps/one`));
    await uses({ configmaps: '1' });
  });

  it('should create a ResourceQuota and capture the life of a service. [Conformance]', async () => {
    const { server, path, namespace, uses } = await counted({
      services: '3',
      'services.nodeports': '1',
      'services.loadbalancers': '1',
    });
    const of = (name: string, type: string) => {
      const body = service(name, { type });
      return { ...body, metadata: { ...body.metadata, namespace } };
    };
    must(await server.post(`${path}/services`, of('plain', 'ClusterIP')), 201);
    must(await server.post(`${path}/services`, of('node', 'NodePort')), 201);
    await uses({ services: '2', 'services.nodeports': '1', 'services.loadbalancers': '0' });
    const refused = await server.post(`${path}/services`, of('balanced', 'LoadBalancer'));
    expect(refused.status).toBe(403);
    expect(refused.json.message).toContain(
      'exceeded quota: quota, requested: services.nodeports=1, used: services.nodeports=1, limited: services.nodeports=1',
    );
    for (const name of ['plain', 'node']) must(await server.delete(`${path}/services/${name}`));
    await uses({ services: '0', 'services.nodeports': '0' });
  });

  it('should create a ResourceQuota and capture the life of a replica set. [Conformance]', async () => {
    const { server, namespace, uses } = await counted({ 'count/replicasets.apps': '5' });
    const path = `/apis/apps/v1/namespaces/${namespace}/replicasets`;
    const body = workload('apps/v1', 'ReplicaSet', { matchLabels: { app: 'none' } }, namespace);
    must(await server.post(path, body), 201);
    await uses({ 'count/replicasets.apps': '1' });
    must(await server.delete(`${path}/none`));
    await uses({ 'count/replicasets.apps': '0' });
  });

  it('should create a ResourceQuota and capture the life of a replication controller. [Conformance]', async () => {
    const { server, path, namespace, uses } = await counted({ replicationcontrollers: '10' });
    const body = workload('v1', 'ReplicationController', { app: 'none' }, namespace);
    must(await server.post(`${path}/replicationcontrollers`, body), 201);
    await uses({ replicationcontrollers: '1' });
    must(await server.delete(`${path}/replicationcontrollers/none`, { propagationPolicy: 'Background' }));
    await uses({ replicationcontrollers: '0' });
  });

  it('should create a ResourceQuota and capture the life of a pod. [Conformance]', async () => {
    const { server, path, namespace, uses } = await counted({
      pods: '5',
      cpu: '1',
      memory: '500Mi',
      'requests.example.com/dongle': '3',
    });
    const first = asking('first', namespace, { cpu: '500m', memory: '252Mi', 'example.com/dongle': '2' });
    must(await server.post(`${path}/pods`, first), 201);
    await uses({ pods: '1', cpu: '500m', memory: '252Mi', 'requests.example.com/dongle': '2' });
    const tooMuch = await server.post(`${path}/pods`, asking('much', namespace, { cpu: '600m', memory: '100Mi' }));
    expect(tooMuch.status).toBe(403);
    expect(tooMuch.json.message).toBe(
      'pods "much" is forbidden: exceeded quota: quota, requested: cpu=600m, used: cpu=500m, limited: cpu=1',
    );
    const dongles = asking('dongles', namespace, { cpu: '1m', memory: '1Mi', 'example.com/dongle': '2' });
    expect((await server.post(`${path}/pods`, dongles)).status).toBe(403);
    must(await server.delete(`${path}/pods/first`, { gracePeriodSeconds: 0 }));
    await uses({ pods: '0', cpu: '0', memory: '0', 'requests.example.com/dongle': '0' });
  });

  it('should verify ResourceQuota with best effort scope. [Conformance]', async () => {
    const { server, path, namespace, uses } = await counted({ pods: '5' }, { scopes: ['BestEffort'] });
    await addQuota(path, 'others', { pods: '5' }, { scopes: ['NotBestEffort'] });
    must(await server.post(`${path}/pods`, pod('lax', {}, { namespace })), 201);
    await uses({ pods: '1' });
    await uses({ pods: '0' }, 'others');
    must(await server.delete(`${path}/pods/lax`, { gracePeriodSeconds: 0 }));
    await uses({ pods: '0' });
    must(await server.post(`${path}/pods`, asking('firm', namespace, { cpu: '1m', memory: '1Mi' })), 201);
    await uses({ pods: '1' }, 'others');
    await uses({ pods: '0' });
    must(await server.delete(`${path}/pods/firm`, { gracePeriodSeconds: 0 }));
    await uses({ pods: '0' }, 'others');
  });

  it('should verify ResourceQuota with terminating scopes. [Conformance]', async () => {
    const hard = { pods: '5', 'requests.cpu': '1' };
    const { server, path, namespace, uses } = await counted(hard, { scopes: ['Terminating'] });
    await addQuota(path, 'others', hard, { scopes: ['NotTerminating'] });
    const long = asking('long', namespace, { cpu: '500m', memory: '1Mi' });
    must(await server.post(`${path}/pods`, long), 201);
    await uses({ pods: '1', 'requests.cpu': '500m' }, 'others');
    await uses({ pods: '0', 'requests.cpu': '0' });
    must(await server.delete(`${path}/pods/long`, { gracePeriodSeconds: 0 }));
    await uses({ pods: '0', 'requests.cpu': '0' }, 'others');
    const brief = asking('brief', namespace, { cpu: '500m', memory: '1Mi' }, { activeDeadlineSeconds: 3600 });
    must(await server.post(`${path}/pods`, brief), 201);
    await uses({ pods: '1', 'requests.cpu': '500m' });
    await uses({ pods: '0', 'requests.cpu': '0' }, 'others');
  });

  it('should apply changes to a resourcequota status [Conformance]', async () => {
    const { server, path, uses } = await counted({ configmaps: '5' });
    await uses({ configmaps: '1' });
    const at = `${path}/resourcequotas/quota`;
    const changed = must(await server.get(`${at}/status`));
    changed.status = { hard: { configmaps: '9' }, used: { configmaps: '8' } };
    const updated = must(await server.put(`${at}/status`, changed));
    expect(updated).toMatchObject({ spec: { hard: { configmaps: '5' } }, status: { hard: { configmaps: '9' } } });
    await cluster().until('the status to be counted again', async () => {
      const { status } = must(await server.get(at));
      return status.hard.configmaps === '5' && status.used.configmaps === '1';
    });
    const patch = { status: { hard: { configmaps: '7' } } };
    expect(must(await server.patch(`${at}/status`, 'merge', patch)).status.hard).toEqual({ configmaps: '7' });
    await cluster().until('it again', async () => must(await server.get(at)).status.hard.configmaps === '5');
  });
});

describe('[sig-scheduling] LimitRange', () => {
  it('should create a LimitRange with defaults and ensure pod has those defaults applied. [Conformance]', async () => {
    const { server } = cluster();
    const namespace = await cluster().namespace();
    const path = `/api/v1/namespaces/${namespace}`;
    const item = {
      type: 'Container',
      min: { cpu: '50m', memory: '100Mi' },
      max: { cpu: '500m', memory: '500Mi' },
      default: { cpu: '500m', memory: '500Mi' },
      defaultRequest: { cpu: '100m', memory: '200Mi' },
    };
    const range = { apiVersion: 'v1', kind: 'LimitRange', metadata: { name: 'limits' }, spec: { limits: [item] } };
    expect(must(await server.post(`${path}/limitranges`, range), 201).spec.limits).toEqual([item]);
    const create = (name: string, resources?: object) =>
      server.post(
        `${path}/pods`,
        pod(name, { containers: [{ name: 'main', image: 'pause:1', resources }] }, { namespace }),
      );
    const plain = must(await create('plain'), 201);
    expect(plain.spec.containers[0].resources).toEqual({ requests: item.defaultRequest, limits: item.default });
    const partial = must(await create('partial', { requests: { cpu: '300m' } }), 201);
    expect(partial.spec.containers[0].resources).toEqual({
      requests: { cpu: '300m', memory: '200Mi' },
      limits: item.default,
    });
    expect((await create('low', { requests: { cpu: '10m' } })).json.message).toBe(
      'pods "low" is forbidden: minimum cpu usage per Container is 50m, but request is 10m',
    );
    expect((await create('high', { limits: { cpu: '600m' } })).status).toBe(403);
    const lower = { ...item, min: { cpu: '9m', memory: '100Mi' } };
    must(await server.patch(`${path}/limitranges/limits`, 'merge', { spec: { limits: [lower] } }));
    must(await create('low', { requests: { cpu: '10m' } }), 201);
    must(await server.delete(`${path}/limitranges/limits`));
    must(await create('high', { limits: { cpu: '600m' } }), 201);
  });
});
