/** Who makes a request. */
export interface User {
  name: string;
  groups: string[];
}

export const mastersGroup = 'system:masters';
export const nodesGroup = 'system:nodes';
const authenticated = 'system:authenticated';
const nodePrefix = 'system:node:';

/** Nobody in particular: no certificate, no token. */
export const anonymous: User = { name: 'system:anonymous', groups: ['system:unauthenticated'] };

/** The server's own scheduler and controllers, through the in-process client. */
export const internalUser: User = { name: 'system:internal', groups: [mastersGroup, authenticated] };

/** The user a verified client certificate stands for: its common name and organizations. */
export function userOfCertificate(subject: { CN?: string | string[]; O?: string | string[] }): User | undefined {
  const name = [subject.CN ?? []].flat()[0];
  if (!name) return undefined;
  return { name, groups: [...[subject.O ?? []].flat(), authenticated] };
}

/** The node a user is, if it is one: named `system:node:<name>` and in `system:nodes`. */
export function nodeNameOf(user: User): string | undefined {
  if (!user.name.startsWith(nodePrefix) || !user.groups.includes(nodesGroup)) return undefined;
  return user.name.slice(nodePrefix.length) || undefined;
}

export function nodeUserName(nodeName: string): string {
  return nodePrefix + nodeName;
}
