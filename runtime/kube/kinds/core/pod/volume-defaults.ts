import type {
  DownwardAPIVolumeFile,
  ObjectFieldSelector,
  PersistentVolumeSpec,
  ResourceFieldSelector,
  Volume,
} from '../../../generated/types';
import { defaultEmpty, defaultTo } from '../../shared/defaulting';
import { defaultClaimSpec } from '../claim-spec';
import { defaultPullPolicy } from './image-tag';

/** 0644: what files of ConfigMap, Secret, downward API and projected volumes get. */
const defaultFileMode = 0o644;

export function defaultFieldRef(ref: ObjectFieldSelector | undefined): void {
  if (ref) defaultEmpty(ref, 'apiVersion', 'v1');
}

export function defaultResourceFieldRef(ref: ResourceFieldSelector | undefined): void {
  if (ref) defaultTo(ref, 'divisor', '0');
}

function defaultDownwardItems(items: DownwardAPIVolumeFile[] | undefined): void {
  for (const item of items ?? []) {
    defaultFieldRef(item.fieldRef);
    defaultResourceFieldRef(item.resourceFieldRef);
  }
}

/** The names of the sources that a volume has; one, in a valid volume. */
export function volumeSources(volume: Volume): string[] {
  return Object.entries(volume)
    .filter(([key, value]) => key !== 'name' && value !== undefined && value !== null)
    .map(([key]) => key);
}

/** The defaults of storage that a pod's volume and a PersistentVolume may both be of. */
export function defaultStorage({ hostPath, iscsi, rbd, scaleIO, azureDisk }: Volume | PersistentVolumeSpec): void {
  if (hostPath) defaultTo(hostPath, 'type', '');
  if (iscsi) defaultEmpty(iscsi, 'iscsiInterface', 'default');
  if (rbd) {
    defaultEmpty(rbd, 'pool', 'rbd');
    defaultEmpty(rbd, 'user', 'admin');
    defaultEmpty(rbd, 'keyring', '/etc/ceph/keyring');
  }
  if (scaleIO) {
    defaultEmpty(scaleIO, 'storageMode', 'ThinProvisioned');
    defaultEmpty(scaleIO, 'fsType', 'xfs');
  }
  if (azureDisk) {
    defaultEmpty(azureDisk, 'cachingMode', 'ReadWrite');
    defaultEmpty(azureDisk, 'kind', 'Shared');
    defaultEmpty(azureDisk, 'fsType', 'ext4');
    defaultTo(azureDisk, 'readOnly', false);
  }
}

export function defaultVolume(volume: Volume): void {
  if (volumeSources(volume).length === 0) volume.emptyDir = {};
  for (const source of [volume.secret, volume.configMap, volume.downwardAPI, volume.projected]) {
    if (source) defaultTo(source, 'defaultMode', defaultFileMode);
  }
  defaultStorage(volume);
  const { image, ephemeral } = volume;
  if (image) defaultEmpty(image, 'pullPolicy', defaultPullPolicy(image.reference ?? ''));
  if (ephemeral?.volumeClaimTemplate?.spec) defaultClaimSpec(ephemeral.volumeClaimTemplate.spec);
  defaultDownwardItems(volume.downwardAPI?.items);
  for (const projection of volume.projected?.sources ?? []) {
    defaultDownwardItems(projection.downwardAPI?.items);
    if (projection.serviceAccountToken) defaultTo(projection.serviceAccountToken, 'expirationSeconds', 3600);
  }
}
