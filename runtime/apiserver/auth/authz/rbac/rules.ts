import type { PolicyRule } from '../../../../kube/generated/types';
import type { Attributes } from '../authorizer';

/** Whether a rule allows what somebody wants to do. */
export function ruleAllows(rule: PolicyRule, { verb, path, resource }: Attributes): boolean {
  if (!includes(rule.verbs, verb)) return false;
  if (!resource) return (rule.nonResourceURLs ?? []).some((pattern) => urlMatches(pattern, path));
  const { group, plural, subresource, name = '' } = resource;
  return (
    includes(rule.apiGroups, group) &&
    resourceMatches(rule.resources ?? [], plural, subresource) &&
    (!rule.resourceNames?.length || rule.resourceNames.includes(name))
  );
}

function includes(list: readonly string[] | undefined, value: string): boolean {
  return list !== undefined && (list.includes('*') || list.includes(value));
}

/** `pods`, `pods/log`, `*\/log` (of every resource), `*`. */
function resourceMatches(resources: readonly string[], plural: string, subresource: string | undefined): boolean {
  if (resources.includes('*')) return true;
  if (!subresource) return resources.includes(plural);
  return resources.includes(`${plural}/${subresource}`) || resources.includes(`*/${subresource}`);
}

/** A pattern may end in `*`, which then stands for anything. */
function urlMatches(pattern: string, path: string): boolean {
  if (pattern === '*' || pattern === path) return true;
  return pattern.endsWith('*') && path.startsWith(pattern.slice(0, -1));
}

/** The parts of `wanted` that `owned` do not allow, each a rule of one verb, group, resource and name. */
export function uncovered(owned: readonly PolicyRule[], wanted: readonly PolicyRule[]): PolicyRule[] {
  return wanted.flatMap(atoms).filter((atom) => !owned.some((rule) => covers(rule, atom)));
}

/** A rule in its smallest parts. */
function atoms({ verbs = [], apiGroups = [], resources = [], resourceNames, nonResourceURLs = [] }: PolicyRule) {
  const out: PolicyRule[] = [];
  for (const verb of verbs) {
    for (const group of apiGroups) {
      for (const resource of resources) {
        const atom = { verbs: [verb], apiGroups: [group], resources: [resource] };
        if (!resourceNames?.length) out.push(atom);
        for (const name of resourceNames ?? []) out.push({ ...atom, resourceNames: [name] });
      }
    }
    for (const url of nonResourceURLs) out.push({ verbs: [verb], nonResourceURLs: [url] });
  }
  return out;
}

function covers(rule: PolicyRule, atom: PolicyRule): boolean {
  if (!includes(rule.verbs, only(atom.verbs))) return false;
  if (atom.nonResourceURLs) {
    const url = only(atom.nonResourceURLs);
    return (rule.nonResourceURLs ?? []).some((pattern) => urlMatches(pattern, url));
  }
  const [plural = '', subresource] = only(atom.resources).split('/');
  return (
    includes(rule.apiGroups, only(atom.apiGroups)) &&
    resourceMatches(rule.resources ?? [], plural, subresource) &&
    (!rule.resourceNames?.length || (atom.resourceNames?.every((name) => rule.resourceNames?.includes(name)) ?? false))
  );
}

function only(list: readonly string[] | undefined): string {
  return list?.[0] ?? '';
}

/** Rules of a kind put together: those of one group and resource get each other's verbs. For people to read. */
export function compactRules(rules: readonly PolicyRule[]): PolicyRule[] {
  const merged = new Map<string, PolicyRule>();
  for (const rule of rules) {
    const { verbs, ...rest } = rule;
    const key = JSON.stringify(rest);
    const known = merged.get(key);
    if (known) known.verbs = [...new Set([...known.verbs, ...verbs])];
    else merged.set(key, { ...rule, verbs: [...verbs] });
  }
  return [...merged.values()];
}

/** `{APIGroups:[""], Resources:["pods"], Verbs:["get"]}`, as messages show a rule. */
export function formatRule(rule: PolicyRule): string {
  const lists: Array<[string, readonly string[] | undefined]> = [
    ['APIGroups', rule.apiGroups],
    ['Resources', rule.resources],
    ['ResourceNames', rule.resourceNames],
    ['NonResourceURLs', rule.nonResourceURLs],
    ['Verbs', rule.verbs],
  ];
  const parts = lists
    .filter(([, list]) => list?.length)
    .map(([name, list]) => `${name}:[${list?.map(quote).join(', ')}]`);
  return `{${parts.join(', ')}}`;
}

const quote = (text: string) => JSON.stringify(text);
