import type { StructuralSchema } from '../schema';
import { schemaOfType } from '../schemas';
import { objectMetaDescriptions } from './descriptions';

/** JSON of an OpenAPI document; we only write it. */
export type OpenApi = Record<string, unknown>;

const QUANTITY = 'io.k8s.apimachinery.pkg.api.resource.Quantity';
const INT_OR_STRING = 'io.k8s.apimachinery.pkg.util.intstr.IntOrString';
const TIME = 'io.k8s.apimachinery.pkg.apis.meta.v1.Time';
const OBJECT_META = 'io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta';
const MICRO_TIME = 'io.k8s.apimachinery.pkg.apis.meta.v1.MicroTime';

/** Types that our schemas write out and Kubernetes' documents refer to by name. */
const scalars: Record<string, OpenApi> = {
  [QUANTITY]: { oneOf: [{ type: 'string' }, { type: 'number' }] },
  [INT_OR_STRING]: { format: 'int-or-string', oneOf: [{ type: 'integer' }, { type: 'string' }] },
  [TIME]: { type: 'string', format: 'date-time' },
  [MICRO_TIME]: { type: 'string', format: 'date-time' },
  'io.k8s.apimachinery.pkg.apis.meta.v1.Patch': { type: 'object' },
};

export const refTo = (type: string): OpenApi => ({ $ref: `#/components/schemas/${type}` });

/** Every object's metadata is explained; it is what people ask for of custom kinds too. */
function describe(type: string, schema: OpenApi): OpenApi {
  if (type !== OBJECT_META) return schema;
  const properties = Object.entries((schema.properties ?? {}) as Record<string, OpenApi>).map(([name, property]) => {
    const description = objectMetaDescriptions[name];
    const { $ref, ...rest } = property;
    const open = $ref === undefined ? rest : { allOf: [{ $ref }], ...rest };
    return [name, description ? { ...open, description } : property];
  });
  return { ...schema, properties: Object.fromEntries(properties) };
}

/** Collects the component schemas that a document refers to, each named type once. */
export class Components {
  readonly schemas: Record<string, OpenApi> = {};

  /** A reference to a named type, which is added with all that it refers to. */
  named(type: string): OpenApi {
    if (!Object.hasOwn(this.schemas, type)) {
      // Held first, since a type may refer to itself.
      this.schemas[type] = {};
      this.schemas[type] = scalars[type] ?? describe(type, this.convert(schemaOfType(type)));
    }
    return refTo(type);
  }

  /** A schema as OpenAPI has it: without what is ours alone. */
  convert(schema: StructuralSchema): OpenApi {
    const reference = this.referenceOf(schema);
    const result: OpenApi = {};
    for (const [key, value] of Object.entries(schema)) {
      if (key.startsWith('x-orlop-') || key === '$ref') continue;
      if (reference && (key === 'format' || key === 'type' || key === 'x-kubernetes-int-or-string')) continue;
      result[key] = value;
    }
    const properties = Object.entries(schema.properties ?? {});
    if (properties.length > 0) {
      result.properties = Object.fromEntries(properties.map(([name, property]) => [name, this.convert(property)]));
    } else delete result.properties;
    if (schema.items) result.items = this.convert(schema.items);
    if (typeof schema.additionalProperties === 'object') {
      result.additionalProperties = this.convert(schema.additionalProperties);
    }
    if (!reference) return result;
    // OpenAPI 3.0 lets nothing stand beside a reference.
    return Object.keys(result).length === 0 ? reference : { allOf: [reference], ...result };
  }

  private referenceOf(schema: StructuralSchema): OpenApi | undefined {
    if (schema.$ref !== undefined) return this.named(schema.$ref);
    if (schema['x-orlop-quantity']) return this.named(QUANTITY);
    if (schema['x-kubernetes-int-or-string']) return this.named(INT_OR_STRING);
    if (schema.format === 'date-time') return this.named(TIME);
    return schema.format === 'micro-time' ? this.named(MICRO_TIME) : undefined;
  }
}
