import type { JSONSchemaProps } from '../generated/types';
import { typeMetaDescriptions } from './descriptions';
import type { OpenApi } from './schemas';

const text = (description: string): OpenApi => ({ type: 'string', description });

/**
 * The schema of a custom kind as it is published: what its definition says, and what every object has. `metadata` is a
 * reference to the type of metadata; `selectable` are the fields that selectors may name beside those of every kind.
 */
export function publishedSchema(schema: JSONSchemaProps, metadata: OpenApi, selectable: readonly string[]): OpenApi {
  const published = withObjectFields(embed(schema as OpenApi, metadata), metadata);
  if (selectable.length === 0) return published;
  return { ...published, 'x-kubernetes-selectable-fields': selectable.map((fieldPath) => ({ fieldPath })) };
}

function withObjectFields(schema: OpenApi, metadata: OpenApi): OpenApi {
  const { apiVersion, kind, metadata: about } = typeMetaDescriptions;
  return {
    ...schema,
    type: 'object',
    properties: {
      ...(schema.properties as OpenApi | undefined),
      apiVersion: text(apiVersion),
      kind: text(kind),
      metadata: { allOf: [metadata], description: about, default: {} },
    },
  };
}

function embed(schema: OpenApi, metadata: OpenApi): OpenApi {
  const result = { ...schema };
  const properties = schema.properties as Record<string, OpenApi> | undefined;
  if (properties) {
    result.properties = Object.fromEntries(
      Object.entries(properties).map(([name, property]) => [name, embed(property, metadata)]),
    );
  }
  for (const inner of ['items', 'additionalProperties']) {
    const value = schema[inner];
    if (typeof value === 'object' && value !== null) result[inner] = embed(value as OpenApi, metadata);
  }
  return schema['x-kubernetes-embedded-resource'] ? withObjectFields(result, metadata) : result;
}
