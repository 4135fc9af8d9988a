import { forbidden, invalid, required, tooLong } from '../../field-errors';
import type {
  VolumeAttachment,
  VolumeAttachmentSource,
  VolumeAttachmentStatus,
  VolumeError,
} from '../../generated/types';
import type { FieldError, Kind } from '../../kind';
import { checkDns1123Subdomain } from '../../names';
import { volumeAttachments } from '../../resource';
import { ageColumn, nameColumn, textColumn } from '../shared/columns';
import { checkDriverName } from '../shared/driver-name';
import { checked } from '../shared/limits';
import { checkImmutable, checkObjectMeta, checkObjectMetaUpdate, nameRules } from '../shared/object-meta';
import { builtInSchema } from '../shared/schema';
import { keepSpec } from '../shared/strategy';
import { sizeOf } from './parameters';

const maxMetadataSize = 256 * 1024;
const maxMessageSize = 1024;

export const volumeAttachmentKind: Kind<VolumeAttachment> = {
  resource: volumeAttachments,
  singular: 'volumeattachment',
  shortNames: [],
  categories: [],
  schema: builtInSchema(volumeAttachments),
  subresources: { status: true },
  replaceNeedsVersion: true,
  prepareForCreate(attachment) {
    attachment.status = { attached: false };
  },
  prepareForUpdate(attachment, old) {
    attachment.status = old.status;
  },
  prepareForStatusUpdate: keepSpec,
  statusKeeps: 'metadata',
  validate: ({ metadata, spec, status }) => [
    ...checkObjectMeta(metadata, { namespaced: false, name: nameRules.subdomain }),
    ...checkDriverName('spec.attacher', spec?.attacher),
    ...checkSource(spec?.source ?? {}, 'spec.source'),
    ...checked('spec.nodeName', spec?.nodeName ?? '', checkDns1123Subdomain(spec?.nodeName ?? '')),
    ...checkStatus(status),
  ],
  validateUpdate: ({ metadata, spec }, old) => [
    ...checkObjectMetaUpdate(metadata, old.metadata),
    ...checkImmutable('spec', spec, old.spec),
  ],
  validateStatusUpdate: ({ metadata, status }, old) => [
    ...checkObjectMetaUpdate(metadata, old.metadata),
    ...checkStatus(status),
  ],
  columns: [
    nameColumn(),
    textColumn('Attacher', 'The driver that attaches it.', ({ spec }) => spec?.attacher ?? ''),
    textColumn('PV', 'The volume.', ({ spec }) => spec?.source?.persistentVolumeName ?? ''),
    textColumn('Node', 'The node to which it is attached.', ({ spec }) => spec?.nodeName ?? ''),
    {
      name: 'Attached',
      type: 'boolean',
      description: 'Whether it is attached.',
      priority: 0,
      cell: ({ status }) => status?.attached ?? false,
    },
    ageColumn(),
  ],
};

function checkSource({ persistentVolumeName: name, inlineVolumeSpec }: VolumeAttachmentSource, field: string) {
  const one = 'must specify exactly one of inlineVolumeSpec and persistentVolumeName';
  if (name !== undefined && inlineVolumeSpec) return [forbidden(field, one)];
  if (name === undefined) return inlineVolumeSpec ? [] : [required(field, one)];
  const at = `${field}.persistentVolumeName`;
  if (name === '') return [required(at, 'must specify non empty persistentVolumeName')];
  return checked(at, name, checkDns1123Subdomain(name));
}

function checkStatus(status: VolumeAttachmentStatus | undefined): FieldError[] {
  const metadata = status?.attachmentMetadata ?? {};
  return [
    ...(sizeOf(metadata) > maxMetadataSize ? [tooLong('status.attachmentMetadata', maxMetadataSize)] : []),
    ...checkError(status?.attachError, 'status.attachError'),
    ...checkError(status?.detachError, 'status.detachError'),
  ];
}

function checkError({ message = '', errorCode }: VolumeError = {}, field: string): FieldError[] {
  return [
    ...(Buffer.byteLength(message) > maxMessageSize ? [tooLong(`${field}.message`, maxMessageSize)] : []),
    ...(errorCode !== undefined && errorCode < 0
      ? [invalid(`${field}.errorCode`, errorCode, 'must be between 0 and 2147483647, inclusive')]
      : []),
  ];
}
