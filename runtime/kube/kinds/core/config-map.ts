import type { ConfigMap } from '../../generated/types';
import type { Kind } from '../../kind';
import { configMaps } from '../../resource';
import { ageColumn, integerColumn, nameColumn } from '../shared/columns';
import { checkObjectMeta, checkObjectMetaUpdate, nameRules } from '../shared/object-meta';
import { builtInSchema } from '../shared/schema';
import { checkDataKeys, checkDataSize, checkImmutableData, checkNoSharedKeys, decodedSize } from './data-limits';

export const configMapKind: Kind<ConfigMap> = {
  resource: configMaps,
  singular: 'configmap',
  shortNames: ['cm'],
  categories: [],
  schema: builtInSchema(configMaps),
  subresources: {},
  validate: ({ metadata, data, binaryData }) => [
    ...checkObjectMeta(metadata, { namespaced: true, name: nameRules.subdomain }),
    ...checkDataKeys(data, 'data'),
    ...checkDataKeys(binaryData, 'binaryData'),
    ...checkNoSharedKeys(data, binaryData),
    ...checkDataSize('[]', [
      ...Object.values(data ?? {}).map((value) => Buffer.byteLength(value)),
      ...Object.values(binaryData ?? {}).map(decodedSize),
    ]),
  ],
  validateUpdate: (map, old) => [
    ...checkObjectMetaUpdate(map.metadata, old.metadata),
    ...checkImmutableData(map, old, ['data', 'binaryData']),
  ],
  columns: [
    nameColumn(),
    integerColumn(
      'Data',
      'Keys in the ConfigMap.',
      ({ data, binaryData }) => Object.keys(data ?? {}).length + Object.keys(binaryData ?? {}).length,
    ),
    ageColumn(),
  ],
};
