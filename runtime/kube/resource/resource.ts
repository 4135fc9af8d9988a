import type { AnyObject, KubeObject } from '../object';

/** Where a kind is served: what a client needs to build a path and type the answer. */
export interface Resource<T extends KubeObject = AnyObject> {
  group: string;
  version: string;
  kind: string;
  plural: string;
  namespaced: boolean;
  /** Carries T for the compiler; never set. */
  readonly _type?: T;
}

/** The resource of a built-in kind: `resource<Pod>('v1', 'Pod', 'pods')`. */
export function resource<T extends KubeObject>(
  apiVersion: string,
  kind: string,
  plural: string,
  namespaced = true,
): Resource<T> {
  const [group, version] = apiVersion.includes('/') ? apiVersion.split('/') : ['', apiVersion];
  return { group: group as string, version: version as string, kind, plural, namespaced };
}

/** `v1` or `group/version`. */
export function apiVersionOf(resource: Pick<Resource, 'group' | 'version'>): string {
  return resource.group ? `${resource.group}/${resource.version}` : resource.version;
}
