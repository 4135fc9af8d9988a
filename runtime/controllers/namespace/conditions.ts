import type { NamespaceCondition } from '../../kube/generated/types';
import type { AnyObject } from '../../kube/object';
import { withCondition } from '../../kube/pod-status';
import type { Resource } from '../../kube/resource';
import { equalJson } from '../../kube/schema-engine';
import { rfc3339 } from '../../util/clock';

/** What a namespace on its way out still holds. */
export interface Contents {
  remaining: ReadonlyArray<{ resource: Resource; objects: readonly AnyObject[] }>;
  /** Why something could not be listed or deleted. */
  failures: readonly string[];
}

type Condition = Pick<NamespaceCondition, 'type' | 'status'> & { reason: string; message: string };

/** The conditions by which a namespace says what keeps it, in Kubernetes' words. */
export function deletionConditions(
  known: NamespaceCondition[] | undefined,
  contents: Contents,
  now: number,
): NamespaceCondition[] {
  const time = rfc3339(now);
  return [...found, failure(contents), content(contents), finalizers(contents)].reduce<NamespaceCondition[]>(
    (conditions, condition) => withCondition<NamespaceCondition>(conditions, condition, time),
    known ?? [],
  );
}

/** What is served is known in this process: finding it cannot fail. */
const found: readonly Condition[] = [
  {
    type: 'NamespaceDeletionDiscoveryFailure',
    status: 'False',
    reason: 'ResourcesDiscovered',
    message: 'All resources successfully discovered',
  },
  {
    type: 'NamespaceDeletionGroupVersionParsingFailure',
    status: 'False',
    reason: 'ParsedGroupVersions',
    message: 'All legacy kube types successfully parsed',
  },
];

function failure({ failures }: Contents): Condition {
  const type = 'NamespaceDeletionContentFailure';
  return failures.length > 0
    ? {
        type,
        status: 'True',
        reason: 'ContentDeletionFailed',
        message: `Failed to delete all resource types, ${failures.length} remaining: ${[...failures].sort().join(', ')}`,
      }
    : {
        type,
        status: 'False',
        reason: 'ContentDeleted',
        message: 'All content successfully deleted, may be waiting on finalization',
      };
}

function content({ remaining }: Contents): Condition {
  const type = 'NamespaceContentRemaining';
  const texts = remaining.map(
    ({ resource, objects }) => `${nameOf(resource)} has ${objects.length} resource instances`,
  );
  return texts.length > 0
    ? {
        type,
        status: 'True',
        reason: 'SomeResourcesRemain',
        message: `Some resources are remaining: ${texts.sort().join(', ')}`,
      }
    : { type, status: 'False', reason: 'ContentRemoved', message: 'All content successfully removed' };
}

function finalizers({ remaining }: Contents): Condition {
  const type = 'NamespaceFinalizersRemaining';
  const counts = new Map<string, number>();
  for (const { objects } of remaining) {
    for (const { metadata } of objects) {
      for (const finalizer of metadata.finalizers ?? []) counts.set(finalizer, (counts.get(finalizer) ?? 0) + 1);
    }
  }
  const held = [...counts].sort().map(([name, count]) => `${name} in ${count} resource instances`);
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

/** Kubernetes' own form has a dot even where there is no group. */
function nameOf({ group, plural }: Resource): string {
  return `${plural}.${group}`;
}

export function sameConditions(a: NamespaceCondition[] | undefined, b: NamespaceCondition[]): boolean {
  return equalJson(a, b);
}
