import type { Level, Policy, Stage } from '../../config/audit-policy';

type Rule = Policy['rules'][number];

/** What a policy looks at. */
export interface Attributes {
  user: string;
  groups: readonly string[];
  verb: string;
  /** Of a request that is about no resource. */
  path: string;
  resource?: { group: string; plural: string; namespace?: string; name?: string; subresource?: string };
}

/** How a request is recorded. */
export interface Recording {
  level: Level;
  omitStages: readonly Stage[];
  omitManagedFields: boolean;
}

const nothing: Recording = { level: 'None', omitStages: [], omitManagedFields: false };

/** What the policy says of a request. */
export function recordingOf(policy: Policy, request: Attributes): Recording {
  const found = policy.rules.find((each) => matches(each, request));
  if (!found || found.level === 'None') return nothing;
  return {
    level: found.level,
    omitStages: [...(policy.omitStages ?? []), ...(found.omitStages ?? [])],
    omitManagedFields: found.omitManagedFields ?? policy.omitManagedFields ?? false,
  };
}

function matches(each: Rule, request: Attributes): boolean {
  if (each.users?.length && !each.users.includes(request.user)) return false;
  if (each.userGroups?.length && !each.userGroups.some((group) => request.groups.includes(group))) return false;
  if (each.verbs?.length && !each.verbs.includes(request.verb)) return false;
  if (each.namespaces?.length || each.resources?.length) return matchesResource(each, request);
  if (each.nonResourceURLs?.length) return !request.resource && each.nonResourceURLs.some(covers(request.path));
  return true;
}

const covers = (path: string) => (url: string) =>
  url.endsWith('*') ? path.startsWith(url.slice(0, -1)) : path === url;

function matchesResource({ namespaces, resources }: Rule, { resource }: Attributes): boolean {
  if (!resource) return false;
  if (namespaces?.length && !namespaces.includes(resource.namespace ?? '')) return false;
  if (!resources?.length) return true;
  return resources.some(({ group, resources: names, resourceNames }) => {
    if (group !== resource.group) return false;
    if (!names?.length) return true;
    if (resourceNames?.length && !resourceNames.includes(resource.name ?? '')) return false;
    return names.some((name) => namesResource(name, resource.plural, resource.subresource));
  });
}

function namesResource(name: string, plural: string, subresource: string | undefined): boolean {
  if (name === '*') return true;
  if (subresource === undefined) return name === plural;
  return name === `${plural}/${subresource}` || name === `${plural}/*` || name === `*/${subresource}`;
}
