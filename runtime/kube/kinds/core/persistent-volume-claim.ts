import { forbidden, invalid, required } from '../../field-errors';
import type {
  PersistentVolumeClaim,
  PersistentVolumeClaimSpec,
  PersistentVolumeClaimStatus,
} from '../../generated/types';
import type { FieldError, Kind } from '../../kind';
import { compareQuantities, type QuantityLike, tryParseQuantity } from '../../quantity';
import { persistentVolumeClaims } from '../../resource';
import { equalJson } from '../../schema-engine';
import { ageColumn, nameColumn, textColumn, unset, wide } from '../shared/columns';
import { defaultEmpty, ensure } from '../shared/defaulting';
import { checkObjectMeta, checkObjectMetaUpdate, nameRules } from '../shared/object-meta';
import { builtInSchema } from '../shared/schema';
import { checkClaimSpec, defaultClaimSpec } from './claim-spec';
import { accessModesText } from './storage-rules';

export const persistentVolumeClaimKind: Kind<PersistentVolumeClaim> = {
  resource: persistentVolumeClaims,
  singular: 'persistentvolumeclaim',
  shortNames: ['pvc'],
  categories: [],
  schema: builtInSchema(persistentVolumeClaims),
  subresources: { status: true },
  applyDefaults(claim) {
    defaultClaimSpec(ensure(claim, 'spec'));
    defaultEmpty(ensure(claim, 'status'), 'phase', 'Pending');
  },
  prepareForCreate(claim) {
    claim.status = { phase: 'Pending' };
  },
  prepareForUpdate(claim, old) {
    claim.status = old.status;
  },
  prepareForStatusUpdate(claim, old) {
    claim.spec = old.spec;
  },
  validate: ({ metadata, spec }) => [
    ...checkObjectMeta(metadata, { namespaced: true, name: nameRules.subdomain }),
    ...checkClaimSpec(spec ?? {}, 'spec'),
  ],
  validateUpdate: checkUpdate,
  validateStatusUpdate: checkStatusUpdate,
  columns: [
    nameColumn(),
    textColumn('Status', 'Pending, Bound or Lost.', ({ metadata, status }) =>
      metadata.deletionTimestamp ? 'Terminating' : (status?.phase ?? ''),
    ),
    textColumn('Volume', 'The volume that it is bound to.', ({ spec }) => spec?.volumeName ?? ''),
    textColumn('Capacity', 'How much it holds.', ({ spec, status }) =>
      spec?.volumeName ? String(status?.capacity?.storage ?? '') : '',
    ),
    textColumn('Access Modes', 'How its volume may be mounted.', ({ spec, status }) =>
      spec?.volumeName ? accessModesText(status?.accessModes) : '',
    ),
    textColumn('StorageClass', 'The class that it asks for.', ({ spec }) => spec?.storageClassName ?? ''),
    textColumn(
      'VolumeAttributesClass',
      'The class of attributes that it asks for.',
      ({ spec }) => spec?.volumeAttributesClassName ?? unset,
    ),
    ageColumn(),
    wide(textColumn('VolumeMode', 'Filesystem or Block.', ({ spec }) => spec?.volumeMode ?? unset)),
  ],
};

function checkUpdate(claim: PersistentVolumeClaim, old: PersistentVolumeClaim): FieldError[] {
  const errors = checkObjectMetaUpdate(claim.metadata, old.metadata);
  const spec = claim.spec ?? {};
  const before = old.spec ?? {};
  const bound = Boolean(before.volumeName);
  const fixed = (from: PersistentVolumeClaimSpec): PersistentVolumeClaimSpec => ({
    ...from,
    volumeAttributesClassName: undefined,
    // What binds a claim to its volume may be written once; then the request may grow.
    ...(bound ? { resources: undefined } : { volumeName: undefined }),
    // A claim without a class gets the default one later.
    ...(before.storageClassName === undefined && !bound ? { storageClassName: undefined } : {}),
  });
  if (!equalJson(fixed(spec), fixed(before))) {
    const detail =
      'spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims';
    errors.push(forbidden('spec', detail));
  }
  const amount = spec.resources?.requests?.storage;
  const granted = old.status?.capacity?.storage;
  const least = lesser(before.resources?.requests?.storage, granted);
  if (amount !== undefined && least !== undefined && below(amount, least)) {
    errors.push(forbidden('spec.resources.requests.storage', 'field can not be less than status.capacity'));
  }
  if (!equalJson(spec.resources?.limits ?? {}, before.resources?.limits ?? {}) && bound) {
    errors.push(
      forbidden(
        'spec',
        'spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims',
      ),
    );
  }
  if (before.volumeAttributesClassName && !spec.volumeAttributesClassName) {
    errors.push(forbidden('spec.volumeAttributesClassName', 'update from non-nil value to nil is forbidden'));
  }
  return errors;
}

/** A request may be taken back as long as it is not below what the claim has. */
function lesser(request: QuantityLike | undefined, granted: QuantityLike | undefined): QuantityLike | undefined {
  if (granted === undefined || request === undefined) return request;
  return below(granted, request) ? granted : request;
}

function below(a: QuantityLike, b: QuantityLike): boolean {
  const [x, y] = [tryParseQuantity(a), tryParseQuantity(b)];
  return x !== undefined && y !== undefined && compareQuantities(x, y) < 0;
}

function checkStatusUpdate(claim: PersistentVolumeClaim, old: PersistentVolumeClaim): FieldError[] {
  const status: PersistentVolumeClaimStatus = claim.status ?? {};
  const errors = checkObjectMetaUpdate(claim.metadata, old.metadata);
  if (!claim.metadata.resourceVersion && !old.metadata.resourceVersion) {
    errors.push(required('metadata.resourceVersion'));
  }
  for (const [name, value] of Object.entries(status.capacity ?? {})) {
    errors.push(...checkNotNegativeQuantity(value, `status.capacity[${name}]`));
  }
  return errors;
}

function checkNotNegativeQuantity(value: QuantityLike, field: string): FieldError[] {
  return below(value, '0') ? [invalid(field, value, 'must be greater than or equal to 0')] : [];
}
