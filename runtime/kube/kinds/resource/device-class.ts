import { invalid } from '../../field-errors';
import type { DeviceClass } from '../../generated/types';
import type { FieldError, Kind } from '../../kind';
import { checkQualifiedName } from '../../names';
import { deviceClasses } from '../../resource';
import { equalJson } from '../../schema-engine';
import { ageColumn, nameColumn } from '../shared/columns';
import { ensure } from '../shared/defaulting';
import { checkList } from '../shared/lists';
import { checkObjectMeta, checkObjectMetaUpdate, nameRules } from '../shared/object-meta';
import { builtInSchema } from '../shared/schema';
import { countGeneration } from '../shared/strategy';
import { checkConfiguration, checkSelectors, maxListed } from './configuration';

export const deviceClassKind: Kind<DeviceClass> = {
  resource: deviceClasses,
  singular: 'deviceclass',
  shortNames: [],
  categories: [],
  schema: builtInSchema(deviceClasses),
  subresources: {},
  applyDefaults: (deviceClass) => void ensure(deviceClass, 'spec'),
  prepareForCreate(deviceClass) {
    deviceClass.metadata.generation = 1;
  },
  prepareForUpdate: (deviceClass, old) => countGeneration(deviceClass, old, equalJson(deviceClass.spec, old.spec)),
  validate: ({ metadata, spec }) => [
    ...checkObjectMeta(metadata, { namespaced: false, name: nameRules.subdomain }),
    ...checkSelectors(spec?.selectors, 'spec.selectors'),
    ...checkList(spec?.config, maxListed, 'spec.config', checkConfiguration),
    ...checkExtendedName(spec?.extendedResourceName, 'spec.extendedResourceName'),
  ],
  validateUpdate: ({ metadata }, old) => checkObjectMetaUpdate(metadata, old.metadata),
  columns: [nameColumn(), ageColumn()],
};

/** A name by which pods may ask for devices of the class as for any extended resource. */
function checkExtendedName(name: string | undefined, field: string): FieldError[] {
  if (name === undefined) return [];
  const own = name.includes('/') && !name.split('/')[0]?.endsWith('kubernetes.io') && !name.startsWith('requests.');
  // As a quota counts it, the name gets a prefix, and must be a name still.
  if (own && checkQualifiedName(`requests.${name}`).length === 0) return [];
  return [invalid(field, name, 'must be a valid extended resource name')];
}
