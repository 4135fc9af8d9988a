import type { Resource } from '../../kube/resource';

/**
 * What is served now and can be listed, watched and deleted: each resource once, in one version. Custom resources come
 * and go while controllers run.
 */
export interface ServedResources {
  list(): readonly Resource[];
  /** Calls `listener` after each change. Returns what ends the telling. */
  onChange(listener: () => void): () => void;
  /** Where objects of a resource say how many of something they want; undefined of one that has no scale. */
  replicasPath(resource: Resource): string | undefined;
}

/** Resources that never change. */
export function fixedResources(resources: readonly Resource[]): ServedResources {
  return { list: () => resources, onChange: () => () => {}, replicasPath: () => undefined };
}

/** Events are too many to be kept in memory, and nobody owns them. */
export function isEvents({ group, plural }: Pick<Resource, 'group' | 'plural'>): boolean {
  return plural === 'events' && (group === '' || group === 'events.k8s.io');
}
