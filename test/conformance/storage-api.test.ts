import { pathOf, tryApiOperations, writeStatus } from './support/api-operations';
import { must, useCluster } from './support/cluster';

const cluster = useCluster();
const groupVersion = 'storage.k8s.io/v1';

it('[sig-storage] CSIInlineVolumes should run through the lifecycle of a CSIDriver [Conformance]', async () => {
  await tryApiOperations(cluster(), {
    groupVersion,
    plural: 'csidrivers',
    kind: 'CSIDriver',
    make: () => ({ spec: { volumeLifecycleModes: ['Ephemeral'] } }),
  });
});

it('[sig-storage] CSINodes CSI Conformance should run through the lifecycle of a csinode [Conformance]', async () => {
  await tryApiOperations(cluster(), {
    groupVersion,
    plural: 'csinodes',
    kind: 'CSINode',
    make: (name) => ({ spec: { drivers: [{ name: 'e2e.example.com', nodeID: name }] } }),
  });
});

it('[sig-storage] CSIStorageCapacity should support CSIStorageCapacities API operations [Conformance]', async () => {
  await tryApiOperations(cluster(), {
    groupVersion,
    plural: 'csistoragecapacities',
    kind: 'CSIStorageCapacity',
    namespace: await cluster().namespace(),
    make: () => ({ storageClassName: 'e2e', capacity: '1Gi' }),
  });
});

it('[sig-storage] StorageClasses CSI Conformance should run through the lifecycle of a StorageClass [Conformance]', async () => {
  await tryApiOperations(cluster(), {
    groupVersion,
    plural: 'storageclasses',
    kind: 'StorageClass',
    make: () => ({ provisioner: 'example.com/e2e', reclaimPolicy: 'Delete' }),
  });
});

describe('[sig-storage] VolumeAttachment Conformance', () => {
  const resource = { groupVersion, plural: 'volumeattachments', kind: 'VolumeAttachment' };
  const make = () => ({
    spec: { attacher: 'e2e.example.com', nodeName: 'node-a', source: { persistentVolumeName: 'pv' } },
  });
  const status = { patch: { attached: true }, update: { attached: false } };

  it('should run through the lifecycle of a VolumeAttachment [Conformance]', async () => {
    await tryApiOperations(cluster(), { ...resource, make });
  });

  it('should apply changes to a volumeattachment status [Conformance]', async () => {
    const { server } = cluster();
    const path = pathOf(resource);
    const made = must(await server.post(path, { ...make(), metadata: { name: 'one' } }), 201);
    expect(made.status).toEqual({ attached: false });
    await writeStatus(cluster(), `${path}/one`, status);
  });
});

it('[sig-storage] VolumeAttributesClass [FeatureGate:VolumeAttributesClass] should run through the lifecycle of a VolumeAttributesClass [Conformance]', async () => {
  await tryApiOperations(cluster(), {
    groupVersion,
    plural: 'volumeattributesclasses',
    kind: 'VolumeAttributesClass',
    make: () => ({ driverName: 'e2e.example.com', parameters: { iops: '4000' } }),
  });
});
