import { TestServer } from './harness';

let server: TestServer;

beforeAll(async () => {
  server = await TestServer.start();
});
afterAll(() => server.stop());

const path = (version: string) => `/apis/autoscaling/${version}/namespaces/default/horizontalpodautoscalers`;

it('is one object in two versions, of which clients prefer the second', async () => {
  const group = (await server.get('/apis/autoscaling')).json;
  expect(group.preferredVersion.version).toBe('v2');
  expect(group.versions.map(({ version }: { version: string }) => version)).toEqual(['v2', 'v1']);

  const scaleTargetRef = { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web' };
  const created = await server.post(path('v1'), {
    apiVersion: 'autoscaling/v1',
    kind: 'HorizontalPodAutoscaler',
    metadata: { name: 'web' },
    spec: { scaleTargetRef, maxReplicas: 3, targetCPUUtilizationPercentage: 70 },
  });
  expect(created.status).toBe(201);
  expect(created.json).toMatchObject({ apiVersion: 'autoscaling/v1', spec: { minReplicas: 1 } });

  const newer = (await server.get(`${path('v2')}/web`)).json;
  expect(newer).toMatchObject({
    apiVersion: 'autoscaling/v2',
    metadata: { uid: created.json.metadata.uid, resourceVersion: created.json.metadata.resourceVersion },
    spec: { metrics: [{ type: 'Resource', resource: { name: 'cpu', target: { averageUtilization: 70 } } }] },
  });

  const memory = {
    type: 'Resource',
    resource: { name: 'memory', target: { type: 'AverageValue', averageValue: '1Gi' } },
  };
  newer.spec.metrics.push(memory);
  expect((await server.put(`${path('v2')}/web`, newer)).status).toBe(200);
  const patched = await server.patch(`${path('v1')}/web`, 'merge', { spec: { targetCPUUtilizationPercentage: 50 } });
  expect(patched.status).toBe(200);
  const after = (await server.get(`${path('v2')}/web`)).json;
  expect(after.spec.metrics).toHaveLength(2);
  expect(after.spec.metrics[0].resource.target.averageUtilization).toBe(50);
  expect(after.spec.metrics[1]).toEqual(memory);
  expect(after.metadata.annotations).toBeUndefined();
});
