import type { Pod } from '../../../../kube/generated/types';
import { violations } from './evaluate';
import { type LevelVersion, policyText } from './policy';

/** So many pods are looked at when a namespace's level changes. */
const mostPods = 3000;

/** What is to be said of the pods that a namespace holds when it begins to enforce a level: they stay as they are. */
export function warningsOfPods(namespace: string, enforce: LevelVersion, pods: readonly Pod[]): string[] {
  const chosen = byController(pods).slice(0, mostPods);
  const found = new Map<string, string[]>();
  for (const { metadata, spec } of chosen) {
    const text = violations(enforce, { metadata, spec: spec ?? { containers: [] } })
      .map(({ reason }) => reason)
      .join(', ');
    if (text) found.set(text, [...(found.get(text) ?? []), metadata.name ?? '']);
  }
  const texts = [...found].map(([text, names]) => `${namesText(names)}: ${text}`).sort();
  const level = policyText(enforce);
  return [
    ...(chosen.length < pods.length
      ? [
          `new PodSecurity enforce level only checked against the first ${chosen.length} of ${pods.length} existing pods`,
        ]
      : []),
    ...(texts.length > 0
      ? [`existing pods in namespace "${namespace}" violate the new PodSecurity enforce level "${level}"`]
      : []),
    ...texts,
  ];
}

/** One pod of each controller first: the others are most likely like it. */
function byController(pods: readonly Pod[]): Pod[] {
  const seen = new Set<string>();
  const first: Pod[] = [];
  const others: Pod[] = [];
  for (const pod of pods) {
    const controller = pod.metadata.ownerReferences?.find((owner) => owner.controller)?.uid;
    if (controller !== undefined && seen.has(controller)) others.push(pod);
    else first.push(pod);
    if (controller !== undefined) seen.add(controller);
  }
  return [...first, ...others];
}

function namesText(names: string[]): string {
  const [first = ''] = [...names].sort();
  if (names.length === 1) return first;
  return `${first} (and ${names.length - 1} other ${names.length === 2 ? 'pod' : 'pods'})`;
}
