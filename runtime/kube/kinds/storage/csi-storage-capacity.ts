import { invalid } from '../../field-errors';
import type { CSIStorageCapacity } from '../../generated/types';
import type { FieldError, Kind } from '../../kind';
import { checkDns1123Subdomain } from '../../names';
import { tryParseQuantity } from '../../quantity';
import { csiStorageCapacities } from '../../resource';
import { ageColumn, nameColumn, textColumn } from '../shared/columns';
import { checkLabelSelector } from '../shared/labels';
import { atLeastZero, checked } from '../shared/limits';
import { checkImmutable, checkObjectMeta, checkObjectMetaUpdate, nameRules } from '../shared/object-meta';
import { builtInSchema } from '../shared/schema';

export const csiStorageCapacityKind: Kind<CSIStorageCapacity> = {
  resource: csiStorageCapacities,
  singular: 'csistoragecapacity',
  shortNames: [],
  categories: [],
  schema: builtInSchema(csiStorageCapacities),
  subresources: {},
  replaceNeedsVersion: true,
  validate: ({ metadata, nodeTopology, storageClassName, capacity, maximumVolumeSize }) => [
    ...checkObjectMeta(metadata, { namespaced: true, name: nameRules.subdomain }),
    ...checkLabelSelector(nodeTopology, 'nodeTopology'),
    ...checked('storageClassName', storageClassName ?? '', checkDns1123Subdomain(storageClassName ?? '')),
    ...checkSize('capacity', capacity),
    ...checkSize('maximumVolumeSize', maximumVolumeSize),
  ],
  validateUpdate: ({ metadata, nodeTopology, storageClassName }, old) => [
    ...checkObjectMetaUpdate(metadata, old.metadata),
    ...checkImmutable('nodeTopology', nodeTopology, old.nodeTopology),
    ...checkImmutable('storageClassName', storageClassName, old.storageClassName),
  ],
  columns: [
    nameColumn(),
    textColumn('StorageClassName', 'The class that it is about.', ({ storageClassName }) => storageClassName ?? ''),
    textColumn('Capacity', 'Room that is left.', ({ capacity }) => capacity ?? '<unset>'),
    ageColumn(),
  ],
};

function checkSize(field: string, size: string | number | undefined): FieldError[] {
  const quantity = tryParseQuantity(size);
  return quantity && quantity.nano < 0n ? [invalid(field, `${size}`, atLeastZero)] : [];
}
