import { forbidden, notSupported, required } from '../../field-errors';
import type { PersistentVolume, PersistentVolumeSpec } from '../../generated/types';
import type { FieldError, Kind } from '../../kind';
import { checkDns1123Subdomain } from '../../names';
import { persistentVolumes } from '../../resource';
import { equalJson } from '../../schema-engine';
import { ageColumn, nameColumn, textColumn, unset, wide } from '../shared/columns';
import { defaultEmpty, ensure } from '../shared/defaulting';
import { checked } from '../shared/limits';
import { checkImmutable, checkObjectMeta, checkObjectMetaUpdate, nameRules } from '../shared/object-meta';
import { builtInSchema } from '../shared/schema';
import { checkOptionalWord, checkWord } from '../shared/values';
import { checkNodeSelector } from './pod/validate-affinity';
import { defaultStorage } from './pod/volume-defaults';
import { checkDriverName, checkVolumeSource, remoteVolumeSources } from './pod/volume-sources';
import { accessModesText, checkAccessModes, checkPositiveQuantity, volumeModes } from './storage-rules';

export const persistentVolumeKind: Kind<PersistentVolume> = {
  resource: persistentVolumes,
  singular: 'persistentvolume',
  shortNames: ['pv'],
  categories: [],
  schema: builtInSchema(persistentVolumes),
  subresources: { status: true },
  applyDefaults(volume) {
    const spec = ensure(volume, 'spec');
    defaultEmpty(spec, 'persistentVolumeReclaimPolicy', 'Retain');
    defaultEmpty(spec, 'volumeMode', 'Filesystem');
    defaultStorage(spec);
    defaultEmpty(ensure(volume, 'status'), 'phase', 'Pending');
  },
  prepareForCreate(volume) {
    volume.status = { phase: 'Pending' };
  },
  prepareForUpdate(volume, old) {
    volume.status = old.status;
  },
  prepareForStatusUpdate(volume, old) {
    volume.spec = old.spec;
  },
  validate: ({ metadata, spec }) => [
    ...checkObjectMeta(metadata, { namespaced: false, name: nameRules.subdomain }),
    ...checkSpec(spec ?? {}),
  ],
  validateUpdate: checkUpdate,
  validateStatusUpdate: ({ metadata }, old) => checkObjectMetaUpdate(metadata, old.metadata),
  warnings: ({ spec }) =>
    spec?.persistentVolumeReclaimPolicy === 'Recycle'
      ? [
          'spec.persistentVolumeReclaimPolicy: The Recycle reclaim policy is deprecated. Instead, the recommended approach is to use dynamic provisioning.',
        ]
      : [],
  columns: [
    nameColumn(),
    textColumn('Capacity', 'How much it holds.', ({ spec }) => String(spec?.capacity?.storage ?? '')),
    textColumn('Access Modes', 'How it may be mounted.', ({ spec }) => accessModesText(spec?.accessModes)),
    textColumn(
      'Reclaim Policy',
      'What becomes of it when its claim is gone.',
      ({ spec }) => spec?.persistentVolumeReclaimPolicy ?? '',
    ),
    textColumn('Status', 'Available, Bound, Released or Failed.', ({ metadata, status }) =>
      metadata.deletionTimestamp ? 'Terminating' : (status?.phase ?? ''),
    ),
    textColumn('Claim', 'The claim that has it.', ({ spec }) =>
      spec?.claimRef ? `${spec.claimRef.namespace ?? ''}/${spec.claimRef.name ?? ''}` : '',
    ),
    textColumn('StorageClass', 'Its class.', ({ spec }) => spec?.storageClassName ?? ''),
    textColumn(
      'VolumeAttributesClass',
      'Its class of attributes.',
      ({ spec }) => spec?.volumeAttributesClassName ?? unset,
    ),
    textColumn('Reason', 'Why it is in that state.', ({ status }) => status?.reason ?? ''),
    ageColumn(),
    wide(textColumn('VolumeMode', 'Filesystem or Block.', ({ spec }) => spec?.volumeMode ?? unset)),
  ],
};

const reclaimPolicies = ['Delete', 'Recycle', 'Retain'];
const volumeSources: readonly string[] = [...remoteVolumeSources, 'hostPath', 'csi'];

function checkSpec(spec: PersistentVolumeSpec): FieldError[] {
  const { capacity = {}, storageClassName, volumeAttributesClassName, nodeAffinity } = spec;
  const name = (key: string, value: string | undefined) =>
    value ? checked(`spec.${key}`, value, checkDns1123Subdomain(value)) : [];
  return [
    ...checkAccessModes(spec.accessModes, 'spec.accessModes'),
    ...checkCapacity(capacity),
    ...checkWord('spec.persistentVolumeReclaimPolicy', spec.persistentVolumeReclaimPolicy, reclaimPolicies),
    ...checkSource(spec),
    ...name('storageClassName', storageClassName),
    ...checkOptionalWord('spec.volumeMode', spec.volumeMode, volumeModes),
    ...name('volumeAttributesClassName', volumeAttributesClassName),
    ...checkNodeAffinity(spec, nodeAffinity),
  ];
}

