import type { AnyObject, KubeObject, ObjectKey } from '../../kube/object';
import type { Resource } from '../../kube/resource';
import { StatusError } from '../../kube/status-error';

/**
 * What a plug-in may ask about the rest of the cluster. Answers come at once; `missing` is known not to be there.
 * `unknown` is what a caller without a cluster says, and a plug-in then lets the write pass, since the server decides
 * later. What is answered is shared and
 * must not be changed.
 */
export interface AdmissionLookups {
  get<T extends KubeObject>(resource: Resource<T>, key: ObjectKey): T | 'missing' | 'unknown';
  /** All objects of a namespace, or of a cluster-scoped resource. */
  list<T extends KubeObject>(resource: Resource<T>, namespace?: string): readonly T[] | 'unknown';
}

/** Lookups without a cluster. */
export const offline: AdmissionLookups = {
  get: () => 'unknown',
  list: () => 'unknown',
};

/** One write, as plug-ins see it. */
export interface AdmissionRequest {
  operation: 'CREATE' | 'UPDATE' | 'DELETE';
  resource: Resource;
  subresource?: string;
  namespace?: string;
  name: string;
  /** The object as it will be stored. Not given for DELETE. What is posted to `binding` and `eviction` is their own. */
  object?: AnyObject;
  /** The object as it is stored, whichever path the update comes by. Not given for CREATE. */
  oldObject?: AnyObject;
  user?: { name: string; groups: string[] };
  lookups: AdmissionLookups;
  /** For the client, in a `Warning` header. */
  warn(text: string): void;
  /** For the audit record of the request: `pod-security.kubernetes.io/audit-violations`. */
  annotate(key: string, value: string): void;
}

/**
 * One rule about writes. Pure: it knows only the request and its lookups, so that a plan admits as the server does.
 * A write passes the `mutate` of every plug-in, then the kind's own strategy and rules, then the `validate` of every
 * plug-in: by then the object is what will be stored.
 */
export interface AdmissionPlugin {
  /** As Kubernetes names it (`--enable-admission-plugins`). */
  name: string;
  /** Changes the object in place. @throws StatusError to refuse the write */
  mutate?(request: AdmissionRequest): void;
  /** Changes nothing. @throws StatusError to refuse the write */
  validate?(request: AdmissionRequest): void;
}

/** 403: `pods "web" is forbidden: <why>`. */
export function refuse(request: AdmissionRequest, why: string, causes?: NonNullable<StatusError['details']>['causes']) {
  const { group, plural } = request.resource;
  const qualified = group ? `${plural}.${group}` : plural;
  const name = nameOf(request);
  return new StatusError('Forbidden', `${qualified} ${JSON.stringify(name)} is forbidden: ${why}`, {
    ...(name ? { name } : {}),
    ...(group ? { group } : {}),
    kind: plural,
    ...(causes ? { causes } : {}),
  });
}

/** An object whose name is still to be generated is called by what it will begin with. */
function nameOf({ name, object }: AdmissionRequest): string {
  return name || object?.metadata.name || object?.metadata.generateName || '';
}

/** Whether the request writes an object of the resource itself, not one of its subresources. */
export function writes(request: AdmissionRequest, resource: Pick<Resource, 'group' | 'plural'>): boolean {
  return isOf(request, resource) && !request.subresource;
}

/** Whether the request concerns an object of the resource, by whichever path. */
export function isOf(request: AdmissionRequest, { group, plural }: Pick<Resource, 'group' | 'plural'>): boolean {
  return request.resource.group === group && request.resource.plural === plural;
}
