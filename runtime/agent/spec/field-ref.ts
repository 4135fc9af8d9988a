import type { Container, ObjectFieldSelector, Pod, ResourceFieldSelector } from '../../kube/generated/types';
import { parseQuantity, type Quantity } from '../../kube/quantity';

/** What a pod's downward API can see beside the pod itself. */
export interface DownwardContext {
  podIp?: string;
  hostIp: string;
  nodeName: string;
  allocatable: Record<string, string | number>;
}

/** The value of a `fieldRef`. @throws RangeError when the field is none of those that can be asked for. */
export function fieldValue(selector: ObjectFieldSelector, pod: Pod, context: DownwardContext): string {
  const { fieldPath } = selector;
  const { metadata, spec } = pod;
  const keyed = /^metadata\.(labels|annotations)\['(.+)'\]$/.exec(fieldPath);
  if (keyed) return metadata[keyed[1] as 'labels' | 'annotations']?.[keyed[2] as string] ?? '';
  const values: Record<string, () => string> = {
    'metadata.name': () => metadata.name ?? '',
    'metadata.namespace': () => metadata.namespace ?? '',
    'metadata.uid': () => metadata.uid ?? '',
    'metadata.labels': () => formatMap(metadata.labels),
    'metadata.annotations': () => formatMap(metadata.annotations),
    'spec.nodeName': () => context.nodeName,
    'spec.serviceAccountName': () => spec?.serviceAccountName ?? '',
    'status.hostIP': () => context.hostIp,
    'status.hostIPs': () => context.hostIp,
    'status.podIP': () => context.podIp ?? '',
    'status.podIPs': () => context.podIp ?? '',
  };
  const value = values[fieldPath];
  if (!value) throw new RangeError(`unsupported fieldPath: ${fieldPath}`);
  return value();
}

/** The value of a `resourceFieldRef`: a whole number of divisors, rounded up. What is not limited is what the node has. */
export function resourceValue(
  selector: ResourceFieldSelector,
  container: Container,
  allocatable: Record<string, string | number>,
): string {
  const match = /^(limits|requests)\.(.+)$/.exec(selector.resource);
  if (!match) throw new RangeError(`unsupported container resource: ${selector.resource}`);
  const [, list, name] = match as unknown as [string, 'limits' | 'requests', string];
  const own =
    container.resources?.[list]?.[name] ?? (list === 'requests' ? container.resources?.limits?.[name] : undefined);
  const amount = parseQuantity(own ?? (list === 'limits' ? (allocatable[name] ?? 0) : 0));
  return String(divide(amount, parseQuantity(divisorOf(selector))));
}

function divisorOf(selector: ResourceFieldSelector): string | number {
  return selector.divisor && String(selector.divisor) !== '0' ? selector.divisor : '1';
}

function divide(amount: Quantity, divisor: Quantity): bigint {
  return (amount.nano + divisor.nano - 1n) / divisor.nano;
}

/** `key="value"` lines, sorted, as the downward API writes maps. */
function formatMap(map: Record<string, string> | undefined): string {
  return Object.entries(map ?? {})
    .sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))
    .map(([key, value]) => `${key}=${JSON.stringify(value)}`)
    .join('\n');
}
