import { required } from '../../field-errors';
import type { VolumeAttributesClass } from '../../generated/types';
import type { Kind } from '../../kind';
import { volumeAttributesClasses } from '../../resource';
import { ageColumn, nameColumn, textColumn } from '../shared/columns';
import { checkObjectMeta, checkObjectMetaUpdate, nameRules } from '../shared/object-meta';
import { builtInSchema } from '../shared/schema';
import { checkFixed, checkParameters, checkProvisioner } from './parameters';

export const volumeAttributesClassKind: Kind<VolumeAttributesClass> = {
  resource: volumeAttributesClasses,
  singular: 'volumeattributesclass',
  shortNames: ['vac'],
  categories: [],
  schema: builtInSchema(volumeAttributesClasses),
  subresources: {},
  validate: ({ metadata, driverName, parameters }) => [
    ...checkObjectMeta(metadata, { namespaced: false, name: nameRules.subdomain }),
    ...checkProvisioner('driverName', driverName),
    ...checkParameters(parameters),
    ...(Object.keys(parameters ?? {}).length
      ? []
      : [required('parameters', 'must contain at least one key/value pair')]),
  ],
  validateUpdate: (attributesClass, old) => [
    ...checkObjectMetaUpdate(attributesClass.metadata, old.metadata),
    ...checkFixed(attributesClass, old, ['driverName', 'parameters']),
  ],
  columns: [
    nameColumn(),
    textColumn('DriverName', 'The driver that the class is for.', ({ driverName }) => driverName ?? ''),
    ageColumn(),
  ],
};
