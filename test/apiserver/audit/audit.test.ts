import { type Policy, PolicySchema } from '../../../runtime/config/audit-policy';
import type { TokenRequest } from '../../../runtime/kube/generated/types';
import { secrets, serviceAccounts } from '../../../runtime/kube/resource';
import { cms, configMap, type Json, pod, podsPath, TestServer } from '../harness';

let server: TestServer;
let lines: string[] = [];

async function start(rules?: unknown[], more: object = {}): Promise<void> {
  const policy: Policy | undefined =
    rules && PolicySchema.parse({ apiVersion: 'audit.k8s.io/v1', kind: 'Policy', rules, ...more });
  server = await TestServer.start({ audit: { sink: { write: (line) => lines.push(line) }, policy } });
  lines = [];
}

afterEach(() => server.stop());

/** The events so far, once there are `count`: the last is written when a connection has closed. */
async function events(count: number): Promise<Json[]> {
  while (lines.length < count) await new Promise((resolve) => setImmediate(resolve));
  return lines.map((line) => JSON.parse(line));
}

const secret = (name: string) => ({
  apiVersion: 'v1',
  kind: 'Secret',
  metadata: { name },
  stringData: { password: 'canary-5f3759df' },
});
const secretsPath = '/api/v1/namespaces/default/secrets';

it('a request is one complete record', async () => {
  await start();
  const answer = await server.post(cms, configMap('a'), { headers: { 'user-agent': 'test/1' } });
  expect(await events(1)).toEqual([
    {
      kind: 'Event',
      apiVersion: 'audit.k8s.io/v1',
      level: 'Metadata',
      auditID: answer.headers['audit-id'],
      stage: 'ResponseComplete',
      requestURI: cms,
      verb: 'create',
      user: {
        username: 'admin',
        groups: ['system:masters', 'system:authenticated'],
        extra: { 'authentication.kubernetes.io/credential-id': [expect.stringMatching(/^X509SHA256=[0-9a-f]{64}$/)] },
      },
      sourceIPs: ['127.0.0.1'],
      userAgent: 'test/1',
      objectRef: {
        resource: 'configmaps',
        namespace: 'default',
        name: 'a',
        apiVersion: 'v1',
        uid: answer.json.metadata.uid,
      },
      responseStatus: { metadata: {}, code: 201 },
      requestReceivedTimestamp: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/),
      stageTimestamp: expect.stringMatching(/\.\d{6}Z$/),
      annotations: { 'authorization.k8s.io/decision': 'allow', 'authorization.k8s.io/reason': '' },
    },
  ]);
});

it('a client that gives its request an id finds it by that', async () => {
  await start();
  const answer = await server.get(cms, { headers: { 'audit-id': 'mine-1', 'x-forwarded-for': '192.0.2.7, nonsense' } });
  expect(answer.headers['audit-id']).toBe('mine-1');
  expect(await events(1)).toMatchObject([{ auditID: 'mine-1', sourceIPs: ['192.0.2.7', '127.0.0.1'] }]);
});

it('what was made under a generated name is found by it', async () => {
  await start();
  const { json } = await server.post(cms, { ...configMap(''), metadata: { generateName: 'gen-' } });
  expect(await events(1)).toMatchObject([{ objectRef: { name: json.metadata.name, uid: json.metadata.uid } }]);
});

describe('what fails is recorded too', () => {
  it.each<[string, () => Promise<unknown>, object]>([
    [
      'what is not there',
      () => server.get(`${cms}/none`),
      { verb: 'get', responseStatus: { status: 'Failure', reason: 'NotFound', code: 404 } },
    ],
    [
      'what is forbidden',
      async () => server.get(cms, { as: await server.identity('bob', []) }),
      {
        user: { username: 'bob' },
        responseStatus: { reason: 'Forbidden', code: 403 },
        annotations: { 'authorization.k8s.io/decision': 'forbid' },
      },
    ],
    [
      'who cannot be authenticated',
      () => server.get(cms, { as: 'nobody', headers: { authorization: 'Bearer nonsense' } }),
      { user: {}, responseStatus: { reason: 'Unauthorized', code: 401 }, objectRef: { resource: 'configmaps' } },
    ],
    [
      'a path that cannot be read',
      () => server.get('/api/v1/%2e%2e/pods'),
      { verb: 'get', requestURI: '/api/v1/%2e%2e/pods', responseStatus: { reason: 'BadRequest', code: 400 } },
    ],
    [
      'a body that cannot be read',
      () => server.post(podsPath, '{'),
      { verb: 'create', objectRef: { resource: 'pods' }, responseStatus: { reason: 'BadRequest', code: 400 } },
    ],
    [
      'an exec without an upgrade',
      () => server.get(`${podsPath}/p/exec?command=id`),
      { verb: 'create', objectRef: { subresource: 'exec' }, responseStatus: { code: 400 } },
    ],
  ])('%s', async (_name, act, expected) => {
    await start();
    await act();
    expect(await events(1)).toMatchObject([expected]);
  });
});

