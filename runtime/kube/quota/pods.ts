import type { Pod, ScopedResourceSelectorRequirement } from '../generated/types';
import type { AnyObject } from '../object';
import { type Amounts, amounts, podLimits, podRequests, qosClass } from '../pod-resources';
import { isTerminal } from '../pod-status';
import type { QuantityLike } from '../quantity';
import { pods } from '../resource';
import { countName, one } from './counts';
import type { QuotaEvaluator } from './evaluator';
import { usesOtherNamespaces } from './pod-affinity';

const compute = ['cpu', 'memory', 'ephemeral-storage'];
const names = new Set([
  countName(pods),
  'pods',
  ...compute.flatMap((name) => [name, `requests.${name}`, `limits.${name}`]),
]);
/** What every container must say where it is counted. A mistake of Kubernetes' early days that others rely on. */
const mustBeGiven = ['cpu', 'memory'].flatMap((name) => [name, `requests.${name}`, `limits.${name}`]);

export const podEvaluator: QuotaEvaluator = {
  counts: (name) =>
    names.has(name) || /^(requests\.)?hugepages-/.test(name) || isExtended(name.replace(/^requests\./, ''), name),
  usage(object, now) {
    const pod = object as unknown as Pod;
    const counted = { [countName(pods)]: one };
    return holdsResources(pod, now)
      ? { ...counted, pods: one, ...computeUsage(podRequests(pod), podLimits(pod)) }
      : counted;
  },
  charges: (operation, subresource) => (operation === 'CREATE' ? !subresource : subresource === 'resize'),
  changesScope: (object, old) => endsByItself(object as unknown as Pod) !== endsByItself(old as unknown as Pod),
  inScope: (scope, object) => inScope(scope, object as unknown as Pod),
  missing,
};

/** `requests.example.com/gpu`: only what is asked for is counted, since nothing of it is overcommitted. */
function isExtended(resource: string, name: string): boolean {
  if (!name.startsWith('requests.') || !resource.includes('/')) return false;
  const domain = resource.slice(0, resource.indexOf('/'));
  return domain !== 'kubernetes.io' && !domain.endsWith('.kubernetes.io');
}

/** A pod that will never run again holds nothing, nor one whose time to end is over. */
function holdsResources(pod: Pod, now: number): boolean {
  if (isTerminal(pod)) return false;
  const { deletionTimestamp, deletionGracePeriodSeconds } = pod.metadata;
  if (deletionTimestamp === undefined || deletionGracePeriodSeconds === undefined) return true;
  return now <= Date.parse(deletionTimestamp) + deletionGracePeriodSeconds * 1000;
}

function computeUsage(requests: Amounts, limits: Amounts): Amounts {
  const usage: Amounts = {};
  for (const name of compute) {
    const request = requests[name];
    const limit = limits[name];
    if (request) Object.assign(usage, { [name]: request, [`requests.${name}`]: request });
    if (limit) usage[`limits.${name}`] = limit;
  }
  for (const [name, request] of Object.entries(requests)) {
    if (name.startsWith('hugepages-')) usage[name] = request;
    if (name.startsWith('hugepages-') || isExtended(name, `requests.${name}`)) usage[`requests.${name}`] = request;
  }
  return usage;
}

/** The one thing about a pod's scopes that an update may change. */
function endsByItself({ spec }: Pod): boolean {
  return (spec?.activeDeadlineSeconds ?? -1) >= 0;
}

function inScope({ scopeName, operator, values = [] }: ScopedResourceSelectorRequirement, pod: Pod): boolean {
  const { spec } = pod;
  switch (scopeName) {
    case 'Terminating':
      return endsByItself(pod);
    case 'NotTerminating':
      return !endsByItself(pod);
    case 'BestEffort':
      return qosClass(spec) === 'BestEffort';
    case 'NotBestEffort':
      return qosClass(spec) !== 'BestEffort';
    case 'PriorityClass':
      return matches(operator, values, spec?.priorityClassName || undefined);
    case 'CrossNamespacePodAffinity':
      return usesOtherNamespaces(spec?.affinity);
    default:
      return false;
  }
}

function matches(operator: string, values: readonly string[], value: string | undefined): boolean {
  switch (operator) {
    case 'Exists':
      return value !== undefined;
    case 'DoesNotExist':
      return value === undefined;
    case 'In':
      return value !== undefined && values.includes(value);
    case 'NotIn':
      return value === undefined || !values.includes(value);
    default:
      return false;
  }
}

function missing(counted: readonly string[], object: AnyObject): string | undefined {
  const { spec } = object as unknown as Pod;
  const wanted = mustBeGiven.filter((name) => counted.includes(name)).sort();
  const containers = [...(spec?.containers ?? []), ...(spec?.initContainers ?? [])];
  const gaps = wanted.flatMap((name) => {
    const without = containers.filter(({ resources }) => computeUsageOf(resources)[name] === undefined);
    return without.length > 0
      ? [
          `${name} for: ${without
            .map((container) => container.name)
            .sort()
            .join(',')}`,
        ]
      : [];
  });
  return gaps.length > 0 ? `must specify ${gaps.join('; ')}` : undefined;
}

function computeUsageOf(
  resources: { requests?: Record<string, QuantityLike>; limits?: Record<string, QuantityLike> } = {},
) {
  return computeUsage(amounts(resources.requests), amounts(resources.limits));
}
