import { invalid, notSupported, required } from '../../../field-errors';
import type { ObjectFieldSelector, ResourceFieldSelector } from '../../../generated/types';
import type { FieldError } from '../../../kind';
import { checkQualifiedName } from '../../../names';
import { formatQuantity, tryParseQuantity } from '../../../quantity';
import { checked } from '../../shared/limits';

/** Fields of a pod that an environment variable may take. */
export const envFieldPaths = [
  'metadata.name',
  'metadata.namespace',
  'metadata.uid',
  'spec.nodeName',
  'spec.serviceAccountName',
  'status.hostIP',
  'status.hostIPs',
  'status.podIP',
  'status.podIPs',
];

/** Fields of a pod that a downward API file may hold. */
export const volumeFieldPaths = [
  'metadata.annotations',
  'metadata.labels',
  'metadata.name',
  'metadata.namespace',
  'metadata.uid',
];

const resources = [
  'limits.cpu',
  'limits.ephemeral-storage',
  'limits.memory',
  'requests.cpu',
  'requests.ephemeral-storage',
  'requests.memory',
];

const cpuDivisors = ['1m', '1'];
const byteDivisors = ['1', '1k', '1M', '1G', '1T', '1P', '1E', '1Ki', '1Mi', '1Gi', '1Ti', '1Pi', '1Ei'];

/** `metadata.labels['key']` taken apart; undefined for a plain path. */
export function subscript(fieldPath: string): { path: string; key: string } | undefined {
  const match = /^([^[]*)\['(.*)'\]$/s.exec(fieldPath);
  return match ? { path: match[1] as string, key: match[2] as string } : undefined;
}

export function checkFieldRef(ref: ObjectFieldSelector, supported: readonly string[], field: string): FieldError[] {
  if (!ref.apiVersion) return [required(`${field}.apiVersion`)];
  if (!ref.fieldPath) return [required(`${field}.fieldPath`)];
  if (ref.apiVersion !== 'v1') {
    return [
      invalid(`${field}.fieldPath`, ref.fieldPath, `no kind "Pod" is registered for version "${ref.apiVersion}"`),
    ];
  }
  const keyed = subscript(ref.fieldPath);
  if (keyed && (keyed.path === 'metadata.labels' || keyed.path === 'metadata.annotations')) {
    const key = keyed.path === 'metadata.labels' ? keyed.key : keyed.key.toLowerCase();
    return checked(field, keyed.key, checkQualifiedName(key));
  }
  if (keyed) return [invalid(`${field}.fieldPath`, keyed.path, 'does not support subscript')];
  return supported.includes(ref.fieldPath) ? [] : [notSupported(`${field}.fieldPath`, ref.fieldPath, supported)];
}

export function checkResourceFieldRef(ref: ResourceFieldSelector, field: string): FieldError[] {
  if (!ref.resource) return [required(`${field}.resource`)];
  if (!resources.includes(ref.resource)) return [notSupported(`${field}.resource`, ref.resource, resources)];
  return checkDivisor(ref.resource, ref.divisor ?? '0', `${field}.divisor`);
}

/** As in Kubernetes, the canonical form of a divisor counts, and a wrong one is told by its resource. */
function checkDivisor(resource: string, text: string | number, field: string): FieldError[] {
  const divisor = tryParseQuantity(text);
  if (!divisor || divisor.nano === 0n) return [];
  const [divisors, what] = resource.endsWith('.cpu')
    ? [cpuDivisors, 'cpu']
    : [byteDivisors, resource.endsWith('.memory') ? 'memory' : 'local ephemeral storage'];
  if (divisors.includes(formatQuantity(divisor))) return [];
  const allowed = divisors === cpuDivisors ? cpuDivisors.join(' and ') : byteDivisors.join(', ');
  return [invalid(field, resource, `only divisor's values ${allowed} are supported with the ${what} resource`)];
}
