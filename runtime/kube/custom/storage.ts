import type { KindStorage } from '../kind';
import type { AnyObject } from '../object';
import { apiVersionOf, type Resource } from '../resource';
import type { StructuralSchema } from '../schema';
import { applySchemaDefaults, cloneJson, equalJson, normalize } from '../schema-engine';

/**
 * How a version of a custom kind shows what is stored: under its own name, pruned by its own schema and defaulted by
 * that of the stored version, so that an object that was stored before a field was defined, or defaulted, reads as if it
 * had been stored after. Versions are converted by their name alone (`conversion.strategy: None`); what only one of them
 * knows is kept.
 */
export function customStorage(
  resource: Resource,
  stored: Resource,
  schema: StructuralSchema,
  storedSchema: StructuralSchema,
): KindStorage {
  const apiVersion = apiVersionOf(resource);
  const content = withFreeMetadata(schema);
  const storedContent = schema === storedSchema ? content : withFreeMetadata(storedSchema);
  const storedVersion = apiVersionOf(stored);
  return {
    resource: stored,
    read(object) {
      const before = cloneJson(object);
      object.apiVersion = apiVersion;
      normalize(content, object);
      applySchemaDefaults(storedContent, object);
      if (storedContent !== content) normalize(content, object);
      return equalJson(before, object) ? undefined : object;
    },
    write: (object): AnyObject => ({ ...object, apiVersion: storedVersion }),
  };
}

/** Metadata is no part of the definition: it is as it was written. */
function withFreeMetadata(schema: StructuralSchema): StructuralSchema {
  const metadata: StructuralSchema = { 'x-kubernetes-preserve-unknown-fields': true };
  return { ...schema, properties: { ...schema.properties, metadata } };
}