function checkCapacity(capacity: Record<string, string | number>): FieldError[] {
  const field = 'spec.capacity';
  const names = Object.keys(capacity);
  if (names.length === 0) return [required(field)];
  const only = names.length === 1 && capacity.storage !== undefined;
  return [
    ...(only ? [] : [notSupported(field, capacity, ['storage'])]),
    ...Object.entries(capacity).flatMap(([name, value]) => checkPositiveQuantity(value, `${field}[${name}]`)),
  ];
}

/** The names of the sources that a volume has; one, in a valid volume. */
function sourcesOf(spec: PersistentVolumeSpec): string[] {
  return volumeSources.filter((name) => spec[name as keyof PersistentVolumeSpec] !== undefined);
}

function checkSource(spec: PersistentVolumeSpec): FieldError[] {
  const [first, ...more] = sourcesOf(spec);
  if (!first) return [required('spec', 'must specify a volume type')];
  const errors = more.map((name) => forbidden(`spec.${name}`, 'may not specify more than 1 volume type'));
  errors.push(...checkVolumeSource(first, spec[first as keyof PersistentVolumeSpec], `spec.${first}`));
  if (spec.hostPath && !spec.hostPath.path) errors.push(required('spec.hostPath.path'));
  if (spec.hostPath?.path === '/' && spec.persistentVolumeReclaimPolicy === 'Recycle') {
    const detail = "may not be 'recycle' for a hostPath mount of '/'";
    errors.push(forbidden('spec.persistentVolumeReclaimPolicy', detail));
  }
  if (spec.csi) errors.push(...checkCsi(spec.csi, 'spec.csi'));
  return errors;
}

const csiSecrets = [
  'controllerPublishSecretRef',
  'controllerExpandSecretRef',
  'nodePublishSecretRef',
  'nodeStageSecretRef',
  'nodeExpandSecretRef',
] as const;

function checkCsi(csi: NonNullable<PersistentVolumeSpec['csi']>, field: string): FieldError[] {
  const errors = checkDriverName(csi.driver, `${field}.driver`);
  if (!csi.volumeHandle) errors.push(required(`${field}.volumeHandle`));
  for (const key of csiSecrets) {
    const reference = csi[key];
    if (!reference) continue;
    if (!reference.name) errors.push(required(`${field}.${key}.name`));
    if (!reference.namespace) errors.push(required(`${field}.${key}.namespace`));
  }
  return errors;
}

function checkNodeAffinity(spec: PersistentVolumeSpec, affinity: PersistentVolumeSpec['nodeAffinity']): FieldError[] {
  const field = 'spec.nodeAffinity';
  if (!affinity) return spec.local ? [required(field, 'Local volume requires node affinity')] : [];
  if (!affinity.required) return [required(`${field}.required`, 'must specify required node constraints')];
  return checkNodeSelector(affinity.required, `${field}.required`);
}

function checkUpdate(volume: PersistentVolume, old: PersistentVolume): FieldError[] {
  const spec = volume.spec ?? {};
  const before = old.spec ?? {};
  const errors = checkObjectMetaUpdate(volume.metadata, old.metadata);
  const source = (from: PersistentVolumeSpec) =>
    Object.fromEntries(sourcesOf(from).map((name) => [name, from[name as keyof PersistentVolumeSpec]]));
  if (!equalJson(withoutExpandSecrets(source(spec)), withoutExpandSecrets(source(before)))) {
    errors.push(forbidden('spec.persistentvolumesource', 'spec.persistentvolumesource is immutable after creation'));
  }
  errors.push(...checkImmutable('spec.volumeMode', spec.volumeMode, before.volumeMode));
  if (before.nodeAffinity && !equalJson(spec.nodeAffinity ?? null, before.nodeAffinity)) {
    errors.push(...checkImmutable('spec.nodeAffinity', spec.nodeAffinity, before.nodeAffinity));
  }
  if (before.volumeAttributesClassName && !spec.volumeAttributesClassName) {
    const detail = 'update from non-nil value to nil is forbidden';
    errors.push(forbidden('spec.volumeAttributesClassName', detail));
  }
  return errors;
}

/** The secret for a later expansion may be given to a volume that has none yet. */
function withoutExpandSecrets(source: Record<string, unknown>): Record<string, unknown> {
  if (!source.csi) return source;
  return { csi: { ...(source.csi as object), controllerExpandSecretRef: undefined } };
}
