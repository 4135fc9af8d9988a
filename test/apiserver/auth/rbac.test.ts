import { RbacAuthorizer } from '../../../runtime/apiserver/auth/authz/rbac/authorizer';
import { desiredBinding, desiredRole } from '../../../runtime/apiserver/auth/authz/rbac/defaults/reconcile';
import { RbacPolicy } from '../../../runtime/apiserver/auth/authz/rbac/policy';
import { ruleAllows, uncovered } from '../../../runtime/apiserver/auth/authz/rbac/rules';
import { parseRequest } from '../../../runtime/apiserver/http/request-info';
import type { ClusterRole, ClusterRoleBinding, PolicyRule } from '../../../runtime/kube/generated/types';

const rule = (verbs: string[], groups: string[], resources: string[], resourceNames?: string[]): PolicyRule => ({
  verbs,
  apiGroups: groups,
  resources,
  ...(resourceNames ? { resourceNames } : {}),
});

describe('a rule', () => {
  const pods = '/api/v1/namespaces/ns/pods';
  it.each<[string, PolicyRule, string, boolean]>([
    ['its verb', rule(['get'], [''], ['pods']), `GET ${pods}/p`, true],
    ['no other verb', rule(['get'], [''], ['pods']), `GET ${pods}`, false],
    ['every verb by *', rule(['*'], [''], ['pods']), `DELETE ${pods}`, true],
    ['no other group', rule(['get'], ['apps'], ['pods']), `GET ${pods}/p`, false],
    ['every group by *', rule(['get'], ['*'], ['pods']), `GET ${pods}/p`, true],
    ['no subresource by its resource', rule(['get'], [''], ['pods']), `GET ${pods}/p/log`, false],
    ['a subresource by name', rule(['get'], [''], ['pods/log']), `GET ${pods}/p/log`, true],
    ['a subresource of every resource', rule(['get'], [''], ['*/log']), `GET ${pods}/p/log`, true],
    ['subresources by *', rule(['get'], [''], ['*']), `GET ${pods}/p/log`, true],
    ['a named object', rule(['get'], [''], ['pods'], ['p']), `GET ${pods}/p`, true],
    ['no other object', rule(['get'], [''], ['pods'], ['p']), `GET ${pods}/q`, false],
    ['no list by a name', rule(['list'], [''], ['pods'], ['p']), `GET ${pods}`, false],
    ['a list of one name', rule(['list'], [''], ['pods'], ['p']), `GET ${pods}?fieldSelector=metadata.name%3Dp`, true],
    ['exec by create alone', rule(['get'], [''], ['pods/exec']), `GET ${pods}/p/exec`, false],
    ['exec by create', rule(['create'], [''], ['pods/exec']), `GET ${pods}/p/exec?command=ls`, true],
    ['attach by create', rule(['create'], [''], ['pods/attach']), `GET ${pods}/p/attach`, true],
    ['portforward by create', rule(['create'], [''], ['pods/portforward']), `POST ${pods}/p/portforward`, true],
    ['a path', { verbs: ['get'], nonResourceURLs: ['/metrics'] }, 'GET /metrics', true],
    ['no path below', { verbs: ['get'], nonResourceURLs: ['/metrics'] }, 'GET /metrics/slis', false],
    ['what begins as a path with *', { verbs: ['get'], nonResourceURLs: ['/metrics/*'] }, 'GET /metrics/slis', true],
    ['no resource by a path', { verbs: ['*'], nonResourceURLs: ['*'] }, `GET ${pods}`, false],
    ['no path by a resource', rule(['*'], ['*'], ['*']), 'GET /metrics', false],
  ])('allows %s', (_what, given, request, allowed) => {
    const [method = '', path = ''] = request.split(' ');
    expect(ruleAllows(given, parseRequest(method, path))).toBe(allowed);
  });

  it.each<[PolicyRule[], PolicyRule, number]>([
    [[rule(['get', 'list'], [''], ['pods', 'secrets'])], rule(['get'], [''], ['pods']), 0],
    [[rule(['get'], [''], ['pods'])], rule(['get', 'list'], [''], ['pods']), 1],
    [[rule(['get'], [''], ['pods']), rule(['list'], [''], ['pods'])], rule(['get', 'list'], [''], ['pods']), 0],
    [[rule(['*'], ['*'], ['*'])], rule(['*'], ['apps'], ['deployments/scale']), 0],
    [[rule(['get'], [''], ['*/scale'])], rule(['get'], [''], ['pods/scale']), 0],
    [[rule(['get'], [''], ['pods'], ['a'])], rule(['get'], [''], ['pods'], ['a', 'b']), 1],
    [[rule(['get'], [''], ['pods'], ['a'])], rule(['get'], [''], ['pods']), 1],
    [[rule(['get'], [''], ['pods'])], rule(['get'], [''], ['pods'], ['a']), 0],
    [[rule(['get'], [''], ['pods'])], rule(['*'], [''], ['pods']), 1],
    [[{ verbs: ['get'], nonResourceURLs: ['/a/*'] }], { verbs: ['get'], nonResourceURLs: ['/a/b', '/c'] }, 1],
  ])('that is owned covers what is wanted (%#)', (owned, wanted, missing) => {
    expect(uncovered(owned, [wanted])).toHaveLength(missing);
  });
});

