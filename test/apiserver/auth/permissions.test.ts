import { type Identity, type Json, pod, podsPath, TestServer } from '../harness';

const rbac = '/apis/rbac.authorization.k8s.io/v1';
const reviews = '/apis/authorization.k8s.io/v1';
let server: TestServer;
let jane: Identity;
beforeAll(async () => {
  server = await TestServer.start();
  jane = await server.identity('jane', ['devs']);
});
afterAll(() => server.stop());

const role = (name: string, ...rules: object[]) => ({ metadata: { name }, rules });
const podReader = { verbs: ['get', 'list'], apiGroups: [''], resources: ['pods'] };
const binding = (name: string, kind: string, to: string, subject: object) => ({
  metadata: { name },
  roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind, name: to },
  subjects: [subject],
});
const user = (name: string) => ({ kind: 'User', name, apiGroup: 'rbac.authorization.k8s.io' });

describe('roles', () => {
  it('let their subjects do what they say, from the moment on that they are bound', async () => {
    expect((await server.get(podsPath, { as: jane })).status).toBe(403);
    const roles = `${rbac}/namespaces/default/roles`;
    const bindings = `${rbac}/namespaces/default/rolebindings`;
    expect((await server.post(roles, role('pod-reader', podReader))).status).toBe(201);
    expect((await server.post(bindings, binding('read', 'Role', 'pod-reader', user('jane')))).status).toBe(201);
    expect((await server.get(podsPath, { as: jane })).status).toBe(200);
    expect((await server.get('/api/v1/pods', { as: jane })).status).toBe(403);
    expect((await server.post(podsPath, pod('x'), { as: jane })).status).toBe(403);
    await server.delete(`${bindings}/read`);
    expect((await server.get(podsPath, { as: jane })).status).toBe(403);
  });

  it('cannot be used to get more: writing and binding take what is given away, or the right to', async () => {
    const roles = `${rbac}/clusterroles`;
    const bindings = `${rbac}/clusterrolebindings`;
    const all = {
      verbs: ['*'],
      apiGroups: ['rbac.authorization.k8s.io'],
      resources: ['clusterroles', 'clusterrolebindings'],
    };
    await server.post(roles, role('role-editor', { ...all, verbs: ['create', 'update', 'patch'] }, podReader));
    await server.post(bindings, binding('jane-edits', 'ClusterRole', 'role-editor', user('jane')));
    const secrets = { verbs: ['get'], apiGroups: [''], resources: ['secrets'] };

    expect((await server.post(roles, role('mine', podReader), { as: jane })).status).toBe(201);
    const more = await server.post(roles, role('more', podReader, secrets), { as: jane });
    expect(more.status).toBe(403);
    expect(more.json.message).toBe(
      'clusterroles.rbac.authorization.k8s.io "more" is forbidden: user "jane" (groups=["devs" "system:authenticated"]) is attempting to grant RBAC permissions not currently held:\n' +
        '{APIGroups:[""], Resources:["secrets"], Verbs:["get"]}',
    );
    const patch = { rules: [podReader, secrets] };
    expect((await server.patch(`${roles}/mine`, 'merge', patch, { as: jane })).status).toBe(403);
    const aggregated = {
      metadata: { name: 'agg' },
      aggregationRule: { clusterRoleSelectors: [{ matchLabels: { a: 'b' } }] },
    };
    expect((await server.post(roles, aggregated, { as: jane })).status).toBe(403);
    expect(
      (await server.post(bindings, binding('up', 'ClusterRole', 'cluster-admin', user('jane')), { as: jane })).status,
    ).toBe(403);
    expect((await server.post(bindings, binding('ok', 'ClusterRole', 'mine', user('joe')), { as: jane })).status).toBe(
      201,
    );
    expect((await server.post(bindings, binding('no', 'ClusterRole', 'none', user('joe')), { as: jane })).status).toBe(
      404,
    );

    await server.post(roles, role('escalator', { ...all, verbs: ['escalate', 'bind'] }));
    await server.post(bindings, binding('jane-escalates', 'ClusterRole', 'escalator', user('jane')));
    expect((await server.post(roles, role('more', podReader, secrets), { as: jane })).status).toBe(201);
    expect(
      (await server.post(bindings, binding('bind', 'ClusterRole', 'view', user('joe')), { as: jane })).status,
    ).toBe(201);
    await server.delete(`${bindings}/jane-escalates`);
    await server.delete(`${bindings}/jane-edits`);
  });

  it('of the start are there again after a restart, with what was taken from them', async () => {
    await server.patch(`${rbac}/clusterroles/system:basic-user`, 'merge', { rules: [] });
    await server.delete(`${rbac}/clusterrolebindings/system:discovery`);
    const again = await TestServer.start({ store: server.store });
    expect((await again.get(`${rbac}/clusterroles/system:basic-user`)).json.rules).toHaveLength(3);
    expect((await again.get(`${rbac}/clusterrolebindings/system:discovery`)).status).toBe(200);
    const before = (await again.get(`${rbac}/clusterroles`)).json.metadata.resourceVersion;
    await again.server.close();
    const third = await TestServer.start({ store: server.store });
    expect((await third.get(`${rbac}/clusterroles`)).json.metadata.resourceVersion).toBe(before);
    await third.server.close();
  });
});

