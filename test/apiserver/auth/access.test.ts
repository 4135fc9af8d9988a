import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { Agent, request } from 'node:https';
import { createCa } from '../../../runtime/pki/ca';
import { readCertificate } from '../../../runtime/pki/certificate';
import { issueKeyPair } from '../../../runtime/pki/issue';
import { createKeyAndRequest } from '../../../runtime/pki/request';
import { bind, cms, configMap, type Identity, pod, podsPath, TestServer } from '../harness';

let server: TestServer;
let n1: Identity;
beforeAll(async () => {
  server = await TestServer.start();
  n1 = await server.node('n1');
});
afterAll(() => server.stop());

const nodeObject = (name: string, meta: object = {}) => ({
  apiVersion: 'v1',
  kind: 'Node',
  metadata: { name, ...meta },
});

describe('authentication', () => {
  it('knows nobody without a certificate', async () => {
    const answer = await server.get(cms, { as: 'nobody' });
    expect(answer.status).toBe(401);
    expect(answer.json).toMatchObject({ kind: 'Status', status: 'Failure', reason: 'Unauthorized', code: 401 });
    const stranger = await server.get(cms, { as: await server.identity('jane', []) });
    expect(stranger.status).toBe(403);
    expect(stranger.json.message).toBe(
      'configmaps is forbidden: User "jane" cannot list resource "configmaps" in API group "" in the namespace "default"',
    );
    expect((await server.get('/version', { as: 'nobody' })).json.gitVersion).toMatch(/^v1\.36\.\d+\+/);
    expect((await server.get('/livez', { as: 'nobody' })).text).toBe('ok');
  });

  it('refuses certificates of another CA, expired ones, and tokens', async () => {
    const now = Date.now();
    const grant = {
      commonName: 'admin',
      organizations: ['system:masters'],
      usages: ['client' as const],
      validSeconds: 3600,
    };
    const foreign = await issueKeyPair(await createCa(now), grant, now);
    expect((await server.get(cms, { as: foreign })).status).toBe(401);
    const expired = await issueKeyPair(server.ca, { ...grant, validSeconds: 60 }, now - 3600_000);
    expect((await server.get(cms, { as: expired })).status).toBe(401);
    expect((await server.get(cms, { as: 'nobody', headers: { authorization: 'Bearer abc' } })).status).toBe(401);
  });

  it('ends with the certificate, though the connection lasts', async () => {
    const other = await TestServer.start();
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    const call = async () => {
      const options = { host: '127.0.0.1', port: other.port, path: cms, agent, ...other.tls({}) };
      const [response] = (await once(request(options).end(), 'response')) as [IncomingMessage];
      response.resume();
      await once(response, 'end');
      return response.statusCode;
    };
    expect(await call()).toBe(200);
    await other.clock.advance(3_601_000);
    expect(await call()).toBe(401);
    agent.destroy();
    await other.stop();
  });

  it('is the same over HTTP/2', async () => {
    expect((await server.get(cms, { http2: true })).status).toBe(200);
    expect((await server.get(cms, { http2: true, as: 'nobody' })).status).toBe(401);
    expect((await server.get('/api/v1/nodes', { http2: true, as: n1 })).status).toBe(200);
  });
});

