import type { ObjectMeta, PodSpec } from '../../../../kube/generated/types';
import { type AnyContainer, visitContainers } from '../../../../kube/pod-containers';

/** What a check looks at: a pod, or the template of one. */
export interface PodLike {
  metadata: Pick<ObjectMeta, 'annotations'>;
  spec: PodSpec;
}

/** Why a pod is not allowed: in a word or two, and in detail. */
export interface Violation {
  reason: string;
  detail: string;
}

/** One rule of a level, as it is since a version. Each version replaces the one before. */
export interface Check {
  /** As Kubernetes names it; its checks are told of in the order of their names, the baseline's first. */
  id: string;
  level: 'baseline' | 'restricted';
  versions: Array<{
    /** Minor version of Kubernetes 1 in which this form came. */
    since: number;
    /** Ids of checks of the baseline that this one stands for at the restricted level. */
    replaces?: string[];
    check(pod: PodLike): Violation | undefined;
  }>;
}

export function quoted(items: Iterable<string>): string {
  return [...items].map((item) => `"${item}"`).join(', ');
}

export function sorted(items: Iterable<string>): string[] {
  return [...new Set(items)].sort();
}

export function plural(count: number, one: string, many = `${one}s`): string {
  return count === 1 ? one : many;
}

/** `container "a"`, `containers "a", "b"`. */
export function containersText(names: readonly string[]): string {
  return `${plural(names.length, 'container')} ${quoted(names)}`;
}

/** The names of all containers for which `bad` holds, in their order. */
export function namesOf({ spec }: PodLike, bad: (container: AnyContainer) => boolean): string[] {
  return [...visitContainers(spec)]
    .filter(({ container }) => bad(container))
    .map(({ container }) => container.name ?? '');
}

/** Who sets what must not be set: `pod and containers "a", "b"`; undefined where nobody does. */
export function settersText(pod: boolean, containers: readonly string[]): string | undefined {
  const setters = [...(pod ? ['pod'] : []), ...(containers.length > 0 ? [containersText(containers)] : [])];
  return setters.length > 0 ? setters.join(' and ') : undefined;
}

/** The pod's own user namespace: what root may do there, it may do there only. */
export function hasUserNamespace({ spec }: PodLike): boolean {
  return spec.hostUsers === false;
}

export function isWindows({ spec }: PodLike): boolean {
  return spec.os?.name === 'windows';
}
