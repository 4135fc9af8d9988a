import type { ClusterRole, ClusterRoleBinding, PolicyRule } from '../../../../../kube/generated/types';
import { equalJson } from '../../../../../kube/schema-engine';
import { compactRules, uncovered } from '../rules';
import { clusterRoleRef, type DefaultBinding } from './system-roles';
import type { DefaultRole } from './user-roles';

const autoupdate = 'rbac.authorization.kubernetes.io/autoupdate';
const bootstrapping = { 'kubernetes.io/bootstrapping': 'rbac-defaults' };
const apiVersion = 'rbac.authorization.k8s.io/v1';

function metadataOf(name: string, labels: Record<string, string> = {}) {
  return { name, labels: { ...bootstrapping, ...labels }, annotations: { [autoupdate]: 'true' } };
}

/**
 * A default role as it should be now: what somebody added stays, what is missing comes back.
 * @returns undefined where it is right as it is, or said to be left alone
 */
export function desiredRole(role: DefaultRole, found: ClusterRole | undefined): ClusterRole | undefined {
  const { name, labels, aggregationRule } = role;
  const base: ClusterRole = { apiVersion, kind: 'ClusterRole', metadata: metadataOf(name, labels) };
  if (aggregationRule) base.aggregationRule = aggregationRule;
  else base.rules = role.rules;
  if (!found) return base;
  if (found.metadata.annotations?.[autoupdate] === 'false') return undefined;
  const merged: ClusterRole = { ...found, metadata: withOwn(found.metadata, base.metadata) };
  if (aggregationRule) {
    const known = found.aggregationRule?.clusterRoleSelectors ?? [];
    const missing = (aggregationRule.clusterRoleSelectors ?? []).filter(
      (each) => !known.some((one) => equalJson(one, each)),
    );
    merged.aggregationRule = { clusterRoleSelectors: [...known, ...missing] };
  } else merged.rules = withMissing(found.rules ?? [], role.rules ?? []);
  return equalJson(merged, found) ? undefined : merged;
}

/** The same for a binding. A binding to another role is replaced as a whole, since what it refers to cannot change. */
export function desiredBinding(
  { name, role, subjects }: DefaultBinding,
  found: ClusterRoleBinding | undefined,
): { put?: ClusterRoleBinding; remove?: boolean } {
  const roleRef = clusterRoleRef(role);
  const base: ClusterRoleBinding = {
    apiVersion,
    kind: 'ClusterRoleBinding',
    metadata: metadataOf(name),
    roleRef,
    subjects,
  };
  if (!found) return { put: base };
  if (found.metadata.annotations?.[autoupdate] === 'false') return {};
  if (!equalJson(found.roleRef, roleRef)) return { put: base, remove: true };
  const known = found.subjects ?? [];
  const missing = subjects.filter((each) => !known.some((one) => one.kind === each.kind && one.name === each.name));
  const merged: ClusterRoleBinding = {
    ...found,
    metadata: withOwn(found.metadata, base.metadata),
    subjects: [...known, ...missing],
  };
  return equalJson(merged, found) ? {} : { put: merged };
}

function withMissing(known: PolicyRule[], wanted: PolicyRule[]): PolicyRule[] {
  const missing = uncovered(known, wanted);
  return missing.length ? [...known, ...compactRules(missing)] : known;
}

function withOwn(found: ClusterRole['metadata'], base: ClusterRole['metadata']): ClusterRole['metadata'] {
  return {
    ...found,
    labels: { ...base.labels, ...found.labels },
    annotations: { ...base.annotations, ...found.annotations },
  };
}
