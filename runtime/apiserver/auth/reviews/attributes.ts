import type { SelfSubjectAccessReviewSpec } from '../../../kube/generated/types';
import type { Attributes } from '../authz/authorizer';

/** What an access review asks about. */
export function attributesOf({ resourceAttributes, nonResourceAttributes }: SelfSubjectAccessReviewSpec): Attributes {
  if (!resourceAttributes) {
    const { verb = '', path = '' } = nonResourceAttributes ?? {};
    return { verb, path };
  }
  const { verb = '', group = '', version = '', resource: plural = '', subresource, fieldSelector } = resourceAttributes;
  const { namespace, name } = resourceAttributes;
  const resource = {
    group,
    version,
    plural,
    subresource: subresource || undefined,
    namespace: namespace || undefined,
    name: name || undefined,
  };
  const selector = fieldSelector?.rawSelector ?? requirementsOf(fieldSelector?.requirements);
  return { verb, path: '', resource, ...(selector ? { query: new URLSearchParams({ fieldSelector: selector }) } : {}) };
}

/** Only `In` of one value can be written as a field selector; the others say less, so that leaving them out is safe. */
function requirementsOf(requirements: Array<{ key?: string; operator?: string; values?: string[] }> = []): string {
  return requirements
    .filter(({ operator, values }) => operator === 'In' && values?.length === 1)
    .map(({ key, values }) => `${key}=${values?.[0]}`)
    .join(',');
}