describe('a node', () => {
  it('makes and describes itself, and no other', async () => {
    expect((await server.post('/api/v1/nodes', nodeObject('n2'), { as: n1 })).status).toBe(403);
    expect((await server.post('/api/v1/nodes', nodeObject('n1', { labels: { zone: 'a' } }), { as: n1 })).status).toBe(
      201,
    );
    const status = await server.patch('/api/v1/nodes/n1/status', 'merge', { status: { phase: 'Running' } }, { as: n1 });
    expect(status.status).toBe(200);
    expect((await server.patch('/api/v1/nodes/n2/status', 'merge', {}, { as: n1 })).status).toBe(403);
  });

  it.each([
    ['taints', { spec: { taints: [] } }],
    ['owners', { metadata: { ownerReferences: [{ apiVersion: 'v1', kind: 'Pod', name: 'x', uid: 'y' }] } }],
    ['a reserved label', { metadata: { labels: { 'node-restriction.kubernetes.io/x': '1' } } }],
    ['a role', { metadata: { labels: { 'node-role.kubernetes.io/control-plane': '' } } }],
  ])('may not change its %s', async (_what, patch) => {
    await server.post('/api/v1/nodes', nodeObject('n1'));
    await server.patch('/api/v1/nodes/n1', 'merge', { spec: { taints: [{ key: 'k', effect: 'NoSchedule' }] } });
    const path = '/api/v1/nodes/n1';
    const own = await server.patch(path, 'merge', patch, { as: n1 });
    expect(own.status).toBe(403);
    expect(own.json.message).toContain('node "n1" is not allowed to modify');
    const through = await server.patch(`${path}/status`, 'merge', patch, { as: n1 });
    const after = (await server.get(path)).json;
    expect([200, 403]).toContain(through.status);
    expect(after.spec.taints).toHaveLength(1);
    expect(after.metadata.ownerReferences).toBeUndefined();
    expect(Object.keys(after.metadata.labels ?? {}).filter((l) => /restriction|role/.test(l))).toEqual([]);
  });

  it('may change labels that describe it', async () => {
    const labels = { 'kubernetes.io/hostname': 'n1', 'topology.kubernetes.io/zone': 'z', 'example.com/x': 'y' };
    expect((await server.patch('/api/v1/nodes/n1', 'merge', { metadata: { labels } }, { as: n1 })).status).toBe(200);
  });

  it('reads what its pods refer to, reports on them and ends them', async () => {
    const secret = { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'db' }, stringData: { password: 'x' } };
    await server.post('/api/v1/namespaces/default/secrets', secret);
    const path = '/api/v1/namespaces/default/secrets/db';
    expect((await server.get(path, { as: n1 })).json.message).toContain("no relationship found between node 'n1'");
    await server.post(podsPath, pod('uses', { volumes: [{ name: 'v', secret: { secretName: 'db' } }] }));
    expect((await server.get(path, { as: n1 })).status).toBe(403);
    await bind(server, 'uses', 'n1');
    expect((await server.get(path, { as: n1 })).status).toBe(200);
    const watch = await server.watch('/api/v1/namespaces/default/secrets?watch=1&fieldSelector=metadata.name%3Ddb', {
      as: n1,
    });
    expect((await watch.next()).object.metadata.name).toBe('db');
    watch.close();

    const status = { status: { phase: 'Running' }, metadata: { labels: { a: 'b' } } };
    const relabel = await server.patch(`${podsPath}/uses/status`, 'merge', status, { as: n1 });
    expect(relabel.json.message).toContain('cannot update labels through pod status');
    const report = await server.patch(`${podsPath}/uses/status`, 'merge', { status: { phase: 'Running' } }, { as: n1 });
    expect(report.json.status.phase).toBe('Running');
    const n2 = await server.node('n2');
    expect((await server.patch(`${podsPath}/uses/status`, 'merge', {}, { as: n2 })).status).toBe(403);
    expect((await server.delete(`${podsPath}/uses`, { gracePeriodSeconds: 0 }, { as: n2 })).status).toBe(403);
    expect((await server.delete(`${podsPath}/uses`, { gracePeriodSeconds: 0 }, { as: n1 })).status).toBe(200);
    expect((await server.get(path, { as: n1 })).status).toBe(403);
  });

  it('keeps its own lease', async () => {
    const path = '/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases';
    const lease = (name: string) => ({ metadata: { name }, spec: { holderIdentity: name, leaseDurationSeconds: 5 } });
    expect((await server.post(path, lease('n2'), { as: n1 })).status).toBe(403);
    expect((await server.post(path, lease('n1'), { as: n1 })).status).toBe(201);
    expect((await server.patch(`${path}/n1`, 'merge', { spec: { leaseDurationSeconds: 6 } }, { as: n1 })).status).toBe(
      200,
    );
  });

  it('is noticed when it connects and when its last connection ends', async () => {
    const told: string[] = [];
    const ended = new Promise<void>((resolve) => {
      server.server.onNodeConnection((node, state) => {
        if (node === 'n9') told.push(state);
        if (node === 'n9' && state === 'closed') resolve();
      });
    });
    const n9 = await server.node('n9');
    const watch = await server.watch('/api/v1/nodes?watch=1', { as: n9 });
    await server.get('/api/v1/nodes', { as: n9 });
    expect(told).toEqual(['open']);
    expect(server.server.isNodeConnected('n9')).toBe(true);
    watch.close();
    await ended;
    expect(told).toEqual(['open', 'closed']);
  });
});

