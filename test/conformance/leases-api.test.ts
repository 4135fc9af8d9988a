import { tryApiOperations } from './support/api-operations';
import { must, useCluster } from './support/cluster';

const cluster = useCluster();

it('[sig-node] Lease lease API should be available [Conformance]', async () => {
  const namespace = await cluster().namespace();
  const spec = {
    holderIdentity: 'holder',
    leaseDurationSeconds: 30,
    acquireTime: '2026-01-01T00:00:00.000000Z',
    renewTime: '2026-01-01T00:00:05.123456Z',
    leaseTransitions: 0,
  };
  await tryApiOperations(cluster(), {
    groupVersion: 'coordination.k8s.io/v1',
    plural: 'leases',
    kind: 'Lease',
    namespace,
    make: () => ({ spec }),
  });
  const { server } = cluster();
  const path = `/apis/coordination.k8s.io/v1/namespaces/${namespace}/leases`;
  const made = must(await server.post(path, { metadata: { name: 'mine' }, spec }), 201);
  expect(made.spec).toEqual(spec);
  const taken = { ...spec, holderIdentity: 'another', leaseTransitions: 1, renewTime: '2026-01-01T00:01:00.654321Z' };
  expect(must(await server.put(`${path}/mine`, { ...made, spec: taken })).spec).toEqual(taken);
  const patched = must(await server.patch(`${path}/mine`, 'strategic', { spec: { leaseDurationSeconds: 60 } }));
  expect(patched.spec).toEqual({ ...taken, leaseDurationSeconds: 60 });
});
