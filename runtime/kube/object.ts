import type { ObjectMeta } from './generated/types';

/** Any API object: what every kind has. */
export interface KubeObject {
  apiVersion: string;
  kind: string;
  metadata: ObjectMeta;
}

/** An object whose fields are not known to the compiler: a manifest, a custom resource, a patch. */
export type AnyObject = KubeObject & Record<string, unknown>;

/** A list as the API returns it. */
export interface ObjectList<T extends KubeObject = KubeObject> {
  apiVersion: string;
  kind: string;
  metadata: { resourceVersion?: string; continue?: string; remainingItemCount?: number };
  items: T[];
}

/** Names one object of a resource. `namespace` is left out for cluster-scoped kinds. */
export interface ObjectKey {
  namespace?: string;
  name: string;
}

/** A type with every field optional to any depth; what a merge patch or an apply sends. */
export type DeepPartial<T> =
  T extends Array<infer U>
    ? Array<DeepPartial<U>>
    : T extends object
      ? { [K in keyof T]?: DeepPartial<T[K]> | null }
      : T;

/** `namespace/name`, or `name` alone for a cluster-scoped object. */
export function keyOf(object: { metadata: ObjectMeta }): string {
  const { namespace, name } = object.metadata;
  return namespace ? `${namespace}/${name}` : (name ?? '');
}
