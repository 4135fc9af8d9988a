/** Who makes a request. */
export interface User {
  name: string;
  uid?: string;
  groups: string[];
  /** What the authenticator knows beside, such as the pod that a token is bound to. */
  extra?: Record<string, string[]>;
}

export const mastersGroup = 'system:masters';
export const nodesGroup = 'system:nodes';
export const authenticatedGroup = 'system:authenticated';
export const unauthenticatedGroup = 'system:unauthenticated';
export const serviceAccountsGroup = 'system:serviceaccounts';
export const bootstrappersGroup = 'system:bootstrappers';
const nodePrefix = 'system:node:';
const serviceAccountPrefix = 'system:serviceaccount:';

/** Nobody in particular: no certificate, no token. */
export const anonymous: User = { name: 'system:anonymous', groups: [unauthenticatedGroup] };

/** The server's own scheduler and controllers, through the in-process client. */
export const internalUser: User = { name: 'system:internal', groups: [mastersGroup, authenticatedGroup] };

/** The user a verified client certificate stands for: its common name and organizations. */
export function userOfCertificate(subject: { CN?: string | string[]; O?: string | string[] }): User | undefined {
  const name = [subject.CN ?? []].flat()[0];
  if (!name) return undefined;
  return { name, groups: [...[subject.O ?? []].flat(), authenticatedGroup] };
}

/** The node a user is, if it is one: named `system:node:<name>` and in `system:nodes`. */
export function nodeNameOf(user: User): string | undefined {
  if (!user.name.startsWith(nodePrefix) || !user.groups.includes(nodesGroup)) return undefined;
  return user.name.slice(nodePrefix.length) || undefined;
}

export function nodeUserName(nodeName: string): string {
  return nodePrefix + nodeName;
}

/** `system:serviceaccount:<namespace>:<name>`. */
export function serviceAccountUserName(namespace: string, name: string): string {
  return `${serviceAccountPrefix}${namespace}:${name}`;
}

/** The groups of every service account of a namespace. */
export function serviceAccountGroups(namespace: string): string[] {
  return [serviceAccountsGroup, `${serviceAccountsGroup}:${namespace}`];
}

/** Namespace and name of the service account that a user name stands for, if it is one. */
export function serviceAccountOf(userName: string): { namespace: string; name: string } | undefined {
  const parts = userName.startsWith(serviceAccountPrefix)
    ? userName.slice(serviceAccountPrefix.length).split(':')
    : undefined;
  const [namespace, name] = parts ?? [];
  return parts?.length === 2 && namespace && name ? { namespace, name } : undefined;
}