describe('bindings', () => {
  const may = (policy: RbacPolicy, user: string, groups: string[], request: string) => {
    const [method = '', path = ''] = request.split(' ');
    return new RbacAuthorizer(policy).authorize({ name: user, groups }, parseRequest(method, path));
  };
  const policy = new RbacPolicy();
  policy.putRole({ metadata: { name: 'reader' }, rules: [rule(['get'], [''], ['pods'])] });
  policy.putRole({ metadata: { name: 'writer', namespace: 'ns' }, rules: [rule(['update'], [''], ['pods'])] });
  const clusterRole = { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'reader' };
  policy.putBinding({ metadata: { name: 'all' }, roleRef: clusterRole, subjects: [{ kind: 'Group', name: 'staff' }] });
  policy.putBinding({
    metadata: { name: 'some', namespace: 'ns' },
    roleRef: clusterRole,
    subjects: [{ kind: 'ServiceAccount', name: 'bot' }],
  });
  const writer = {
    metadata: { name: 'w', namespace: 'ns' },
    roleRef: { ...clusterRole, kind: 'Role', name: 'writer' },
    subjects: [{ kind: 'User', name: 'jane' }],
  };
  policy.putBinding(writer);

  it('hold in the whole cluster, or in their namespace alone', () => {
    expect(may(policy, 'x', ['staff'], 'GET /api/v1/namespaces/any/pods/p')).toEqual({
      allowed: true,
      reason: 'RBAC: allowed by ClusterRoleBinding "all" of ClusterRole "reader" to Group "staff"',
    });
    const bot = 'system:serviceaccount:ns:bot';
    expect(may(policy, bot, [], 'GET /api/v1/namespaces/ns/pods/p')).toEqual({
      allowed: true,
      reason: 'RBAC: allowed by RoleBinding "some/ns" of ClusterRole "reader" to ServiceAccount "bot/ns"',
    });
    expect(may(policy, bot, [], 'GET /api/v1/namespaces/other/pods/p').allowed).toBe(false);
    expect(may(policy, 'system:serviceaccount:other:bot', [], 'GET /api/v1/namespaces/ns/pods/p').allowed).toBe(false);
    expect(may(policy, 'jane', [], 'PUT /api/v1/namespaces/ns/pods/p').allowed).toBe(true);
    expect(may(policy, 'jane', [], 'GET /api/v1/namespaces/ns/pods/p').allowed).toBe(false);
  });

  it('that change or go take with them what they gave', () => {
    policy.putBinding({ ...writer, subjects: [{ kind: 'User', name: 'joe' }] });
    expect(may(policy, 'jane', [], 'PUT /api/v1/namespaces/ns/pods/p').allowed).toBe(false);
    expect(may(policy, 'joe', [], 'PUT /api/v1/namespaces/ns/pods/p').allowed).toBe(true);
    policy.removeRole({ metadata: { name: 'writer', namespace: 'ns' } });
    expect(may(policy, 'joe', [], 'PUT /api/v1/namespaces/ns/pods/p').allowed).toBe(false);
    policy.putRole({ metadata: { name: 'writer', namespace: 'ns' }, rules: [rule(['update'], [''], ['pods'])] });
    policy.removeBinding(writer);
    expect(may(policy, 'joe', [], 'PUT /api/v1/namespaces/ns/pods/p').allowed).toBe(false);
  });
});

describe('default roles', () => {
  const wanted = { name: 'r', rules: [rule(['get', 'list'], [''], ['pods'])] };
  const made = desiredRole(wanted, undefined) as ClusterRole;

  it('are made, and left alone as long as they have what they should', () => {
    expect(made.metadata).toMatchObject({
      name: 'r',
      labels: { 'kubernetes.io/bootstrapping': 'rbac-defaults' },
      annotations: { 'rbac.authorization.kubernetes.io/autoupdate': 'true' },
    });
    expect(desiredRole(wanted, made)).toBeUndefined();
  });

  it('get back what they lost and keep what somebody added', () => {
    const added = rule(['watch'], [''], ['secrets']);
    const changed = { ...made, rules: [rule(['get'], [''], ['pods']), added] };
    expect(desiredRole(wanted, changed)?.rules).toEqual([...changed.rules, rule(['list'], [''], ['pods'])]);
    const off = { 'rbac.authorization.kubernetes.io/autoupdate': 'false' };
    expect(desiredRole(wanted, { ...changed, metadata: { ...made.metadata, annotations: off } })).toBeUndefined();
  });

  it('are bound again to who lost them; a binding to another role is replaced', () => {
    const binding = { name: 'b', role: 'r', subjects: [{ kind: 'Group', name: 'g' }] };
    const put = desiredBinding(binding, undefined).put as ClusterRoleBinding;
    expect(desiredBinding(binding, put)).toEqual({});
    const other = { ...put, subjects: [{ kind: 'User', name: 'u' }] };
    expect(desiredBinding(binding, other).put?.subjects).toEqual([...other.subjects, ...binding.subjects]);
    const elsewhere = { ...put, roleRef: { ...put.roleRef, name: 'x' } };
    expect(desiredBinding(binding, elsewhere)).toMatchObject({ remove: true, put: { roleRef: { name: 'r' } } });
  });
});
