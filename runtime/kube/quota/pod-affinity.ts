import type { Affinity, PodAffinityTerm } from '../generated/types';

/** Whether a pod's place depends on pods of other namespaces, by name or by selector. */
export function usesOtherNamespaces(affinity: Affinity | undefined): boolean {
  return [affinity?.podAffinity, affinity?.podAntiAffinity].some((terms) => {
    const required = terms?.requiredDuringSchedulingIgnoredDuringExecution ?? [];
    const preferred = terms?.preferredDuringSchedulingIgnoredDuringExecution ?? [];
    return [...required, ...preferred.map(({ podAffinityTerm }) => podAffinityTerm)].some(names);
  });
}

function names({ namespaces, namespaceSelector }: PodAffinityTerm): boolean {
  return Boolean(namespaces?.length) || namespaceSelector !== undefined;
}
