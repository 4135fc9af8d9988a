import type { Kind } from '../../kind';
import { anyKind } from '../shared/any-kind';
import { csiDriverKind } from './csi-driver';
import { csiNodeKind } from './csi-node';
import { csiStorageCapacityKind } from './csi-storage-capacity';
import { storageClassKind } from './storage-class';
import { volumeAttachmentKind } from './volume-attachment';
import { volumeAttributesClassKind } from './volume-attributes-class';

export const storageKinds: readonly Kind[] = [
  anyKind(storageClassKind),
  anyKind(csiDriverKind),
  anyKind(csiNodeKind),
  anyKind(csiStorageCapacityKind),
  anyKind(volumeAttachmentKind),
  anyKind(volumeAttributesClassKind),
];
