import { tryApiOperations } from './support/api-operations';
import { useCluster } from './support/cluster';

const cluster = useCluster();
const groupVersion = 'resource.k8s.io/v1';
const claim = { devices: { requests: [{ name: 'one', exactly: { deviceClassName: 'gpu.example.com' } }] } };

describe('[sig-node] [DRA] CRUD Tests resource.k8s.io/v1', () => {
  it('DeviceClass [Conformance]', async () => {
    await tryApiOperations(cluster(), {
      groupVersion,
      plural: 'deviceclasses',
      kind: 'DeviceClass',
      make: () => ({ spec: { selectors: [{ cel: { expression: 'device.driver == "gpu.example.com"' } }] } }),
    });
  });

  it('ResourceClaim [Conformance]', async () => {
    const results = [{ request: 'one', driver: 'gpu.example.com', pool: 'node-a', device: 'gpu-0' }];
    const allocation = { devices: { results } };
    await tryApiOperations(cluster(), {
      groupVersion,
      plural: 'resourceclaims',
      kind: 'ResourceClaim',
      namespace: await cluster().namespace(),
      make: () => ({ spec: claim }),
      status: {
        patch: { allocation },
        update: { reservedFor: [{ resource: 'pods', name: 'web', uid: '1' }] },
      },
    });
  });

  it('ResourceClaimTemplate [Conformance]', async () => {
    await tryApiOperations(cluster(), {
      groupVersion,
      plural: 'resourceclaimtemplates',
      kind: 'ResourceClaimTemplate',
      namespace: await cluster().namespace(),
      make: () => ({ spec: { spec: claim } }),
    });
  });

  it('ResourceSlice [Conformance]', async () => {
    await tryApiOperations(cluster(), {
      groupVersion,
      plural: 'resourceslices',
      kind: 'ResourceSlice',
      make: (name) => ({
        spec: {
          driver: 'gpu.example.com',
          nodeName: 'node-a',
          pool: { name, generation: 1, resourceSliceCount: 1 },
          devices: [{ name: 'gpu-0', attributes: { model: { string: 'x1' } }, capacity: { memory: { value: '8Gi' } } }],
        },
      }),
    });
  });
});
