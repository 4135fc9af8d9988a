import { objectSchema } from '../../../custom/schema';
import { forbidden, invalid } from '../../../field-errors';
import type { JSONSchemaProps } from '../../../generated/types';
import type { FieldError } from '../../../kind';
import { applySchemaDefaults, cloneJson, customRules, normalize, validateSchema } from '../../../schema-engine';

/** A default is a value that the schema itself takes, with no field that it would prune. */
export function checkDefault(schema: JSONSchemaProps, field: string, depth: number): FieldError[] {
  if (depth === 0) return [forbidden(field, 'must not be set at the root')];
  // As a field of an object, since that is what it will be.
  const { properties } = objectSchema({ type: 'object', properties: { value: schema } });
  const inner = { type: 'object' as const, properties: { value: { ...properties?.value, default: undefined } } };
  const holder = { value: cloneJson(schema.default) };
  if (schema.default === null && !schema.nullable) return [invalid(field, null, 'must not be null unless nullable')];
  const pruned = normalize(inner, holder).map((path) => path.replace(/^value/, field));
  if (pruned.length > 0)
    return pruned.map((path) => invalid(field, schema.default, `must not have unknown fields: ${path}`));
  applySchemaDefaults(inner, holder);
  return validateSchema(inner, holder, { rules: customRules, uniqueItems: true }).map((error) => ({
    ...error,
    field: error.field.replace(/^value/, field),
    detail: error.detail?.replaceAll(/\bvalue\b/g, field),
  }));
}
