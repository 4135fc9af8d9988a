import type { LimitRangeItem, Pod } from '../../../../kube/generated/types';
import { annotations } from '../../../../kube/well-known';

/**
 * Gives containers the requests and limits that they leave out, in place, and notes in an annotation what was given.
 */
export function applyContainerDefaults({ metadata, spec }: Pod, items: readonly LimitRangeItem[]): void {
  const ofContainers = items.filter(({ type }) => type === 'Container');
  const requests = Object.assign({}, ...ofContainers.map(({ defaultRequest }) => defaultRequest));
  const limits = Object.assign({}, ...ofContainers.map((item) => item.default));
  const notes: string[] = [];
  for (const [what, containers] of [
    ['container', spec?.containers],
    ['init container', spec?.initContainers],
  ] as const) {
    for (const container of containers ?? []) {
      const resources = container.resources ?? {};
      const newRequests = missing(resources.requests, requests);
      const newLimits = missing(resources.limits, limits);
      if (newRequests.length > 0) {
        resources.requests = { ...pick(requests, newRequests), ...resources.requests };
        notes.push(`${newRequests.join(', ')} request for ${what} ${container.name}`);
      }
      if (newLimits.length > 0) {
        resources.limits = { ...pick(limits, newLimits), ...resources.limits };
        notes.push(`${newLimits.join(', ')} limit for ${what} ${container.name}`);
      }
      if (newRequests.length > 0 || newLimits.length > 0) container.resources = resources;
    }
  }
  if (notes.length === 0) return;
  const note = `LimitRanger plugin set: ${notes.join('; ')}`;
  metadata.annotations = { ...metadata.annotations, [annotations.limitRanger]: note };
}

type Amounts = Record<string, string | number>;

/** The names of the defaults that `present` has not, in order. */
function missing(present: Amounts | undefined, defaults: Amounts): string[] {
  return Object.keys(defaults)
    .filter((name) => present?.[name] === undefined)
    .sort();
}

function pick(from: Amounts, names: readonly string[]): Amounts {
  return Object.fromEntries(names.map((name) => [name, from[name] as string | number]));
}
