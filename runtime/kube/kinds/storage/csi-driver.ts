import { duplicate, invalid, notSupported, required } from '../../field-errors';
import type { CSIDriver, CSIDriverSpec, TokenRequest } from '../../generated/types/storage-v1';
import type { FieldError, Kind, PrinterColumn } from '../../kind';
import { csiDrivers } from '../../resource';
import { equalJson } from '../../schema-engine';
import { ageColumn, nameColumn, orNone, textColumn } from '../shared/columns';
import { defaultEmpty, defaultTo, ensure } from '../shared/defaulting';
import { checkImmutable, checkObjectMeta, checkObjectMetaUpdate, nameRules } from '../shared/object-meta';
import { builtInSchema } from '../shared/schema';

const fsGroupPolicies = ['File', 'None', 'ReadWriteOnceWithFSType'];
const lifecycleModes = ['Persistent', 'Ephemeral'];
const minTokenSeconds = 600;
const minUpdateSeconds = 10;
/** Fields whose change counts as a new generation: agents act on it. */
const counted = ['tokenRequests', 'requiresRepublish', 'seLinuxMount'] as const;

export const csiDriverKind: Kind<CSIDriver> = {
  resource: csiDrivers,
  singular: 'csidriver',
  shortNames: [],
  categories: [],
  schema: builtInSchema(csiDrivers),
  subresources: {},
  replaceNeedsVersion: true,
  applyDefaults(driver) {
    const spec = ensure(driver, 'spec');
    defaultTo(spec, 'attachRequired', true);
    defaultTo(spec, 'podInfoOnMount', false);
    defaultTo(spec, 'storageCapacity', false);
    defaultEmpty(spec, 'fsGroupPolicy', 'ReadWriteOnceWithFSType');
    if (!spec.volumeLifecycleModes?.length) spec.volumeLifecycleModes = ['Persistent'];
    defaultTo(spec, 'requiresRepublish', false);
    defaultTo(spec, 'seLinuxMount', false);
  },
  prepareForUpdate(driver, old) {
    const same = counted.every((key) => equalJson(driver.spec?.[key] ?? null, old.spec?.[key] ?? null));
    if (!same) driver.metadata.generation = (old.metadata.generation ?? 0) + 1;
  },
  validate: ({ metadata, spec }) => [
    ...checkObjectMeta(metadata, { namespaced: false, name: nameRules.subdomain }),
    ...checkSpec(spec ?? {}),
  ],
  validateUpdate: ({ metadata, spec }, old) => [
    ...checkObjectMetaUpdate(metadata, old.metadata),
    // The name of the field in these errors is Kubernetes' own slip, kept as clients know it.
    ...checkImmutable('spec.attachedRequired', spec?.attachRequired, old.spec?.attachRequired),
    ...checkImmutable('spec.volumeLifecycleModes', spec?.volumeLifecycleModes, old.spec?.volumeLifecycleModes),
  ],
  columns: [
    nameColumn(),
    flag('AttachRequired', 'Whether volumes are attached to a node first.', ({ attachRequired }) => attachRequired),
    flag('PodInfoOnMount', 'Whether the driver is told of the pod.', ({ podInfoOnMount }) => podInfoOnMount),
    flag('StorageCapacity', 'Whether capacity is looked at first.', ({ storageCapacity }) => storageCapacity),
    textColumn('TokenRequests', 'Audiences of the tokens that the driver gets.', ({ spec }) =>
      spec?.tokenRequests ? spec.tokenRequests.map(({ audience }) => audience).join(',') : '<unset>',
    ),
    flag('RequiresRepublish', 'Whether mounts are renewed.', ({ requiresRepublish }) => requiresRepublish),
    textColumn('Modes', 'Lives that a volume may have.', ({ spec }) =>
      orNone((spec?.volumeLifecycleModes ?? []).join(',')),
    ),
    ageColumn(),
  ],
};

function flag(
  name: string,
  description: string,
  value: (spec: CSIDriverSpec) => boolean | undefined,
): PrinterColumn<CSIDriver> {
  return { name, type: 'boolean', description, priority: 0, cell: ({ spec }) => value(spec ?? {}) ?? false };
}

function checkSpec(spec: CSIDriverSpec): FieldError[] {
  const { fsGroupPolicy, volumeLifecycleModes = [], nodeAllocatableUpdatePeriodSeconds: period } = spec;
  const errors: FieldError[] = [];
  if (spec.attachRequired === undefined) errors.push(required('spec.attachedRequired'));
  if (spec.podInfoOnMount === undefined) errors.push(required('spec.podInfoOnMount'));
  if (spec.storageCapacity === undefined) errors.push(required('spec.storageCapacity'));
  if (fsGroupPolicy !== undefined && !fsGroupPolicies.includes(fsGroupPolicy)) {
    errors.push(notSupported('spec.fsGroupPolicy', fsGroupPolicy, fsGroupPolicies));
  }
  errors.push(...checkTokens(spec.tokenRequests ?? [], 'spec.tokenRequests'));
  for (const mode of volumeLifecycleModes) {
    if (!lifecycleModes.includes(mode)) {
      errors.push(notSupported('spec.volumeLifecycleModes', mode, lifecycleModes));
    }
  }
  if (period !== undefined && period < minUpdateSeconds) {
    const field = 'spec.nodeAllocatableUpdatePeriodSeconds';
    errors.push(invalid(field, period, `must be greater than or equal to ${minUpdateSeconds} seconds`));
  }
  return errors;
}

function checkTokens(requests: TokenRequest[], field: string): FieldError[] {
  const audiences = new Set<string>();
  return requests.flatMap(({ audience = '', expirationSeconds: seconds }, index) => {
    const at = `${field}[${index}]`;
    if (audiences.has(audience)) return [duplicate(`${at}.audience`, audience)];
    audiences.add(audience);
    if (seconds === undefined) return [];
    if (seconds < minTokenSeconds) {
      return [invalid(`${at}.expirationSeconds`, seconds, 'may not specify a duration less than 10 minutes')];
    }
    if (seconds <= 2 ** 32) return [];
    return [invalid(`${at}.expirationSeconds`, seconds, 'may not specify a duration larger than 2^32 seconds')];
  });
}
