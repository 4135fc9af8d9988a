import type { Pod, PodAffinityTerm, WeightedPodAffinityTerm } from '../../kube/generated/types';
import type { FilterPlugin, ScorePlugin } from '../plugin';
import type { Snapshot } from '../snapshot';
import { termSelects } from './pod-selection';

const reasonPodAffinity = "node(s) didn't match pod affinity rules";
const reasonPodAntiAffinity = "node(s) didn't match pod anti-affinity rules";
const reasonExistingAntiAffinity = "node(s) didn't satisfy existing pods anti-affinity rules";

/**
 * Required pod affinity and anti-affinity, those of the pods that are there included. For the order of nodes only the
 * incoming pod's own preferences count. Costs a look at every pod, but only for pods that ask, or while others avoid.
 */
export const interPodAffinity: FilterPlugin & ScorePlugin = {
  name: 'InterPodAffinity',
  weight: 2,
  filter(info, snapshot) {
    const { pod } = info;
    const wants = pod.spec?.affinity?.podAffinity?.requiredDuringSchedulingIgnoredDuringExecution ?? [];
    const avoided = domainsThatAvoid(pod, snapshot);
    if (wants.length + info.avoids.length + avoided.size === 0) return undefined;
    const wanted = wants.map((term) => domainsWith(term, snapshot, (other) => all(wants, pod, other, snapshot)));
    const unwanted = info.avoids.map((term) =>
      domainsWith(term, snapshot, (other) => termSelects(term, pod, other, snapshot)),
    );
    // The first pod of a group that wants to be together finds nobody yet: it may start one anywhere.
    const first = wanted.every((domains) => domains.size === 0) && all(wants, pod, pod, snapshot);
    return ({ node }) => {
      const at = (key: string) => node.metadata.labels?.[key];
      const joins = wants.every(({ topologyKey }, i) => {
        const value = at(topologyKey);
        return value !== undefined && (first || wanted[i]?.has(value));
      });
      if (!joins) return [reasonPodAffinity];
      if (info.avoids.some(({ topologyKey }, i) => unwanted[i]?.has(at(topologyKey) ?? '')))
        return [reasonPodAntiAffinity];
      for (const [key, values] of avoided) if (values.has(at(key) ?? '')) return [reasonExistingAntiAffinity];
      return undefined;
    };
  },
  score({ pod }, feasible, snapshot) {
    const prefer = pod.spec?.affinity?.podAffinity?.preferredDuringSchedulingIgnoredDuringExecution ?? [];
    const avoid = pod.spec?.affinity?.podAntiAffinity?.preferredDuringSchedulingIgnoredDuringExecution ?? [];
    if (prefer.length + avoid.length === 0) return undefined;
    const totals = feasible.map(() => 0);
    const add = ({ weight, podAffinityTerm: term }: WeightedPodAffinityTerm, sign: 1 | -1) => {
      const domains = domainsWith(term, snapshot, (other) => termSelects(term, pod, other, snapshot));
      for (const [i, { node }] of feasible.entries()) {
        const count = domains.get(node.metadata.labels?.[term.topologyKey] ?? '') ?? 0;
        totals[i] = (totals[i] as number) + sign * weight * count;
      }
    };
    for (const term of prefer) add(term, 1);
    for (const term of avoid) add(term, -1);
    const [low, high] = [Math.min(...totals), Math.max(...totals)];
    return low === high ? undefined : totals.map((total) => ((total - low) * 100) / (high - low));
  },
};

function all(terms: readonly PodAffinityTerm[], owner: Pod, other: Pod, snapshot: Snapshot): boolean {
  return terms.every((term) => termSelects(term, owner, other, snapshot));
}

/** How many pods that `matches` are in each domain of the term's topology. */
function domainsWith(
  { topologyKey }: PodAffinityTerm,
  snapshot: Snapshot,
  matches: (other: Pod) => boolean,
): Map<string, number> {
  const domains = new Map<string, number>();
  for (const { node, pods } of snapshot.nodes) {
    const value = node.metadata.labels?.[topologyKey];
    if (value === undefined) continue;
    for (const { pod } of pods.values()) if (matches(pod)) domains.set(value, (domains.get(value) ?? 0) + 1);
  }
  return domains;
}

/** Topology key → the domains in which a pod is that avoids the incoming one. */
function domainsThatAvoid(pod: Pod, snapshot: Snapshot): Map<string, Set<string>> {
  const avoided = new Map<string, Set<string>>();
  for (const { node, avoiding } of snapshot.nodes) {
    for (const owner of avoiding.values()) {
      for (const term of owner.avoids) {
        const value = node.metadata.labels?.[term.topologyKey];
        if (value === undefined || !termSelects(term, owner.pod, pod, snapshot)) continue;
        const values = avoided.get(term.topologyKey) ?? new Set<string>();
        avoided.set(term.topologyKey, values.add(value));
      }
    }
  }
  return avoided;
}
