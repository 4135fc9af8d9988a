import { must, useCluster } from './support/cluster';

const cluster = useCluster();

const range = (name: string, labels: Record<string, string>) => ({
  apiVersion: 'v1',
  kind: 'LimitRange',
  metadata: { name, labels },
  spec: { limits: [{ type: 'Container', min: { cpu: '50m' }, max: { cpu: '500m' }, default: { cpu: '100m' } }] },
});

const quota = (name: string, labels: Record<string, string> = {}) => ({
  apiVersion: 'v1',
  kind: 'ResourceQuota',
  metadata: { name, labels },
  spec: { hard: { cpu: '1', memory: '500Mi' } },
});

it('[sig-scheduling] LimitRange should list, patch and delete a LimitRange by collection [Conformance]', async () => {
  const { server } = cluster();
  const [one, two] = [await cluster().namespace(), await cluster().namespace()];
  const path = (namespace: string) => `/api/v1/namespaces/${namespace}/limitranges`;
  must(await server.post(path(one), range('limits', { step: 'created' })), 201);
  must(await server.post(path(two), range('limits', { step: 'created' })), 201);
  expect(must(await server.get('/api/v1/limitranges?labelSelector=step%3Dcreated')).items).toHaveLength(2);

  const change = {
    metadata: { labels: { step: 'patched' } },
    spec: { limits: [{ type: 'Container', max: { cpu: '1' } }] },
  };
  const patched = must(await server.patch(`${path(one)}/limits`, 'strategic', change));
  expect(patched.metadata.labels).toEqual({ step: 'patched' });
  expect(patched.spec.limits[0].max).toEqual({ cpu: '1' });

  must(await server.delete(`${path(one)}?labelSelector=step%3Dpatched`));
  expect(must(await server.get(path(one))).items).toEqual([]);
  expect(must(await server.get(path(two))).items).toHaveLength(1);
});

describe('[sig-api-machinery] ResourceQuota', () => {
  it('should be able to update and delete ResourceQuota. [Conformance]', async () => {
    const { server } = cluster();
    const path = `/api/v1/namespaces/${await cluster().namespace()}/resourcequotas`;
    const created = must(await server.post(path, quota('one')), 201);
    expect(created.spec.hard).toEqual({ cpu: '1', memory: '500Mi' });
    created.spec.hard = { cpu: '2', memory: '1Gi' };
    delete created.metadata.resourceVersion;
    expect(must(await server.put(`${path}/one`, created)).spec.hard).toEqual({ cpu: '2', memory: '1Gi' });
    expect(must(await server.get(`${path}/one`)).spec.hard).toEqual({ cpu: '2', memory: '1Gi' });
    must(await server.delete(`${path}/one`));
    expect((await server.get(`${path}/one`)).status).toBe(404);
  });

  it('should manage the lifecycle of a ResourceQuota [Conformance]', async () => {
    const { server } = cluster();
    const path = `/api/v1/namespaces/${await cluster().namespace()}/resourcequotas`;
    must(await server.post(path, quota('one', { step: 'created' })), 201);
    expect(must(await server.get('/api/v1/resourcequotas?labelSelector=step%3Dcreated')).items).toHaveLength(1);
    const change = { metadata: { labels: { step: 'patched' } }, spec: { hard: { memory: '750Mi' } } };
    const patched = must(await server.patch(`${path}/one`, 'strategic', change));
    expect(patched).toMatchObject({
      metadata: { labels: { step: 'patched' } },
      spec: { hard: { cpu: '1', memory: '750Mi' } },
    });
    must(await server.delete(`${path}?labelSelector=step%3Dpatched`));
    expect(must(await server.get(path)).items).toEqual([]);
  });
});
