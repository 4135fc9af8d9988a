import {
  claimProtectionController,
  volumeProtectionController,
} from '../../runtime/controllers/storage-protection/controller';
import type { PersistentVolume, PersistentVolumeClaim, Pod } from '../../runtime/kube/generated/types';
import { persistentVolumeClaims, persistentVolumes, pods } from '../../runtime/kube/resource';
import { harness } from './harness';

const claim: PersistentVolumeClaim = {
  apiVersion: 'v1',
  kind: 'PersistentVolumeClaim',
  metadata: { name: 'data', namespace: 'team', finalizers: ['kubernetes.io/pvc-protection'] },
};

const volume = (phase: string): PersistentVolume => ({
  apiVersion: 'v1',
  kind: 'PersistentVolume',
  metadata: { name: 'v', finalizers: ['kubernetes.io/pv-protection'] },
  status: { phase },
});

const podWith = (nodeName?: string): Pod => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'p', namespace: 'team' },
  spec: { nodeName, containers: [], volumes: [{ name: 'v', persistentVolumeClaim: { claimName: 'data' } }] },
});

test.each([
  ['that no pod uses goes', undefined, 0],
  ['that only a pod without a node uses goes', podWith(), 0],
  ['stays while a pod uses it', podWith('n'), 1],
])('a claim %s', async (_name, pod, left) => {
  const { client, settle, stop } = await harness(claimProtectionController);
  client.seed(persistentVolumeClaims, claim);
  if (pod) client.seed(pods, pod);
  await settle();
  await client.delete(persistentVolumeClaims, { namespace: 'team', name: 'data' });
  await settle();
  expect((await client.list(persistentVolumeClaims)).items).toHaveLength(left);
  if (left > 0) {
    await client.delete(pods, { namespace: 'team', name: 'p' }, { gracePeriodSeconds: 0 });
    await settle();
    expect((await client.list(persistentVolumeClaims)).items).toEqual([]);
  }
  await stop();
});

test('a volume stays while it is bound', async () => {
  const { client, settle, stop } = await harness(volumeProtectionController);
  client.seed(persistentVolumes, volume('Bound'));
  await settle();
  await client.delete(persistentVolumes, { name: 'v' });
  await settle();
  expect((await client.list(persistentVolumes)).items).toHaveLength(1);
  await client.patch(
    persistentVolumes,
    { name: 'v' },
    { type: 'merge', body: { status: { phase: 'Released' } } },
    { subresource: 'status' },
  );
  await settle();
  expect((await client.list(persistentVolumes)).items).toEqual([]);
  await stop();
});
