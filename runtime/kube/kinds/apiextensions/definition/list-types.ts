import { forbidden, invalid, notSupported, required } from '../../../field-errors';
import type { JSONSchemaProps } from '../../../generated/types';
import type { FieldError } from '../../../kind';

/** The rules for how lists and maps merge. */
export function checkListType(schema: JSONSchemaProps, field: string): FieldError[] {
  const listType = schema['x-kubernetes-list-type'];
  const keys = schema['x-kubernetes-list-map-keys'];
  const errors = checkMapType(schema, field);
  if (listType !== undefined) {
    const at = `${field}.x-kubernetes-list-type`;
    const supported = ['atomic', 'map', 'set'];
    if (schema.type !== 'array') {
      errors.push(invalid(`${field}.type`, schema.type ?? '', 'must be array if x-kubernetes-list-type is specified'));
    }
    if (!supported.includes(listType)) errors.push(notSupported(at, listType, supported));
  }
  if (keys !== undefined && listType !== 'map') {
    errors.push(
      invalid(
        `${field}.x-kubernetes-list-type`,
        listType ?? '',
        'must be map if x-kubernetes-list-map-keys is non-empty',
      ),
    );
  }
  const items = Array.isArray(schema.items) ? undefined : schema.items;
  if (listType === 'map') errors.push(...checkKeys(keys, items, field));
  if (listType === 'set' && items) errors.push(...checkSetItems(items, `${field}.items`));
  return errors;
}

function checkMapType(schema: JSONSchemaProps, field: string): FieldError[] {
  const mapType = schema['x-kubernetes-map-type'];
  if (mapType === undefined) return [];
  const errors: FieldError[] = [];
  if (schema.type !== 'object') {
    errors.push(invalid(`${field}.type`, schema.type ?? '', 'must be object if x-kubernetes-map-type is specified'));
  }
  const supported = ['atomic', 'granular'];
  if (!supported.includes(mapType)) errors.push(notSupported(`${field}.x-kubernetes-map-type`, mapType, supported));
  return errors;
}

const scalars: ReadonlyArray<string | undefined> = ['string', 'integer', 'number', 'boolean'];

function checkKeys(
  keys: readonly string[] | undefined,
  items: JSONSchemaProps | undefined,
  field: string,
): FieldError[] {
  const at = `${field}.x-kubernetes-list-map-keys`;
  if (!keys?.length) return [required(at, 'must not be empty if x-kubernetes-list-type is map')];
  const errors: FieldError[] = [];
  if (items && items.type !== 'object') {
    errors.push(
      invalid(
        `${field}.items.type`,
        items.type ?? '',
        "must be object if parent array's x-kubernetes-list-type is map",
      ),
    );
  }
  if (new Set(keys).size !== keys.length) errors.push(invalid(at, keys, 'must not contain duplicate entries'));
  keys.forEach((key, index) => {
    const property = items?.properties?.[key];
    if (!property) {
      errors.push(invalid(`${at}[${index}]`, key, 'entries must all be names of item properties'));
      return;
    }
    const place = `${field}.items.properties[${key}]`;
    if (!scalars.includes(property.type)) {
      errors.push(
        invalid(
          `${place}.type`,
          property.type ?? '',
          "must be a scalar type if parent array's x-kubernetes-list-type is map",
        ),
      );
    }
    if (property.nullable) {
      errors.push(
        forbidden(`${place}.nullable`, 'this property is in x-kubernetes-list-map-keys, so it cannot be nullable'),
      );
    }
    if (property.default === undefined && !items?.required?.includes(key)) {
      errors.push(
        required(
          `${place}.default`,
          'this property is in x-kubernetes-list-map-keys, so it must have a default or be a required property',
        ),
      );
    }
  });
  return errors;
}

/** Items of a set are compared as wholes. */
function checkSetItems(items: JSONSchemaProps, field: string): FieldError[] {
  const errors: FieldError[] = [];
  if (items.nullable)
    errors.push(forbidden(`${field}.nullable`, 'cannot be nullable when x-kubernetes-list-type is set'));
  if (items.type === 'object' && items['x-kubernetes-map-type'] !== 'atomic') {
    errors.push(
      invalid(
        `${field}.x-kubernetes-map-type`,
        items['x-kubernetes-map-type'] ?? null,
        'must be atomic as item of a list with x-kubernetes-list-type=set',
      ),
    );
  }
  if (items.type === 'array' && ![undefined, 'atomic'].includes(items['x-kubernetes-list-type'])) {
    errors.push(
      invalid(
        `${field}.x-kubernetes-list-type`,
        items['x-kubernetes-list-type'],
        'must be atomic as item of a list with x-kubernetes-list-type=set',
      ),
    );
  }
  return errors;
}
