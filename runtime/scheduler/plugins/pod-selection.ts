import type { LabelSelector, Pod, PodAffinityTerm } from '../../kube/generated/types';
import { selectsLabels } from '../../kube/selector';
import type { Snapshot } from '../snapshot';

/** A selector narrowed to pods that share the incoming pod's values of `keys` (and differ in those of `otherKeys`). */
export function narrowed(
  selector: LabelSelector | undefined,
  pod: Pod,
  keys: readonly string[] = [],
  otherKeys: readonly string[] = [],
): LabelSelector | undefined {
  if (!selector || keys.length + otherKeys.length === 0) return selector;
  const labels = pod.metadata.labels ?? {};
  const requirement = (operator: string) => (key: string) =>
    labels[key] === undefined ? [] : [{ key, operator, values: [labels[key]] }];
  const added = [...keys.flatMap(requirement('In')), ...otherKeys.flatMap(requirement('NotIn'))];
  return { ...selector, matchExpressions: [...(selector.matchExpressions ?? []), ...added] };
}

/** Whether an affinity term of `owner` is about `other`. */
export function termSelects(term: PodAffinityTerm, owner: Pod, other: Pod, snapshot: Snapshot): boolean {
  const namespace = other.metadata.namespace ?? '';
  const named = term.namespaces ?? [];
  const byDefault = named.length === 0 && !term.namespaceSelector;
  const inScope =
    (byDefault && namespace === owner.metadata.namespace) ||
    named.includes(namespace) ||
    selectsLabels(term.namespaceSelector, snapshot.namespaceLabels(namespace));
  if (!inScope) return false;
  const selector = narrowed(term.labelSelector, owner, term.matchLabelKeys, term.mismatchLabelKeys);
  return selectsLabels(selector, other.metadata.labels);
}
