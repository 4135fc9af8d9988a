import type { KubeObject } from '../object';
import { apiVersionOf, type Resource } from '../resource';
import type { StructuralSchema } from '../schema';
import { schemaOf } from '../schemas';

/** The generated schema of a built-in kind. Throws where it was not generated. */
export function builtInSchema<T extends KubeObject>(resource: Resource<T>): StructuralSchema {
  const schema = schemaOf(apiVersionOf(resource), resource.kind);
  if (!schema)
    throw new Error(`no schema of ${apiVersionOf(resource)} ${resource.kind}: add it to tools/served-kinds.json`);
  return schema;
}
