import type { Kind } from '../../kind';
import type { KubeObject } from '../../object';
import type { Resource } from '../../resource';
import { nameColumn } from './columns';
import { builtInSchema } from './schema';

/** A kind whose objects are asked and answered, and never stored: a create gives the answer. */
export function reviewKind<T extends KubeObject>(
  resource: Resource<T>,
  rest: Pick<Kind<T>, 'validate' | 'applyDefaults'> = {},
): Kind<T> {
  return {
    resource,
    singular: resource.kind.toLowerCase(),
    shortNames: [],
    categories: [],
    schema: builtInSchema(resource),
    subresources: {},
    verbs: ['create'],
    columns: [nameColumn()],
    ...rest,
  };
}
