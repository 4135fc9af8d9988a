import type { KubeObject } from '../../object';
import { apiVersionOf, type Resource } from '../../resource';
import type { StructuralSchema } from '../../schema';
import { typeNameOf } from '../../schemas';

/** A reference to a built-in kind's generated schema, which is read when it is followed. Throws where there is none. */
export function builtInSchema<T extends KubeObject>(resource: Resource<T>): StructuralSchema {
  const type = typeNameOf(apiVersionOf(resource), resource.kind);
  if (!type) throw new Error(`no schema of ${apiVersionOf(resource)} ${resource.kind}: see tools/served-kinds.json`);
  return { $ref: type };
}
