import { configMap, type Identity, type Json, TestServer } from '../harness';

/**
 * What is authorized must be what is done: a request that reads as one thing to the authorizer and as another to the
 * registry gives away what nobody granted. etcd's CVE-2026-73499 (a range normalized after its check), CVE-2022-3162.
 */
let server: TestServer;
let jane: Identity;
const rbac = '/apis/rbac.authorization.k8s.io/v1/namespaces/default';
const cms = '/api/v1/namespaces/default/configmaps';

beforeEach(async () => {
  server = await TestServer.start();
  jane = await server.identity('jane', []);
  for (const name of ['mine', 'theirs']) await server.post(cms, configMap(name, { secret: name }));
});
afterEach(() => server.stop());

async function grant(verbs: string[], resourceNames?: string[], resources = ['configmaps']): Promise<void> {
  const role = { metadata: { name: 'r' }, rules: [{ verbs, apiGroups: [''], resources, resourceNames }] };
  const subjects = [{ kind: 'User', name: 'jane', apiGroup: 'rbac.authorization.k8s.io' }];
  const roleRef = { kind: 'Role', name: 'r', apiGroup: 'rbac.authorization.k8s.io' };
  expect((await server.post(`${rbac}/roles`, role)).status).toBe(201);
  expect((await server.post(`${rbac}/rolebindings`, { metadata: { name: 'r' }, subjects, roleRef })).status).toBe(201);
}

const ends = 'timeoutSeconds=1';

it.each([
  'watch=true',
  'watch=1',
  'watch=True',
  'watch=t',
  'watch=0&watch=1',
  'watch=1&watch=0',
  'WATCH=true',
  'watch',
  'watch=',
])('who may list may not watch, by ?%s', async (query) => {
  await grant(['list']);
  const { status, json } = await server.get(`${cms}?${query}&${ends}`, { as: jane });
  // Either refused, or read as the list that it is.
  if (status === 200) expect(json.kind).toBe('ConfigMapList');
  else expect([400, 403]).toContain(status);
});

it.each(['', 'watch=0', 'watch=false', 'watch=no', 'watch=1&watch=0'])(
  'who may watch may not list, by ?%s',
  async (query) => {
    await grant(['watch']);
    const watching = server.get(`${cms}?${query}&${ends}`, { as: jane });
    let over = false;
    void watching.finally(() => (over = true));
    // A watch is what was granted; its time must pass for it to end.
    while (!over) await server.clock.advance(1000);
    const { status, json } = await watching;
    if (status === 200) expect(json?.kind).not.toBe('ConfigMapList');
    else expect([400, 403]).toContain(status);
  },
);

it.each([
  'fieldSelector=metadata.name=mine',
  'fieldSelector=metadata.name=mine&fieldSelector=metadata.name=theirs',
  'fieldSelector=metadata.name=theirs&fieldSelector=metadata.name=mine',
  'fieldSelector=metadata.name=mine&fieldSelector=',
  'fieldSelector=&fieldSelector=metadata.name=mine',
  'fieldSelector=metadata.name!=mine',
  'fieldSelector=metadata.name=mine,metadata.name=theirs',
  'fieldSelector=metadata.name==mine',
  'fieldSelector=metadata.name%3Dmine%00',
  'fieldSelector=+metadata.name=mine',
])('who may list one object by its name gets no other, by ?%s', async (query) => {
  await grant(['list'], ['mine']);
  const { status, json } = await server.get(`${cms}?${query}`, { as: jane });
  if (status === 200)
    expect(json.items.map(({ metadata }: Json) => metadata.name).filter((name: string) => name !== 'mine')).toEqual([]);
  else expect([400, 403]).toContain(status);
});

it('who may delete one object by its name deletes no other', async () => {
  await grant(['deletecollection'], ['mine']);
  for (const query of ['', 'fieldSelector=metadata.name=mine', 'fieldSelector=metadata.name!=mine'])
    await server.delete(`${cms}?${query}`, undefined, { as: jane });
  expect((await server.get(`${cms}/theirs`)).status).toBe(200);
});

it('a header does not make one method another', async () => {
  await grant(['get']);
  for (const name of ['x-http-method-override', 'x-http-method', 'x-method-override'])
    await server.get(`${cms}/mine`, { as: jane, headers: { [name]: 'DELETE' } });
  expect((await server.get(`${cms}/mine`)).status).toBe(200);
  expect((await server.call('HEAD', `${cms}/theirs`, { as: jane })).status).toBe(200);
  expect((await server.call('HEAD', cms, { as: jane })).status).toBe(403);
});

it.each([
  ['who writes an object', 'status', ['update', 'patch']],
  ['who writes an object', 'scale', ['update', 'patch']],
])('%s may not for that write its %s', async (_who, subresource, verbs) => {
  const role = {
    metadata: { name: 'd' },
    rules: [{ verbs: [...verbs, 'get'], apiGroups: ['apps'], resources: ['deployments'] }],
  };
  await server.post(`${rbac}/roles`, role);
  const subjects = [{ kind: 'User', name: 'jane', apiGroup: 'rbac.authorization.k8s.io' }];
  const roleRef = { kind: 'Role', name: 'd', apiGroup: 'rbac.authorization.k8s.io' };
  await server.post(`${rbac}/rolebindings`, { metadata: { name: 'd' }, subjects, roleRef });
  const path = `/apis/apps/v1/namespaces/default/deployments/x/${subresource}`;
  expect((await server.patch(path, 'merge', {}, { as: jane })).status).toBe(403);
  expect((await server.get(path, { as: jane })).status).toBe(403);
});
