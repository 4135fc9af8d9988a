import type { ResourceQuota, ScopedResourceSelectorRequirement } from '../generated/types';
import type { AnyObject } from '../object';
import { type Amounts, amounts } from '../pod-resources';
import { addQuantities, compareQuantities, formatQuantity, parseQuantity, type Quantity } from '../quantity';
import type { Resource } from '../resource';
import { claimEvaluator } from './claims';
import { countEvaluator } from './counts';
import { deviceClaimEvaluator } from './device-claims';
import type { QuotaEvaluator } from './evaluator';
import { podEvaluator } from './pods';
import { serviceEvaluator } from './services';

const special: Record<string, QuotaEvaluator> = {
  '/pods': podEvaluator,
  '/services': serviceEvaluator,
  '/persistentvolumeclaims': claimEvaluator,
  'resource.k8s.io/resourceclaims': deviceClaimEvaluator,
};
/** Events come and go by the thousand, and nobody is charged for them. */
const ignored = ['/events', 'events.k8s.io/events'];
const plain = new Map<string, QuotaEvaluator>();

/** How the objects of a resource count; undefined where they never do. */
export function evaluatorOf(resource: Pick<Resource, 'group' | 'plural'>): QuotaEvaluator | undefined {
  const key = `${resource.group}/${resource.plural}`;
  if (ignored.includes(key)) return undefined;
  const known = special[key] ?? plain.get(key);
  if (known) return known;
  const evaluator = countEvaluator(resource);
  plain.set(key, evaluator);
  return evaluator;
}

/** Whether an object is in all of a quota's scopes. */
export function inScopes({ spec }: ResourceQuota, evaluator: QuotaEvaluator, object: AnyObject): boolean {
  const scopes: ScopedResourceSelectorRequirement[] = [
    ...(spec?.scopes ?? []).map((scopeName) => ({ scopeName, operator: 'Exists' })),
    ...(spec?.scopeSelector?.matchExpressions ?? []),
  ];
  return scopes.every((scope) => evaluator.inScope?.(scope, object) ?? false);
}

/** The sum of what objects use of the given names; a name that nothing uses is there with 0. */
export function totalUsage(names: readonly string[], usages: Iterable<Amounts>): Amounts {
  const total: Amounts = Object.fromEntries(names.map((name) => [name, parseQuantity(0)]));
  for (const usage of usages) {
    for (const name of names) {
      const amount = usage[name];
      if (amount) total[name] = addQuantities(total[name] as Quantity, amount);
    }
  }
  return total;
}

/**
 * The status that a quota should have: its `hard`, and of each name what the namespace's objects use. A name that
 * nothing counts keeps the amount that it has, if any.
 */
export function recalculated(
  quota: ResourceQuota,
  served: readonly Resource[],
  objectsOf: (resource: Resource) => readonly AnyObject[],
  now: number,
): NonNullable<ResourceQuota['status']> {
  const hard = amounts(quota.spec?.hard);
  const used = pick(amounts(quota.status?.used), Object.keys(hard));
  for (const resource of served) {
    const evaluator = evaluatorOf(resource);
    const names = Object.keys(hard).filter((name) => evaluator?.counts(name));
    if (!evaluator || names.length === 0) continue;
    const counted = objectsOf(resource).filter((object) => inScopes(quota, evaluator, object));
    Object.assign(
      used,
      totalUsage(
        names,
        counted.map((object) => evaluator.usage(object, now)),
      ),
    );
  }
  return { hard: written(hard), used: written(used) };
}

/** The amounts of these names. */
export function pick(from: Amounts, names: readonly string[]): Amounts {
  return Object.fromEntries(Object.entries(from).filter(([name]) => names.includes(name)));
}

/** As amounts stand in an object. */
export function written(amounts: Amounts): Record<string, string> {
  return Object.fromEntries(Object.entries(amounts).map(([name, value]) => [name, formatQuantity(value)]));
}

/** Whether two lists of amounts are of the same names and amounts, however written. */
export function sameAmounts(a: Amounts, b: Amounts): boolean {
  const names = Object.keys(a);
  if (names.length !== Object.keys(b).length) return false;
  return names.every((name) => {
    const other = b[name];
    return other !== undefined && compareQuantities(a[name] as Quantity, other) === 0;
  });
}
