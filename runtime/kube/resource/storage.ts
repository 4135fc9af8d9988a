import type {
  CSIDriver,
  CSINode,
  CSIStorageCapacity,
  StorageClass,
  VolumeAttachment,
  VolumeAttributesClass,
} from '../generated/types';
import { resource } from './resource';

const group = 'storage.k8s.io/v1';

export const storageClasses = resource<StorageClass>(group, 'StorageClass', 'storageclasses', false);
export const csiDrivers = resource<CSIDriver>(group, 'CSIDriver', 'csidrivers', false);
export const csiNodes = resource<CSINode>(group, 'CSINode', 'csinodes', false);
export const csiStorageCapacities = resource<CSIStorageCapacity>(group, 'CSIStorageCapacity', 'csistoragecapacities');
export const volumeAttachments = resource<VolumeAttachment>(group, 'VolumeAttachment', 'volumeattachments', false);
export const volumeAttributesClasses = resource<VolumeAttributesClass>(
  group,
  'VolumeAttributesClass',
  'volumeattributesclasses',
  false,
);
