import { parseQuantity, type Quantity } from '../quantity';
import type { Resource } from '../resource';
import type { QuotaEvaluator } from './evaluator';

type Named = Pick<Resource, 'group' | 'plural'>;

/** Core resources that quotas also name without `count/`. */
const plainNames = ['configmaps', 'replicationcontrollers', 'resourcequotas', 'secrets'];

export const one: Quantity = parseQuantity(1);

/** `count/deployments.apps` */
export function countName({ group, plural }: Named): string {
  return `count/${plural}${group ? `.${group}` : ''}`;
}

/** Counts the objects of any resource. */
export function countEvaluator(resource: Named): QuotaEvaluator {
  const names = [
    countName(resource),
    ...(resource.group === '' && plainNames.includes(resource.plural) ? [resource.plural] : []),
  ];
  const usage = Object.fromEntries(names.map((name) => [name, one]));
  return {
    counts: (name) => names.includes(name),
    usage: () => usage,
    charges: (operation, subresource) => operation === 'CREATE' && !subresource,
  };
}
