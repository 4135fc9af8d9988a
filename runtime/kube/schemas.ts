import { kindTypes, schemaTexts } from './generated/schemas';
import type { StructuralSchema } from './schema';

type Definitions = Record<string, StructuralSchema>;

/** What was read so far, by group. A process that handles only pods never reads the other groups' schemas. */
const read = new Map<string, Definitions>();

function definitionsOf(group: string): Definitions | undefined {
  const known = read.get(group);
  const text = Object.hasOwn(schemaTexts, group) ? schemaTexts[group] : undefined;
  if (known || !text) return known;
  const definitions = JSON.parse(text()) as Definitions;
  read.set(group, definitions);
  return definitions;
}

/** The name of a built-in kind's type, as Kubernetes' OpenAPI names it; undefined for a kind that is not built in. */
export function typeNameOf(apiVersion: string, kind: string): string | undefined {
  return kindTypes[`${apiVersion}/${kind}`];
}

/** The structural schema of a built-in kind; undefined for a kind that is not built in. */
export function schemaOf(apiVersion: string, kind: string): StructuralSchema | undefined {
  const type = typeNameOf(apiVersion, kind);
  return type === undefined ? undefined : schemaOfType(type);
}

/** The schema of a named type, such as `io.k8s.api.core.v1.PodSpec`. Throws where there is none. */
export function schemaOfType(type: string): StructuralSchema {
  const definitions = definitionsOf(type.slice(0, type.lastIndexOf('.')));
  const schema = definitions && Object.hasOwn(definitions, type) ? definitions[type] : undefined;
  if (!schema) throw new Error(`no type ${type} in runtime/kube/generated/schemas; add it to tools/served-kinds.json`);
  return schema;
}

/** Follows `$ref`: the named type's schema, with what stands beside the reference laid over it. */
export function resolveRef(schema: StructuralSchema): StructuralSchema {
  if (schema.$ref === undefined) return schema;
  const { $ref, ...beside } = schema;
  return { ...schemaOfType($ref), ...beside };
}