it('a watch is recorded when it begins and when it ends', async () => {
  await start();
  const watch = await server.watch(`${cms}?watch=true`);
  expect(await events(1)).toMatchObject([{ stage: 'ResponseStarted', verb: 'watch', responseStatus: { code: 200 } }]);
  watch.close();
  expect(await events(2)).toMatchObject([{}, { stage: 'ResponseComplete', verb: 'watch' }]);
  expect(new Set((await events(2)).map(({ auditID }) => auditID)).size).toBe(1);
});

it('a policy can have a record made before the request is looked into', async () => {
  await start([{ level: 'Metadata' }]);
  await server.get(cms);
  expect(await events(2)).toMatchObject([{ stage: 'RequestReceived' }, { stage: 'ResponseComplete' }]);
});

it('bodies are written at the levels that ask for them', async () => {
  await start(
    [
      { level: 'Request', verbs: ['create'] },
      { level: 'RequestResponse', verbs: ['patch'], omitManagedFields: true },
      { level: 'Metadata' },
    ],
    { omitStages: ['RequestReceived'] },
  );
  await server.post(podsPath, pod('p'));
  await server.patch(`${podsPath}/p`, 'merge', { metadata: { labels: { a: 'b' } } });
  await server.get(`${podsPath}/p`);
  const [create, patch, get] = await events(3);
  expect(create.requestObject).toEqual(pod('p'));
  expect(create).not.toHaveProperty('responseObject');
  expect(patch.requestObject).toEqual({ metadata: { labels: { a: 'b' } } });
  expect(patch.responseObject).toMatchObject({ kind: 'Pod', metadata: { name: 'p', labels: { a: 'b' } } });
  expect(patch.responseObject.metadata).not.toHaveProperty('managedFields');
  expect(get).not.toHaveProperty('requestObject');
  expect(get).not.toHaveProperty('responseObject');
});

it('a record that would be too large goes without its bodies, and says so', async () => {
  await start([{ level: 'RequestResponse', omitStages: ['RequestReceived'] }]);
  await server.post(podsPath, pod('p', {}, { annotations: { a: 'x'.repeat(120_000) } }));
  const [event] = await events(1);
  expect(event.annotations).toMatchObject({ 'audit.k8s.io/truncated': 'true' });
  expect(event).not.toHaveProperty('requestObject');
  expect(event).not.toHaveProperty('responseObject');
});

it('no body that holds secrets is ever written, whatever the policy says', async () => {
  await start([{ level: 'RequestResponse' }]);
  await server.post(secretsPath, secret('a'));
  await server.put(`${secretsPath}/a`, secret('a'));
  await server.patch(`${secretsPath}/a`, 'strategic', { stringData: { more: 'canary-5f3759df' } });
  await server.patch(`${secretsPath}/a?fieldManager=m&force=true`, 'apply', secret('a'));
  await server.get(`${secretsPath}/a`);
  await server.get(secretsPath);
  // What is wrong with a body is told in words that quote it.
  await server.post(secretsPath, { ...secret('b'), data: 'canary-5f3759df' });
  await server.post(secretsPath, { ...secret('b'), type: { 'canary-5f3759df': 1 } });
  await server.post(secretsPath, { ...secret('b'), data: { a: 'canary-5f3759df' } });
  await server.post(secretsPath, '{"a": canary-5f3759df}');
  await server.post(cms, configMap('c', { password: 'canary-5f3759df' }));
  await server.client.create(secrets, { ...secret('d'), metadata: { name: 'd', namespace: 'default' } } as never);
  await server.delete(`${secretsPath}/a`);
  const request: TokenRequest = { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', metadata: {} };
  const account = { namespace: 'default', name: 'default' };
  const sent = await server.post('/api/v1/namespaces/default/serviceaccounts/default/token', request);
  const own = await server.client.createSubresource(serviceAccounts, account, 'token', request);
  const all = await events(30);
  expect(all.map(({ level }) => level)).toEqual(Array(30).fill('Metadata'));
  expect(lines.join('')).not.toMatch(/canary|Y2FuYXJ5/);
  for (const { status } of [sent.json, own as TokenRequest]) expect(lines.join('')).not.toContain(status?.token);
});

it('what the server does itself is recorded as what others do', async () => {
  await start();
  await server.client.create({ ...secrets, plural: 'secrets' }, {
    ...secret('a'),
    metadata: { name: 'a', namespace: 'default' },
  } as never);
  await server.client.list(secrets);
  await expect(server.client.delete(secrets, { namespace: 'default', name: 'b' })).rejects.toThrow('not found');
  expect(await events(2)).toMatchObject([
    {
      verb: 'create',
      user: { username: 'system:internal' },
      userAgent: 'test',
      objectRef: { resource: 'secrets', name: 'a' },
      responseStatus: { code: 201 },
    },
    { verb: 'delete', responseStatus: { reason: 'NotFound', code: 404 } },
  ]);
});
