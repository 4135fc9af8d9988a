import type { ServiceAccount } from '../../kube/generated/types';
import type { AnyObject } from '../../kube/object';
import type { Resource } from '../../kube/resource';
import { StatusError } from '../../kube/status-error';

/**
 * What a plug-in may ask about the rest of the cluster. Answers come at once and may be stale; `unknown` is what a
 * caller without a cluster says, and a plug-in then lets the write pass, since the server decides later.
 */
export interface AdmissionLookups {
  namespace(name: string): 'active' | 'terminating' | 'missing' | 'unknown';
  serviceAccount(namespace: string, name: string): ServiceAccount | 'missing' | 'unknown';
}

/** Lookups without a cluster. */
export const offline: AdmissionLookups = { namespace: () => 'unknown', serviceAccount: () => 'unknown' };

/** One write, as plug-ins see it. */
export interface AdmissionRequest {
  operation: 'CREATE' | 'UPDATE' | 'DELETE';
  resource: Resource;
  subresource?: string;
  namespace?: string;
  name: string;
  /** The object as it will be stored; plug-ins change it in place. Not given for DELETE. */
  object?: AnyObject;
  /** The object as it is stored. Not given for CREATE. */
  oldObject?: AnyObject;
  user?: { name: string; groups: string[] };
  lookups: AdmissionLookups;
}

/** One rule about writes. Pure: it knows only the request and its lookups. */
export interface AdmissionPlugin {
  /** As Kubernetes names it (`--enable-admission-plugins`). */
  name: string;
  /** Changes the object in place. @throws StatusError to refuse the write */
  admit(request: AdmissionRequest): void;
}

/** 403: `pods "web" is forbidden: <why>`. */
export function refuse(request: AdmissionRequest, why: string, causes?: NonNullable<StatusError['details']>['causes']) {
  const { group, plural } = request.resource;
  const qualified = group ? `${plural}.${group}` : plural;
  return new StatusError('Forbidden', `${qualified} ${JSON.stringify(request.name)} is forbidden: ${why}`, {
    name: request.name,
    ...(group ? { group } : {}),
    kind: plural,
    ...(causes ? { causes } : {}),
  });
}

/** Whether the request writes a pod itself, not one of its subresources. */
export function writesPod({ resource, subresource }: AdmissionRequest): boolean {
  return resource.group === '' && resource.plural === 'pods' && !subresource;
}
