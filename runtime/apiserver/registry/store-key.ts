import type { Kind } from '../../kube/kind';
import type { Resource } from '../../kube/resource';

/** Every object's key begins with this. */
export const objectsPrefix = '/registry/';

/** Where the objects of a resource stand in the store: `/registry/apps/deployments/`. */
export function resourcePrefix(resource: Pick<Resource, 'group' | 'plural'>): string {
  return `${objectsPrefix}${resource.group || 'core'}/${resource.plural}/`;
}

/** The key of one object. Names are validated before they come here; none contains a slash. */
export function objectKey(
  resource: Pick<Resource, 'group' | 'plural' | 'namespaced'>,
  namespace: string | undefined,
  name: string,
): string {
  return resource.namespaced
    ? `${resourcePrefix(resource)}${namespace ?? ''}/${name}`
    : `${resourcePrefix(resource)}${name}`;
}

export function listPrefix(
  resource: Pick<Resource, 'group' | 'plural' | 'namespaced'>,
  namespace: string | undefined,
): string {
  return resource.namespaced && namespace ? `${resourcePrefix(resource)}${namespace}/` : resourcePrefix(resource);
}

type Stored = Pick<Kind, 'resource' | 'storage'>;

/** Where a kind's objects stand, which versions of one kind share. */
export function kindPrefix({ resource, storage }: Stored): string {
  return resourcePrefix(storage?.resource ?? resource);
}

/** The key of one object of a kind. */
export function kindKey({ resource, storage }: Stored, namespace: string | undefined, name: string): string {
  return objectKey(storage?.resource ?? resource, namespace, name);
}

/** The prefix of a list of a kind: one namespace's objects, or all. */
export function kindListPrefix({ resource, storage }: Stored, namespace: string | undefined): string {
  return listPrefix(storage?.resource ?? resource, namespace);
}

/** `/registry/apps/deployments/` of any key under it; undefined for a key that is no object's. */
export function resourcePrefixOf(key: string): string | undefined {
  if (!key.startsWith(objectsPrefix)) return undefined;
  const group = key.indexOf('/', objectsPrefix.length);
  const plural = group < 0 ? -1 : key.indexOf('/', group + 1);
  return plural < 0 ? undefined : key.slice(0, plural + 1);
}
