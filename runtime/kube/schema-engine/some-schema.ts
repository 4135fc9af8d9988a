import type { StructuralSchema } from '../schema';

/** Tells whether a schema, or one of a value inside its values, passes a test. Each schema is tested once. */
export function someSchema(test: (schema: StructuralSchema) => boolean): (schema: StructuralSchema) => boolean {
  const known = new WeakMap<StructuralSchema, boolean>();
  const some = (schema: StructuralSchema): boolean => {
    let found = known.get(schema);
    if (found === undefined) {
      const { properties = {}, items, additionalProperties: rest } = schema;
      found =
        test(schema) ||
        Object.values(properties).some(some) ||
        (items !== undefined && some(items)) ||
        (typeof rest === 'object' && some(rest));
      known.set(schema, found);
    }
    return found;
  };
  return some;
}
