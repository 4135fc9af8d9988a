import type { ClusterRole, PolicyRule, RoleBinding } from '../../../../kube/generated/types';
import type { AnyObject } from '../../../../kube/object';
import { equalJson } from '../../../../kube/schema-engine';
import type { KindHooks, WriteRequest } from '../../../registry/context';
import { forbidden, notFound } from '../../../registry/errors';
import { mastersGroup, type User } from '../../user';
import type { Authorization } from '../authorization';
import type { RbacAuthorizer } from './authorizer';
import type { RbacPolicy } from './policy';
import { compactRules, formatRule, uncovered } from './rules';

const group = 'rbac.authorization.k8s.io';
const everything: PolicyRule[] = [
  { verbs: ['*'], apiGroups: ['*'], resources: ['*'] },
  { verbs: ['*'], nonResourceURLs: ['*'] },
];

interface Parts {
  authorization: Authorization;
  rbac: RbacAuthorizer;
  policy: RbacPolicy;
}

/** Nobody gives away what he does not have: writes of roles are refused that would add to what their writer may do. */
export function roleHooks(parts: Parts, plural: 'roles' | 'clusterroles'): KindHooks {
  const check = async (object: AnyObject, old: AnyObject | undefined, { user }: WriteRequest) => {
    const { rules = [], aggregationRule } = object as unknown as ClusterRole;
    const before = old as unknown as ClusterRole | undefined;
    const newRules = !equalJson(rules, before?.rules ?? []);
    const newAggregation = aggregationRule && !equalJson(aggregationRule, before?.aggregationRule ?? null);
    if (!newRules && !newAggregation) return undefined;
    if (await may(parts, user, 'escalate', plural, object)) return undefined;
    // What an aggregated role will hold depends on others, so that it takes everything to make one.
    refuseEscalation(parts, user, plural, object, newAggregation ? everything : rules);
    return undefined;
  };
  return {
    beforeCreate: (object, request) => check(object, undefined, request),
    beforeUpdate: (object, old, request) => check(object, old, request),
  };
}

/** The same for bindings: of a role that their writer does not hold, it takes the right to `bind` it. */
export function bindingHooks(parts: Parts, plural: 'rolebindings' | 'clusterrolebindings'): KindHooks {
  const check = async (object: AnyObject, old: AnyObject | undefined, { user }: WriteRequest) => {
    const { roleRef, subjects } = object as unknown as RoleBinding;
    const before = old as unknown as RoleBinding | undefined;
    if (before && equalJson(roleRef, before.roleRef) && equalJson(subjects ?? [], before.subjects ?? []))
      return undefined;
    if (!roleRef?.name) return undefined;
    const { namespace } = object.metadata;
    const roles = roleRef.kind === 'Role' ? 'roles' : 'clusterroles';
    const named = { metadata: { name: roleRef.name, namespace } };
    if (await may(parts, user, 'bind', roles, named)) return undefined;
    const rules = parts.policy.rulesOf(roleRef, namespace);
    if (!rules) throw notFound({ group, plural: roles }, roleRef.name);
    refuseEscalation(parts, user, plural, object, rules);
    return undefined;
  };
  return {
    beforeCreate: (object, request) => check(object, undefined, request),
    beforeUpdate: (object, old, request) => check(object, old, request),
  };
}

type Named = Pick<AnyObject, 'metadata'>;

async function may({ authorization }: Parts, user: User, verb: string, plural: string, { metadata }: Named) {
  if (user.groups.includes(mastersGroup)) return true;
  const { name, namespace } = metadata;
  const resource = { group, version: 'v1', plural, name, namespace };
  return (await authorization.decide(user, { verb, path: '', resource })).allowed;
}

/** @throws StatusError 403 with the rules that are missing */
function refuseEscalation(
  { rbac }: Parts,
  user: User,
  plural: string,
  { metadata }: Named,
  wanted: readonly PolicyRule[],
): void {
  const missing = uncovered(rbac.rulesFor(user, metadata.namespace), wanted);
  if (missing.length === 0) return;
  const groups = user.groups.map((each) => JSON.stringify(each)).join(' ');
  const why =
    `user ${JSON.stringify(user.name)} (groups=[${groups}]) is attempting to grant RBAC permissions not currently held:\n` +
    compactRules(missing).map(formatRule).join('\n');
  throw forbidden({ group, plural }, metadata.name ?? '', why);
}
