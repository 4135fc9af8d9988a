import type { Pod } from '../../../kube/generated/types';
import type { AnyObject } from '../../../kube/object';

/** Says of each pod whether it belongs to the object: by name for a pod itself, by label for what has a selector. */
export function ownPods(object: AnyObject): (pod: Pod) => boolean {
  const { namespace, name } = object.metadata;
  if (object.kind === 'Pod') return (pod) => pod.metadata.namespace === namespace && pod.metadata.name === name;
  const spec = object.spec as { selector?: { matchLabels?: Record<string, string> } } | undefined;
  const labels = Object.entries(spec?.selector?.matchLabels ?? {});
  return (pod) =>
    pod.metadata.namespace === namespace &&
    labels.length > 0 &&
    labels.every(([key, value]) => pod.metadata.labels?.[key] === value);
}