describe('joining', () => {
  const secretPath = '/api/v1/namespaces/kube-system/secrets';
  const token = 'Bearer abc123.0123456789abcdef';

  async function makeToken(nodeName: string, change: Record<string, string> = {}) {
    await server.delete(`${secretPath}/bootstrap-token-abc123`);
    const answer = await server.post(secretPath, {
      apiVersion: 'v1',
      kind: 'Secret',
      type: 'bootstrap.kubernetes.io/token',
      metadata: { name: 'bootstrap-token-abc123', annotations: { 'orlop.dev/node-name': nodeName } },
      stringData: {
        'token-id': 'abc123',
        'token-secret': '0123456789abcdef',
        'usage-bootstrap-authentication': 'true',
        ...change,
      },
    });
    expect(answer.status).toBe(201);
  }

  async function requests(nodeName: string) {
    const ask = {
      commonName: 'admin',
      organizations: ['system:masters'],
      dnsNames: ['kubernetes'],
      ipAddresses: ['10.0.0.9'],
    };
    const [client, serving] = await Promise.all([createKeyAndRequest(ask), createKeyAndRequest(ask)]);
    return { key: client.key, body: { nodeName, clientRequest: client.request, servingRequest: serving.request } };
  }

  const join = (body: unknown, authorization?: string, as: Identity | 'nobody' = 'nobody') =>
    server.post('/join', body, { as, headers: authorization ? { authorization } : {} });

  it('with a token gives a node its own certificates, whatever it asked for, once', async () => {
    await makeToken('joined');
    const { key, body } = await requests('joined');
    const answer = await join(body, token);
    expect(answer.status).toBe(200);
    expect(answer.json.ca).toBe(server.ca.cert);
    expect((await server.get('/ca', { as: 'nobody' })).text).toBe(server.ca.cert);
    expect(readCertificate(answer.json.clientCertificate)).toMatchObject({
      commonName: 'system:node:joined',
      organizations: ['system:nodes'],
      dnsNames: [],
    });
    expect(readCertificate(answer.json.servingCertificate)).toMatchObject({
      dnsNames: ['joined'],
      ipAddresses: ['127.0.0.1'],
    });
    expect((await join(body, token)).status).toBe(401);
    const as = { key, cert: answer.json.clientCertificate };
    expect((await server.get('/api/v1/nodes', { as })).status).toBe(200);
    const renewal = await join(body, undefined, as);
    expect(renewal.status).toBe(200);
    expect((await join({ ...body, nodeName: 'other' }, undefined, as)).status).toBe(403);
  });

  it('is refused without a right token, for another name, too late, or as the server', async () => {
    const { body } = await requests('node-a');
    expect((await join(body)).status).toBe(401);
    expect((await join(body, token)).status).toBe(401);
    await makeToken('node-a');
    expect((await join(body, 'Bearer abc123.0123456789abcdee')).status).toBe(401);
    expect((await join({ ...body, nodeName: 'node-b' }, token)).status).toBe(403);
    expect((await join({ ...body, clientRequest: 'x' }, token)).status).toBe(400);
    await makeToken('node-a', { expiration: new Date(server.clock.now() - 1000).toISOString() });
    expect((await join(body, token)).status).toBe(401);
    await makeToken('node-a', { 'usage-bootstrap-authentication': 'false' });
    expect((await join(body, token)).status).toBe(401);
    await makeToken('kubernetes');
    expect((await join({ ...body, nodeName: 'kubernetes' }, token)).status).toBe(403);
    await makeToken('node-a');
    expect((await join(body, token)).status).toBe(200);
  });

  it('of many with one token lets one in', async () => {
    await makeToken('raced');
    const { body } = await requests('raced');
    const answers = await Promise.all(Array.from({ length: 5 }, () => join(body, token)));
    expect(answers.map((a) => a.status).sort()).toEqual([200, 401, 401, 401, 401]);
  });
});

describe('requests out of form', () => {
  it.each([
    '/api/v1/namespaces/default/configmaps/..%2f..%2fsecrets',
    '/api/v1//namespaces',
    '/api/v1/namespaces/%2e%2e/secrets',
    '/api/v1/namespaces/a%5cb/secrets',
    '/api/%zz',
  ])('%s is refused', async (path) => expect((await server.get(path)).status).toBe(400));

  it('bodies too large, too deep, of no kind or reaching for prototypes are refused', async () => {
    expect((await server.post(cms, configMap('big', { a: 'x'.repeat(3 * 1024 * 1024) }))).status).toBe(413);
    expect((await server.post(cms, '['.repeat(100_000))).status).toBe(400);
    expect(
      (await server.post(cms, `{"metadata":{"name":"deep"},"data":${'{"a":'.repeat(300)}1${'}'.repeat(300)}}`)).status,
    ).toBe(400);
    expect((await server.post(cms, '{"metadata":{"name":"p","__proto__":{"x":1}}}')).status).toBe(400);
    expect((await server.post(cms, '[]')).status).toBe(400);
    expect((await server.post(cms, 'a', { type: 'text/plain' })).status).toBe(415);
    expect((await server.post(cms, 'a: &a [*a]', { type: 'application/yaml' })).status).toBe(400);
    expect((await server.post(cms, { kind: 'Secret', apiVersion: 'v1', metadata: { name: 'x' } })).status).toBe(400);
  });

  it('what is not served is not found, or not allowed', async () => {
    expect((await server.get('/apis/example.com/v1/things')).status).toBe(404);
    expect((await server.get('/apis/apps/v1beta1/deployments')).status).toBe(404);
    expect((await server.get(`${podsPath}/x/portforward`)).status).toBe(404);
    expect((await server.put('/api/v1/nodes', {})).status).toBe(405);
    expect((await server.post('/api/v1/configmaps', configMap('x'))).status).toBe(405);
  });
});