describe('reviews', () => {
  const ask = async (path: string, spec: object, as?: Identity): Promise<Json> =>
    (await server.post(path, { spec }, as ? { as } : {})).json.status;
  const resourceAttributes = { verb: 'list', resource: 'pods', namespace: 'default' };

  it('say whether somebody may do something, and by what', async () => {
    const { reason, allowed } = await ask(`${reviews}/subjectaccessreviews`, {
      user: 'root',
      groups: ['system:masters'],
      resourceAttributes,
    });
    expect([allowed, reason]).toEqual([true, undefined]);
    expect(await ask(`${reviews}/subjectaccessreviews`, { user: 'nobody-known', resourceAttributes })).toEqual({
      allowed: false,
    });
    const nonResourceAttributes = { verb: 'get', path: '/apis' };
    expect(
      await ask(`${reviews}/subjectaccessreviews`, {
        user: 'u',
        groups: ['system:authenticated'],
        nonResourceAttributes,
      }),
    ).toEqual({
      allowed: true,
      reason:
        'RBAC: allowed by ClusterRoleBinding "system:discovery" of ClusterRole "system:discovery" to Group "system:authenticated"',
    });
    expect(await ask(`${reviews}/selfsubjectaccessreviews`, { resourceAttributes }, jane)).toEqual({ allowed: false });
    const local = `${reviews}/namespaces/default/localsubjectaccessreviews`;
    expect(await ask(local, { user: 'u', groups: ['system:masters'], resourceAttributes })).toEqual({ allowed: true });
  });

  it('list what one may', async () => {
    const status = await ask(`${reviews}/selfsubjectrulesreviews`, { namespace: 'default' }, jane);
    expect(status.incomplete).toBe(false);
    expect(status.resourceRules).toContainEqual({
      verbs: ['create'],
      apiGroups: ['authentication.k8s.io'],
      resources: ['selfsubjectreviews'],
    });
    expect(status.nonResourceRules.some((rule: Json) => rule.nonResourceURLs.includes('/apis/*'))).toBe(true);
  });

  it.each([
    [
      'subjectaccessreviews',
      { user: 'u' },
      'exactly one of nonResourceAttributes or resourceAttributes must be specified',
    ],
    ['subjectaccessreviews', { resourceAttributes }, 'at least one of user or group must be specified'],
    [
      'namespaces/kube-system/localsubjectaccessreviews',
      { user: 'u', resourceAttributes },
      'must match metadata.namespace',
    ],
  ])('%s of %j is refused', async (path, spec, message) => {
    const answer = await server.post(`${reviews}/${path}`, { spec });
    expect([answer.status, answer.json.message]).toEqual([422, expect.stringContaining(message)]);
  });

  it('are never stored, and can only be created', async () => {
    expect((await server.get(`${reviews}/subjectaccessreviews`)).status).toBe(405);
    const { resources } = (await server.get(reviews)).json;
    expect(resources.map(({ name, verbs }: Json) => [name, verbs.join()])).toEqual([
      ['localsubjectaccessreviews', 'create'],
      ['selfsubjectaccessreviews', 'create'],
      ['selfsubjectrulesreviews', 'create'],
      ['subjectaccessreviews', 'create'],
    ]);
  });
});

describe('impersonation', () => {
  const whoami = async (headers: Record<string, string>, as?: Identity) => {
    const answer = await server.post(
      '/apis/authentication.k8s.io/v1/selfsubjectreviews',
      {},
      { headers, ...(as ? { as } : {}) },
    );
    return answer.json.status?.userInfo ?? answer.json;
  };

  it('lets an administrator act as anybody', async () => {
    const headers = {
      'impersonate-user': 'joe',
      'impersonate-group': 'devs',
      'impersonate-uid': '7',
      'impersonate-extra-example.com%2fteam': 'red',
    };
    expect(await whoami(headers)).toEqual({
      username: 'joe',
      uid: '7',
      groups: ['devs', 'system:authenticated'],
      extra: { 'example.com/team': ['red'] },
    });
    expect((await server.get(podsPath, { headers: { 'impersonate-user': 'zoe' } })).status).toBe(403);
    expect((await whoami({ 'impersonate-user': 'system:serviceaccount:ns:a' })).groups).toEqual([
      'system:serviceaccounts',
      'system:serviceaccounts:ns',
      'system:authenticated',
    ]);
  });

  it('takes the right to impersonate, for each thing asked for', async () => {
    expect((await whoami({ 'impersonate-user': 'joe' }, jane)).message).toBe(
      'users "joe" is forbidden: User "jane" cannot impersonate resource "users" in API group "" at the cluster scope',
    );
    await server.post(
      `${rbac}/clusterroles`,
      role('be-joe', { verbs: ['impersonate'], apiGroups: [''], resources: ['users'], resourceNames: ['joe'] }),
    );
    await server.post(`${rbac}/clusterrolebindings`, binding('be-joe', 'ClusterRole', 'be-joe', user('jane')));
    expect((await whoami({ 'impersonate-user': 'joe' }, jane)).username).toBe('joe');
    const masters = { 'impersonate-user': 'joe', 'impersonate-group': 'system:masters' };
    expect((await whoami(masters, jane)).code).toBe(403);
    expect((await whoami({ 'impersonate-user': 'joe', 'impersonate-uid': '1' }, jane)).code).toBe(403);
    expect((await whoami({ 'impersonate-user': 'joe', 'impersonate-extra-a': '1' }, jane)).code).toBe(403);
    expect((await whoami({ 'impersonate-group': 'devs' }, jane)).code).toBe(400);
  });
});
