import { duplicate, invalid, required } from '../../field-errors';
import type { CSINode, CSINodeDriver } from '../../generated/types';
import type { FieldError, Kind } from '../../kind';
import { checkQualifiedName } from '../../names';
import { csiNodes } from '../../resource';
import { equalJson } from '../../schema-engine';
import { ageColumn, integerColumn, nameColumn } from '../shared/columns';
import { checkDriverName } from '../shared/driver-name';
import { checked, checkNonNegative, immutableField } from '../shared/limits';
import { checkObjectMeta, checkObjectMetaUpdate, nameRules } from '../shared/object-meta';
import { builtInSchema } from '../shared/schema';

const maxNodeIdLength = 256;

export const csiNodeKind: Kind<CSINode> = {
  resource: csiNodes,
  singular: 'csinode',
  shortNames: [],
  categories: [],
  schema: builtInSchema(csiNodes),
  subresources: {},
  replaceNeedsVersion: true,
  validate: ({ metadata, spec }) => [
    ...checkObjectMeta(metadata, { namespaced: false, name: nameRules.subdomain }),
    ...checkDrivers(spec?.drivers ?? []),
  ],
  validateUpdate: ({ metadata, spec }, old) => [
    ...checkObjectMetaUpdate(metadata, old.metadata),
    ...checkChange(spec?.drivers ?? [], old.spec?.drivers ?? []),
  ],
  columns: [
    nameColumn(),
    integerColumn('Drivers', 'Drivers on the node.', ({ spec }) => spec?.drivers?.length ?? 0),
    ageColumn(),
  ],
};

function checkDrivers(drivers: CSINodeDriver[]): FieldError[] {
  const names = new Set<string>();
  return drivers.flatMap((driver, index) => {
    const field = `spec.drivers[${index}]`;
    const errors = checkDriver(driver, field);
    if (names.has(driver.name)) errors.push(duplicate(`${field}.name`, driver.name));
    names.add(driver.name);
    return errors;
  });
}

function checkDriver({ name, nodeID, topologyKeys = [], allocatable }: CSINodeDriver, field: string): FieldError[] {
  const errors = checkDriverName(`${field}.name`, name);
  if (!nodeID) errors.push(required(`${field}.nodeID`));
  else if (nodeID.length > maxNodeIdLength) {
    errors.push(invalid(`${field}.nodeID`, nodeID, `must be ${maxNodeIdLength} characters or less`));
  }
  errors.push(...checkNonNegative(`${field}.allocatable.count`, allocatable?.count));
  for (const [index, key] of topologyKeys.entries()) {
    if (key === '') errors.push(required(field));
    if (topologyKeys.indexOf(key) < index) errors.push(duplicate(field, key));
    errors.push(...checked(field, key, checkQualifiedName(key)));
  }
  return errors;
}

/** A driver's entry may come and go, and how many volumes it takes may change; the rest stays. */
function checkChange(drivers: CSINodeDriver[], old: CSINodeDriver[]): FieldError[] {
  const fixed = ({ allocatable: _, ...rest }: CSINodeDriver) => rest;
  return drivers.flatMap((driver) => {
    const before = old.find(({ name }) => name === driver.name);
    if (!before || equalJson(fixed(driver), fixed(before))) return [];
    return [invalid('spec.drivers', fixed(driver), immutableField)];
  });
}
