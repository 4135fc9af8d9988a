import { duplicate, invalid, required, tooMany } from '../../../field-errors';
import type { CustomResourceDefinitionVersion, JSONSchemaProps } from '../../../generated/types';
import type { FieldError } from '../../../kind';
import { isSimplePath } from './simple-path';

const maxFields = 8;
const types: ReadonlyArray<string | undefined> = ['string', 'boolean', 'integer'];

export function checkSelectableFields(
  { selectableFields = [], schema }: CustomResourceDefinitionVersion,
  field: string,
): FieldError[] {
  const errors: FieldError[] = [];
  if (selectableFields.length > maxFields) errors.push(tooMany(field, selectableFields.length, maxFields));
  const seen = new Set<string>();
  selectableFields.forEach(({ jsonPath }, index) => {
    const at = `${field}[${index}].jsonPath`;
    if (!jsonPath) errors.push(required(at));
    else if (seen.has(jsonPath)) errors.push(duplicate(at, jsonPath));
    else errors.push(...checkPath(at, jsonPath, schema?.openAPIV3Schema));
    seen.add(jsonPath);
  });
  return errors;
}

function checkPath(at: string, path: string, schema: JSONSchemaProps | undefined): FieldError[] {
  const wrong = (why: string) => [invalid(at, path, why)];
  if (!isSimplePath(path)) return wrong('is an invalid path: must be a simple json path of field names');
  const steps = path.slice(1).split('.');
  if (steps[0] === 'metadata') return wrong('must not point to fields in metadata');
  let found = schema;
  for (const step of steps) found = found?.properties?.[step];
  if (!found) return wrong(`is an invalid path: does not refer to a valid field`);
  if (!types.includes(found.type)) return wrong('must point to a field of type string, boolean or integer');
  return [];
}
