import { must, useCluster } from './support/cluster';

const cluster = useCluster();
const volumes = '/api/v1/persistentvolumes';

const volume = (name: string) => ({
  apiVersion: 'v1',
  kind: 'PersistentVolume',
  metadata: { name, labels: { set: name } },
  spec: {
    capacity: { storage: '1Gi' },
    accessModes: ['ReadWriteOnce'],
    storageClassName: `class-${name}`,
    csi: { driver: 'csi.example.com', volumeHandle: name },
  },
});

const claim = (name: string, storageClassName: string) => ({
  apiVersion: 'v1',
  kind: 'PersistentVolumeClaim',
  metadata: { name, labels: { set: name } },
  spec: { accessModes: ['ReadWriteOnce'], storageClassName, resources: { requests: { storage: '1Gi' } } },
});

describe('[sig-storage] PersistentVolumes CSI Conformance', () => {
  it('should run through the lifecycle of a PV and a PVC [Conformance]', async () => {
    const { server } = cluster();
    const claims = `/api/v1/namespaces/${await cluster().namespace()}/persistentvolumeclaims`;
    must(await server.post(volumes, volume('life')), 201);
    must(await server.post(claims, claim('life', 'class-life')), 201);
    expect(must(await server.get(`${volumes}?labelSelector=set%3Dlife`)).items).toHaveLength(1);
    expect(must(await server.get('/api/v1/persistentvolumeclaims?labelSelector=set%3Dlife')).items).toHaveLength(1);

    const label = { metadata: { labels: { patched: 'yes' } } };
    must(await server.patch(`${volumes}/life`, 'strategic', label));
    must(await server.patch(`${claims}/life`, 'strategic', label));
    expect(must(await server.get(`${volumes}/life`)).metadata.labels).toEqual({ set: 'life', patched: 'yes' });

    const read = must(await server.get(`${claims}/life`));
    read.metadata.labels.updated = 'yes';
    expect(must(await server.put(`${claims}/life`, read)).metadata.labels).toMatchObject({ updated: 'yes' });

    must(await server.delete(`${claims}/life`));
    must(await server.delete(`${volumes}/life`));
    expect((await server.get(`${claims}/life`)).status).toBe(404);
    expect((await server.get(`${volumes}/life`)).status).toBe(404);

    must(await server.post(volumes, volume('again')), 201);
    must(await server.post(claims, claim('again', 'class-again')), 201);
    must(await server.delete(`${claims}?labelSelector=set%3Dagain`));
    must(await server.delete(`${volumes}?labelSelector=set%3Dagain`));
    expect(must(await server.get(`${volumes}?labelSelector=set%3Dagain`)).items).toEqual([]);
    expect(must(await server.get(`${claims}?labelSelector=set%3Dagain`)).items).toEqual([]);
  });

  it('should apply changes to a pv/pvc status [Conformance]', async () => {
    const { server } = cluster();
    const claims = `/api/v1/namespaces/${await cluster().namespace()}/persistentvolumeclaims`;
    must(await server.post(volumes, volume('state')), 201);
    must(await server.post(claims, claim('state', 'class-state')), 201);
    expect(must(await server.get(`${claims}/state/status`)).status.phase).toBe('Pending');

    const condition = (reason: string) => [{ type: 'Patched', status: 'True', reason, message: 'set by a test' }];
    const patched = must(
      await server.patch(`${claims}/state/status`, 'merge', { status: { conditions: condition('ByPatch') } }),
    );
    expect(patched.status).toMatchObject({ phase: 'Pending', conditions: condition('ByPatch') });

    const read = must(await server.get(`${claims}/state`));
    read.status.conditions = condition('ByUpdate');
    read.spec.accessModes = ['ReadWriteMany'];
    const updated = must(await server.put(`${claims}/state/status`, read));
    expect(updated.status.conditions).toEqual(condition('ByUpdate'));
    expect(updated.spec.accessModes).toEqual(['ReadWriteOnce']);

    const released = { status: { phase: 'Failed', message: 'set by a test', reason: 'ByPatch' } };
    expect(must(await server.patch(`${volumes}/state/status`, 'merge', released)).status).toMatchObject(
      released.status,
    );
    const pv = must(await server.get(`${volumes}/state`));
    pv.status.reason = 'ByUpdate';
    expect(must(await server.put(`${volumes}/state/status`, pv)).status.reason).toBe('ByUpdate');
  });
});

it('[sig-storage] CSIInlineVolumes should support CSIVolumeSource in Pod API [Conformance]', async () => {
  const { server } = cluster();
  const pods = `/api/v1/namespaces/${await cluster().namespace()}/pods`;
  const pod = (name: string) => ({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, labels: { set: 'inline' } },
    spec: {
      containers: [{ name: 'main', image: 'registry.example/web:1', volumeMounts: [{ name: 'v', mountPath: '/v' }] }],
      volumes: [{ name: 'v', csi: { driver: 'inline.example.com', readOnly: true, volumeAttributes: { a: 'b' } } }],
    },
  });
  const created = must(await server.post(pods, pod('one')), 201);
  const token = expect.objectContaining({ name: expect.stringMatching(/^kube-api-access-/) });
  expect(created.spec.volumes).toEqual([...pod('one').spec.volumes, token]);
  expect(must(await server.get(`${pods}/one`)).spec.volumes).toEqual(created.spec.volumes);
  const label = { metadata: { labels: { patched: 'yes' } } };
  expect(must(await server.patch(`${pods}/one`, 'strategic', label)).metadata.labels.patched).toBe('yes');
  must(await server.delete(`${pods}?labelSelector=set%3Dinline&gracePeriodSeconds=0`));
  expect(must(await server.get(`${pods}?labelSelector=set%3Dinline`)).items).toEqual([]);
});
