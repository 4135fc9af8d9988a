import { definitions, kindTypes } from './generated/schemas';
import type { StructuralSchema } from './schema';

/** The name of a built-in kind's type, as Kubernetes' OpenAPI names it; undefined for a kind that is not built in. */
export function typeNameOf(apiVersion: string, kind: string): string | undefined {
  return kindTypes[`${apiVersion}/${kind}`];
}

/** The structural schema of a built-in kind; undefined for a kind that is not built in. */
export function schemaOf(apiVersion: string, kind: string): StructuralSchema | undefined {
  const type = typeNameOf(apiVersion, kind);
  return type === undefined ? undefined : definitions[type];
}

/** The schema of a named type, such as `io.k8s.api.core.v1.PodSpec`. Throws where there is none. */
export function schemaOfType(type: string): StructuralSchema {
  const schema = Object.hasOwn(definitions, type) ? definitions[type] : undefined;
  if (!schema)
    throw new Error(`no type ${type} in runtime/kube/generated/schemas.ts; add it to tools/served-kinds.json`);
  return schema;
}

/** Follows `$ref`: the named type's schema, with what stands beside the reference laid over it. */
export function resolveRef(schema: StructuralSchema): StructuralSchema {
  if (schema.$ref === undefined) return schema;
  const { $ref, ...beside } = schema;
  return { ...schemaOfType($ref), ...beside };
}
