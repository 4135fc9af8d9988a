import { duplicate, required } from '../../field-errors';
import type { StorageClass, TopologySelectorTerm } from '../../generated/types';
import type { FieldError, Kind } from '../../kind';
import { checkQualifiedName } from '../../names';
import { storageClasses } from '../../resource';
import { annotations } from '../../well-known';
import { ageColumn, nameColumn, textColumn } from '../shared/columns';
import { defaultEmpty } from '../shared/defaulting';
import { checked } from '../shared/limits';
import { checkImmutable, checkObjectMeta, checkObjectMetaUpdate, nameRules } from '../shared/object-meta';
import { builtInSchema } from '../shared/schema';
import { checkOptionalWord, checkWord } from '../shared/values';
import { checkFixed, checkParameters, checkProvisioner } from './parameters';

const reclaimPolicies = ['Delete', 'Retain'];
const bindingModes = ['Immediate', 'WaitForFirstConsumer'];

export const storageClassKind: Kind<StorageClass> = {
  resource: storageClasses,
  singular: 'storageclass',
  shortNames: ['sc'],
  categories: [],
  schema: builtInSchema(storageClasses),
  subresources: {},
  applyDefaults(storageClass) {
    defaultEmpty(storageClass, 'reclaimPolicy', 'Delete');
    defaultEmpty(storageClass, 'volumeBindingMode', 'Immediate');
  },
  validate: (storageClass) => [
    ...checkObjectMeta(storageClass.metadata, { namespaced: false, name: nameRules.subdomain }),
    ...checkProvisioner('provisioner', storageClass.provisioner),
    ...checkParameters(storageClass.parameters),
    ...checkOptionalWord('reclaimPolicy', storageClass.reclaimPolicy, reclaimPolicies),
    ...checkWord('volumeBindingMode', storageClass.volumeBindingMode, bindingModes),
    ...checkTopologies(storageClass.allowedTopologies ?? []),
  ],
  validateUpdate: (storageClass, old) => [
    ...checkObjectMetaUpdate(storageClass.metadata, old.metadata),
    ...checkFixed(storageClass, old, ['parameters', 'provisioner', 'reclaimPolicy']),
    ...checkImmutable('volumeBindingMode', storageClass.volumeBindingMode, old.volumeBindingMode),
  ],
  columns: [
    { ...nameColumn(), cell: nameText },
    textColumn('Provisioner', 'Who makes the volumes.', ({ provisioner }) => provisioner ?? ''),
    textColumn('ReclaimPolicy', 'What becomes of a released volume.', ({ reclaimPolicy }) => reclaimPolicy ?? 'Delete'),
    textColumn(
      'VolumeBindingMode',
      'When a claim gets its volume.',
      ({ volumeBindingMode }) => volumeBindingMode ?? 'Immediate',
    ),
    textColumn(
      'AllowVolumeExpansion',
      'Whether volumes may grow.',
      ({ allowVolumeExpansion }) => allowVolumeExpansion ?? false,
    ),
    ageColumn(),
  ],
};

function nameText({ metadata }: StorageClass): string {
  const isDefault = [annotations.defaultStorageClass, annotations.betaDefaultStorageClass].some(
    (key) => metadata.annotations?.[key] === 'true',
  );
  return `${metadata.name ?? ''}${isDefault ? ' (default)' : ''}`;
}

function checkTopologies(terms: TopologySelectorTerm[]): FieldError[] {
  const seen = new Set<string>();
  return terms.flatMap((term, index) => {
    const field = `allowedTopologies[${index}]`;
    const errors = checkTopology(term, field);
    const sets = (term.matchLabelExpressions ?? []).map(({ key, values = [] }) => [key, [...values].sort()]);
    const identity = JSON.stringify(sets.sort());
    if (seen.has(identity)) errors.push(duplicate(`${field}.matchLabelExpressions`, ''));
    seen.add(identity);
    return errors;
  });
}

function checkTopology({ matchLabelExpressions = [] }: TopologySelectorTerm, field: string): FieldError[] {
  const keys = new Set<string>();
  return matchLabelExpressions.flatMap(({ key, values = [] }, index) => {
    const at = `${field}.matchLabelExpressions[${index}]`;
    const errors: FieldError[] = [];
    if (keys.has(key)) errors.push(duplicate(`${at}.key`, key));
    keys.add(key);
    if (values.length === 0) errors.push(required(`${at}.values`));
    const twice = values.flatMap((value, i) =>
      values.indexOf(value) < i ? [duplicate(`${at}.values[${i}]`, value)] : [],
    );
    return [...errors, ...twice, ...checked(`${at}.key`, key, checkQualifiedName(key ?? ''))];
  });
}
