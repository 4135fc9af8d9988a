import type { Volume } from '../../../../kube/generated/types';
import { type Check, type PodLike, plural, quoted, sorted, type Violation } from './check';

const allowed = [
  'configMap',
  'csi',
  'downwardAPI',
  'emptyDir',
  'ephemeral',
  'image',
  'persistentVolumeClaim',
  'projected',
  'secret',
] as const satisfies ReadonlyArray<keyof Volume>;

const restricted = [
  'hostPath',
  'gcePersistentDisk',
  'awsElasticBlockStore',
  'gitRepo',
  'nfs',
  'iscsi',
  'glusterfs',
  'rbd',
  'flexVolume',
  'cinder',
  'cephfs',
  'flocker',
  'fc',
  'azureFile',
  'vsphereVolume',
  'quobyte',
  'azureDisk',
  'photonPersistentDisk',
  'portworxVolume',
  'scaleIO',
  'storageos',
] as const satisfies ReadonlyArray<keyof Volume>;

/** Checks of what a pod mounts and of the kernel's settings. */
export const volumeChecks: Check[] = [
  {
    id: 'restrictedVolumes',
    level: 'restricted',
    versions: [{ since: 0, replaces: ['hostPathVolumes'], check: restrictedVolumes }],
  },
];

function restrictedVolumes({ spec }: PodLike): Violation | undefined {
  const bad = (spec.volumes ?? []).filter((volume) => !allowed.some((source) => volume[source]));
  if (bad.length === 0) return undefined;
  const types = sorted(bad.map((volume) => restricted.find((source) => volume[source]) ?? 'unknown'));
  const names = bad.map(({ name }) => name);
  const who = `${plural(names.length, 'volume')} ${quoted(names)} ${plural(names.length, 'uses', 'use')}`;
  return {
    reason: 'restricted volume types',
    detail: `${who} ${plural(types.length, 'restricted volume type')} ${quoted(types)}`,
  };
}
