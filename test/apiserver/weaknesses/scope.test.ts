import { request as httpsRequest } from 'node:https';
import { type Identity, type Json, pod, podsPath, TestServer } from '../harness';

let server: TestServer;
beforeEach(async () => {
  server = await TestServer.start();
});
afterEach(() => server.stop());

/** Requests are authorized for what they are answered as. CVE-2019-11247, CVE-2022-3162. */
describe('what a path names is what is looked at', () => {
  it.each([
    ['a cluster-wide resource under a namespace', '/api/v1/namespaces/default/nodes'],
    ['a namespaced object without its namespace', '/api/v1/pods/p'],
    ['a step up', '/api/v1/namespaces/default/../kube-system/secrets'],
    ['a step up, encoded', '/api/v1/namespaces/default/%2e%2e/kube-system/secrets'],
    ['a slash in a name', '/api/v1/namespaces/default/pods/a%2f..%2f..%2fkube-system'],
    ['a backslash', '/api/v1/namespaces/default%5c..%5ckube-system/secrets'],
    ['a zero byte', '/api/v1/namespaces/default/pods/p%00'],
    ['an empty segment', '/api/v1//namespaces/default/secrets'],
    ['another version', '/api/v2/namespaces/default/secrets'],
    ['a group in other letters', '/apis/APPS/v1/deployments'],
    ['a resource in other letters', '/api/v1/Secrets'],
  ])('%s', async (_what, path) => {
    expect([400, 404]).toContain((await raw(path)).status);
  });

  it("a node's list of its own pods cannot be stretched by a second selector", async () => {
    await server.post(podsPath, pod('p'));
    const node = await server.node('a');
    for (const query of [
      'fieldSelector=spec.nodeName=a&fieldSelector=spec.nodeName=b',
      'fieldSelector=spec.nodeName=b&fieldSelector=spec.nodeName=a',
      'fieldSelector=spec.nodeName!=a',
      'fieldSelector=',
      '',
    ]) {
      const { status, json } = await server.get(`/api/v1/pods?${query}`, { as: node });
      if (status === 200) {
        expect((json.items as Json[]).filter(({ spec }) => spec.nodeName !== 'a')).toEqual([]);
      } else expect(status).toBe(403);
    }
  });

  it('the name in a body cannot differ from the name in the path', async () => {
    await server.post(podsPath, pod('p'));
    for (const metadata of [{ name: 'q' }, { name: 'p', namespace: 'kube-system' }]) {
      const body = { ...pod('p'), metadata };
      expect((await server.put(`${podsPath}/p`, body)).status).toBe(400);
      expect((await server.patch(`${podsPath}/p`, 'merge', { metadata })).status).toBe(400);
    }
  });
});

/** A request as it is: Node.js would tidy the path. */
function raw(path: string, as: Identity = server.admin): Promise<{ status: number }> {
  return new Promise((resolve, reject) => {
    const options = { host: '127.0.0.1', port: server.port, path, agent: false, ...server.tls({ as }) };
    const request = httpsRequest(options, (response) => {
      response.resume().once('end', () => resolve({ status: response.statusCode ?? 0 }));
    });
    request.once('error', reject).end();
  });
}

/** CVE-2019-11248, CVE-2025-46599: nothing is told to those who are nobody but what they need to join. */
it.each([
  '/metrics',
  '/debug/pprof/',
  '/debug/pprof/heap',
  '/logs',
  '/configz',
  '/api',
  '/apis',
  '/openapi/v2',
  '/statusz',
  '/',
])('nobody sees %s', async (path) => {
  expect([401, 403, 404]).toContain((await server.get(path, { as: 'nobody' })).status);
});

/** CVE-2021-25737, CVE-2021-25740: a slice must not send a Service's traffic to where only the node itself may go. */
describe('endpoints lead to nothing that belongs to the node', () => {
  it.each([
    ...['127.0.0.1', '127.9.9.9', '169.254.169.254', '224.0.0.1', '0.0.0.0'],
    ...['::1', '::', 'fe80::1', 'febf::1', 'ff02::1', '::ffff:127.0.0.1'],
  ])('%s', async (address) => {
    const slice = {
      apiVersion: 'discovery.k8s.io/v1',
      kind: 'EndpointSlice',
      metadata: { generateName: 's-' },
      addressType: address.includes(':') ? 'IPv6' : 'IPv4',
      endpoints: [{ addresses: [address] }],
      ports: [{ port: 80 }],
    };
    const answer = await server.post('/apis/discovery.k8s.io/v1/namespaces/default/endpointslices', slice);
    expect(answer).toMatchObject({ status: 422, json: { reason: 'Invalid' } });
  });
});

/** What a client sends comes back in Warning headers: it must not end the header, nor reach a terminal as a command. */
it('a warning carries no control characters', async () => {
  const body = { ...pod('p'), 'a\r\nset-cookie: x=1': 1, 'b\u001b[2J"\\': 2, 'ü\u0000': 3 };
  const { status, headers } = await server.post(podsPath, body);
  expect(status).toBe(201);
  expect(headers['set-cookie']).toBeUndefined();
  expect([headers.warning].flat().join()).toMatch(/^[\x20-\x7e]*unknown field[\x20-\x7e]*$/);
});
