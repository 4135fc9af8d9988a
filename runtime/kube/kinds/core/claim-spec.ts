import { invalid, required } from '../../field-errors';
import type { PersistentVolumeClaimSpec } from '../../generated/types';
import type { FieldError } from '../../kind';
import { checkDns1123Subdomain } from '../../names';
import { defaultEmpty } from '../shared/defaulting';
import { checkLabelSelector } from '../shared/labels';
import { checked } from '../shared/limits';
import { checkOptionalWord } from '../shared/values';
import { checkAccessModes, checkPositiveQuantity, volumeModes } from './storage-rules';

/** The defaults of a claim's spec, also of one in a template. */
export function defaultClaimSpec(spec: PersistentVolumeClaimSpec): void {
  defaultEmpty(spec, 'volumeMode', 'Filesystem');
  // The two fields name the same source; the newer one may also name another namespace.
  if (spec.dataSource && !spec.dataSourceRef) spec.dataSourceRef = { ...spec.dataSource };
  else if (spec.dataSourceRef && !spec.dataSourceRef.namespace && !spec.dataSource) {
    const { apiGroup, kind, name } = spec.dataSourceRef;
    const known = (!apiGroup && kind === 'PersistentVolumeClaim') || kind === 'VolumeSnapshot';
    if (known) spec.dataSource = { ...(apiGroup === undefined ? {} : { apiGroup }), kind, name };
  }
}

/** The rules of a claim's spec, also of one in a template. */
export function checkClaimSpec(spec: PersistentVolumeClaimSpec, field: string): FieldError[] {
  const { storageClassName, volumeAttributesClassName, resources } = spec;
  const request = resources?.requests?.storage;
  return [
    ...checkLabelSelector(spec.selector, `${field}.selector`),
    ...checkAccessModes(spec.accessModes, `${field}.accessModes`),
    ...(request === undefined
      ? [required(`${field}.resources[storage]`)]
      : checkPositiveQuantity(request, `${field}.resources[storage]`)),
    ...(storageClassName
      ? checked(`${field}.storageClassName`, storageClassName, checkDns1123Subdomain(storageClassName))
      : []),
    ...checkOptionalWord(`${field}.volumeMode`, spec.volumeMode, volumeModes),
    ...checkDataSource(spec.dataSource, `${field}.dataSource`),
    ...checkDataSource(spec.dataSourceRef, `${field}.dataSourceRef`),
    ...checkSameSource(spec, field),
    ...(volumeAttributesClassName
      ? checked(
          `${field}.volumeAttributesClassName`,
          volumeAttributesClassName,
          checkDns1123Subdomain(volumeAttributesClassName),
        )
      : []),
  ];
}

type DataSource = { apiGroup?: string; kind?: string; name?: string } | undefined;

function checkDataSource(source: DataSource, field: string): FieldError[] {
  if (!source) return [];
  const errors: FieldError[] = [];
  if (!source.name) errors.push(required(`${field}.name`));
  if (!source.kind) errors.push(required(`${field}.kind`));
  if (!source.apiGroup && source.kind !== 'PersistentVolumeClaim') {
    errors.push(
      invalid(field, source.kind ?? '', 'must be PersistentVolumeClaim when referencing the default apiGroup'),
    );
  }
  if (source.apiGroup) {
    errors.push(...checked(`${field}.apiGroup`, source.apiGroup, checkDns1123Subdomain(source.apiGroup)));
  }
  return errors;
}

function checkSameSource({ dataSource, dataSourceRef }: PersistentVolumeClaimSpec, field: string): FieldError[] {
  if (!dataSource || !dataSourceRef) return [];
  if (dataSourceRef.namespace) {
    const detail = 'may not be specified when dataSourceRef.namespace is specified';
    return [invalid(field, `${field}.dataSource`, detail)];
  }
  const same = (['apiGroup', 'kind', 'name'] as const).every(
    (key) => (dataSource[key] ?? '') === (dataSourceRef[key] ?? ''),
  );
  return same ? [] : [invalid(`${field}.dataSource`, dataSource, 'must match dataSourceRef')];
}
