import type { JSONSchemaProps } from '../generated/types';
import type { StructuralSchema } from '../schema';

const text: StructuralSchema = { type: 'string' };
export const objectMeta: StructuralSchema = { $ref: 'io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta' };
const typeMeta = { apiVersion: text, kind: text };

/**
 * The schema of a custom kind's objects, made of what its definition says: at the root and in embedded objects stand
 * apiVersion, kind and metadata, which belong to Kubernetes; a definition may say of the first two which values fit.
 */
export function objectSchema(schema: JSONSchemaProps): StructuralSchema {
  return asObject(structural(schema as StructuralSchema));
}

/** What every custom object has before its own schema is looked at; the rest is checked later, with the rules. */
export const anyObjectSchema: StructuralSchema = {
  type: 'object',
  'x-kubernetes-preserve-unknown-fields': true,
  properties: { ...typeMeta, metadata: objectMeta },
};

function asObject(schema: StructuralSchema): StructuralSchema {
  const { apiVersion, kind } = schema.properties ?? {};
  const own = { apiVersion: { ...apiVersion, ...text }, kind: { ...kind, ...text } };
  return { ...schema, type: 'object', properties: { ...schema.properties, ...own, metadata: objectMeta } };
}

/** What a definition says of the names of its objects: all of metadata that it may say anything of. */
export function nameSchema({ properties }: JSONSchemaProps): StructuralSchema | undefined {
  const { name, generateName } = properties?.metadata?.properties ?? {};
  if (!name && !generateName) return undefined;
  const own = { ...(name ? { name } : {}), ...(generateName ? { generateName } : {}) };
  return structural({ type: 'object', properties: own as Record<string, StructuralSchema> });
}

function structural(schema: StructuralSchema): StructuralSchema {
  const result: StructuralSchema = { ...schema };
  if (schema.type === 'string' && schema.format) result['x-orlop-verbatim'] = true;
  if (schema.properties) {
    result.properties = Object.fromEntries(
      Object.entries(schema.properties).map(([name, property]) => [name, structural(property)]),
    );
  }
  if (schema.items) result.items = structural(schema.items);
  if (typeof schema.additionalProperties === 'object') {
    result.additionalProperties = structural(schema.additionalProperties);
  }
  return schema['x-kubernetes-embedded-resource'] ? asObject(result) : result;
}
