import type { NamespaceCondition } from '../../kube/generated/types';
import type { AnyObject } from '../../kube/object';
import { withCondition } from '../../kube/pod-status';
import type { Resource } from '../../kube/resource';
import { equalJson } from '../../kube/schema-engine';
import { rfc3339 } from '../../util/clock';

/** What a namespace on its way out still holds of one kind. */
export interface Remaining {
  resource: Resource;
  objects: AnyObject[];
}

/** The conditions by which a namespace says what keeps it, in Kubernetes' words. */
export function remainingConditions(
  known: NamespaceCondition[] | undefined,
  remaining: readonly Remaining[],
  now: number,
): NamespaceCondition[] {
  const content = remaining.map(
    ({ resource, objects }) => `${nameOf(resource)} has ${objects.length} resource instances`,
  );
  const finalizers = new Map<string, number>();
  for (const { objects } of remaining) {
    for (const { metadata } of objects) {
      for (const finalizer of metadata.finalizers ?? [])
        finalizers.set(finalizer, (finalizers.get(finalizer) ?? 0) + 1);
    }
  }
  const held = [...finalizers].sort().map(([name, count]) => `${name} in ${count} resource instances`);
  const time = rfc3339(now);
  const first = withCondition<NamespaceCondition>(known, contentCondition(content), time);
  return withCondition<NamespaceCondition>(first, finalizerCondition(held), time);
}

function contentCondition(content: string[]): NamespaceCondition {
  const type = 'NamespaceContentRemaining';
  return content.length > 0
    ? {
        type,
        status: 'True',
        reason: 'SomeResourcesRemain',
        message: `Some resources are remaining: ${content.sort().join(', ')}`,
      }
    : { type, status: 'False', reason: 'ContentRemoved', message: 'All content successfully removed' };
}

function finalizerCondition(held: string[]): NamespaceCondition {
  const type = 'NamespaceFinalizersRemaining';
  return held.length > 0
    ? {
        type,
        status: 'True',
        reason: 'SomeFinalizersRemain',
        message: `Some content in the namespace has finalizers remaining: ${held.join(', ')}`,
      }
    : {
        type,
        status: 'False',
        reason: 'ContentHasNoFinalizers',
        message: 'All content-preserving finalizers finished',
      };
}

function nameOf(resource: Resource): string {
  return resource.group ? `${resource.plural}.${resource.group}` : `${resource.plural}.`;
}

export function sameConditions(a: NamespaceCondition[] | undefined, b: NamespaceCondition[]): boolean {
  return equalJson(a, b);
}
