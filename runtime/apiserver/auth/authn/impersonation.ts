import { StatusError } from '../../../kube/status-error';
import type { Request } from '../../http/exchange';
import type { ResourceInfo } from '../../http/request-info';
import {
  anonymous,
  authenticatedGroup,
  serviceAccountGroups,
  serviceAccountOf,
  type User,
  unauthenticatedGroup,
} from '../user';

/** As whom a request asks to be treated, and what its sender must be allowed to `impersonate` for that. */
export interface Impersonation {
  user: User;
  needs: ResourceInfo[];
}

const prefix = 'impersonate-';
const extraPrefix = 'impersonate-extra-';
const authentication = 'authentication.k8s.io';

/**
 * The impersonation that a request's headers ask for; undefined where there is none.
 * @throws StatusError 400 for groups, a uid or extra without a user
 */
export function impersonationOf(request: Request): Impersonation | undefined {
  const headers = impersonationHeaders(request.rawHeaders);
  if (headers.length === 0) return undefined;
  const valuesOf = (wanted: string) => headers.filter(([name]) => name === wanted).map(([, value]) => value);
  const name = valuesOf('impersonate-user')[0];
  const asked = valuesOf('impersonate-group');
  const uid = valuesOf('impersonate-uid')[0];
  const extra = extraOf(headers);
  if (!name) throw new StatusError('BadRequest', 'requested groups, uid or extra without impersonating a user');

  const account = serviceAccountOf(name);
  const needs: ResourceInfo[] = [
    account
      ? { group: '', version: 'v1', plural: 'serviceaccounts', namespace: account.namespace, name: account.name }
      : { group: '', version: 'v1', plural: 'users', name },
    ...asked.map((group) => ({ group: '', version: 'v1', plural: 'groups', name: group })),
    ...(uid ? [{ group: authentication, version: 'v1', plural: 'uids', name: uid }] : []),
    ...Object.entries(extra ?? {}).flatMap(([key, values]) =>
      values.map((value) => ({
        group: authentication,
        version: 'v1',
        plural: 'userextras',
        subresource: key,
        name: value,
      })),
    ),
  ];
  const groups = account && asked.length === 0 ? serviceAccountGroups(account.namespace) : asked;
  return {
    user: { name, ...(uid ? { uid } : {}), groups: complete(name, groups), ...(extra ? { extra } : {}) },
    needs,
  };
}

/** Everybody is known or not: one of the two groups is added where neither was asked for. */
function complete(name: string, groups: string[]): string[] {
  if (groups.includes(authenticatedGroup) || groups.includes(unauthenticatedGroup)) return groups;
  return [...groups, name === anonymous.name ? unauthenticatedGroup : authenticatedGroup];
}

/** From the raw headers, since a joined header would not tell two groups from one with a comma. */
function impersonationHeaders(raw: readonly string[]): Array<[string, string]> {
  const found: Array<[string, string]> = [];
  for (let i = 0; i + 1 < raw.length; i += 2) {
    const name = (raw[i] as string).toLowerCase();
    if (name.startsWith(prefix)) found.push([name, raw[i + 1] as string]);
  }
  return found;
}

function extraOf(headers: ReadonlyArray<[string, string]>): Record<string, string[]> | undefined {
  const extra: Record<string, string[]> = Object.create(null);
  for (const [name, value] of headers) {
    if (!name.startsWith(extraPrefix)) continue;
    const key = unescapeKey(name.slice(extraPrefix.length));
    extra[key] = [...(extra[key] ?? []), value];
  }
  return Object.keys(extra).length ? extra : undefined;
}

function unescapeKey(key: string): string {
  try {
    return decodeURIComponent(key);
  } catch {
    return key;
  }
}
