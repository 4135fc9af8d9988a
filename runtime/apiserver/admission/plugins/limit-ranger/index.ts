import type { LimitRange, LimitRangeItem, PersistentVolumeClaim, Pod } from '../../../../kube/generated/types';
import { limitRanges, persistentVolumeClaims, pods } from '../../../../kube/resource';
import { type AdmissionPlugin, type AdmissionRequest, isOf, refuse } from '../../plugin';
import { checkMax, checkMaxRequest, checkMin, checkRatio } from './constraints';
import { applyContainerDefaults } from './defaults';
import { podTotals } from './totals';

/**
 * Holds pods and claims to the limits of their namespace, and gives containers the defaults that it sets. Without a
 * cluster no limits are known.
 */
export const limitRanger: AdmissionPlugin = {
  name: 'LimitRanger',
  mutate(request) {
    if (!limits(request) || !isOf(request, pods)) return;
    for (const { spec } of rangesOf(request)) {
      applyContainerDefaults(request.object as unknown as Pod, spec?.limits ?? []);
    }
  },
  validate(request) {
    if (!limits(request)) return;
    for (const { spec } of rangesOf(request)) {
      const items = spec?.limits ?? [];
      const problems = isOf(request, pods)
        ? podProblems(request.object as unknown as Pod, items)
        : claimProblems(request.object as unknown as PersistentVolumeClaim, items);
      const distinct = [...new Set(problems)];
      if (distinct.length === 0) continue;
      throw refuse(request, distinct.length === 1 ? (distinct[0] as string) : `[${distinct.join(', ')}]`);
    }
  },
};

/** Whether a request may change what limits are about. */
function limits(request: AdmissionRequest): boolean {
  const { operation, subresource, object, oldObject } = request;
  if (!object || operation === 'DELETE' || oldObject?.metadata.deletionTimestamp) return false;
  // What a container asks for changes through `resize` alone.
  if (isOf(request, pods)) return operation === 'CREATE' ? !subresource : subresource === 'resize';
  return isOf(request, persistentVolumeClaims) && !subresource;
}

function rangesOf({ namespace, lookups }: AdmissionRequest): readonly LimitRange[] {
  const found = lookups.list(limitRanges, namespace);
  return found === 'unknown' ? [] : found;
}

function podProblems({ spec }: Pod, items: readonly LimitRangeItem[]): string[] {
  const containers = [...(spec?.containers ?? []), ...(spec?.initContainers ?? [])];
  return items.flatMap((item) => {
    if (item.type === 'Container') return containers.flatMap(({ resources }) => problems(item, resources ?? {}));
    return item.type === 'Pod' ? problems(item, podTotals(spec)) : [];
  });
}

function problems(item: LimitRangeItem, asked: Parameters<typeof checkMin>[3]): string[] {
  const { type, min, max, maxLimitRequestRatio } = item;
  return [
    ...Object.entries(min ?? {}).flatMap(([name, bound]) => checkMin(type, name, bound, asked) ?? []),
    ...Object.entries(max ?? {}).flatMap(([name, bound]) => checkMax(type, name, bound, asked) ?? []),
    ...Object.entries(maxLimitRequestRatio ?? {}).flatMap(
      ([name, bound]) => checkRatio(type, name, bound, asked) ?? [],
    ),
  ];
}

function claimProblems({ spec }: PersistentVolumeClaim, items: readonly LimitRangeItem[]): string[] {
  const asked = { requests: spec?.resources?.requests };
  return items
    .filter(({ type }) => type === 'PersistentVolumeClaim')
    .flatMap(({ type, min, max }) => [
      ...Object.entries(min ?? {}).flatMap(([name, bound]) => checkMin(type, name, bound, asked) ?? []),
      ...Object.entries(max ?? {}).flatMap(([name, bound]) => checkMaxRequest(type, name, bound, asked) ?? []),
    ]);
}
