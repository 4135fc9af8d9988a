import { request } from 'node:https';
import { AgentServer, type ServerIdentity } from '../../runtime/agent/server/agent-server';
import { SimulatedEngine } from '../../runtime/engine/simulated/simulated-engine';
import type { StatsSummary } from '../../runtime/kube/stats-summary';
import { createCa } from '../../runtime/pki/ca';
import { issueKeyPair } from '../../runtime/pki/issue';
import type { KeyPair } from '../../runtime/pki/pki';
import { FakeClock } from '../../runtime/util/fake-clock';
import { silentLogger } from '../../runtime/util/logger';

// TLS checks certificates by the machine's own time.
const now = Date.now();
let ca: KeyPair;
let server: AgentServer;
let port: number;

const identity = async (commonName: string, organizations: string[], by = ca): Promise<ServerIdentity> => {
  const names = { commonName, organizations, dnsNames: ['n1'] };
  const pair = await issueKeyPair(by, { ...names, usages: ['client', 'server'], validSeconds: 3600 }, now);
  return { ca: ca.cert, ...pair };
};

beforeAll(async () => {
  ca = await createCa(now);
  const clock = new FakeClock(now);
  const engine = new SimulatedEngine({ clock });
  const usage = async () => ({ node: { nodeName: 'n1' }, pods: [] }) as unknown as StatsSummary;
  server = new AgentServer({ engine, usage, find: () => undefined, clock, logger: silentLogger });
  port = await server.listen(0, await identity('system:node:n1', ['system:nodes']));
});
afterAll(() => server.close());

/** Status and text of an answer, or the code of the error in its place. */
function ask(path: string, client?: { cert: string; key: string }, more: object = {}): Promise<[unknown, string?]> {
  return new Promise((resolve) => {
    const sent = request(
      { host: '127.0.0.1', port, path, ca: ca.cert, servername: 'n1', agent: false, ...client, ...more },
      (response) => {
        let text = '';
        response.on('data', (chunk) => {
          text += chunk;
        });
        response.on('end', () => resolve([response.statusCode, text]));
      },
    );
    sent.on('error', (error: NodeJS.ErrnoException) => resolve([error.code]));
    sent.end();
  });
}

const upgrade = {
  headers: { connection: 'Upgrade', upgrade: 'websocket', 'sec-websocket-key': 'AAAAAAAAAAAAAAAAAAAAAA==' },
};

it('says what the node uses', async () => {
  const [status, text] = await ask('/stats/summary', await identity('kube-apiserver', []));
  expect([status, JSON.parse(text ?? '')]).toEqual([200, { node: { nodeName: 'n1' }, pods: [] }]);
  expect(await ask('/stats/summary', await identity('system:node:n1', ['system:nodes']))).toContain(403);
});

it.each([
  ['the API server', 'kube-apiserver', []],
  ['an administrator', 'somebody', ['system:masters']],
])('answers %s', async (_who, name, groups) => {
  expect(await ask('/healthz', await identity(name, groups))).toEqual([200, 'ok']);
});

it.each([
  ['the node itself', 'system:node:n1', ['system:nodes']],
  ['another node', 'system:node:n2', ['system:nodes']],
  ['a name that only begins like the server’s', 'kube-apiserver-2', ['kube-apiserver']],
])('refuses %s, whatever is asked', async (_who, name, groups) => {
  const client = await identity(name, groups);
  for (const path of ['/healthz', '/containerLogs/default/web/app', '/exec/default/web/app?command=id', '/anything']) {
    expect((await ask(path, client))[0]).toBe(403);
  }
  expect((await ask('/exec/default/web/app?command=id', client, upgrade))[0]).toBe(403);
});

it('speaks with nobody who has no certificate of the cluster’s CA', async () => {
  const stranger = await identity('kube-apiserver', [], await createCa(now, 'another'));
  for (const client of [undefined, { cert: stranger.cert, key: stranger.key }]) {
    const [status] = await ask('/healthz', client);
    expect(typeof status).toBe('string');
  }
});

it.each([
  ['/containerLogs/default/web/app', 404],
  ['/containerLogs/default/web/app/more', 404],
  ['/containerLogs/default/..%2F..%2Fetc/app', 404],
  ['/containerLogs/%E0%A4%A/web/app', 400],
  ['/exec/default/web/app?command=id', 400],
])('answers %s with %d', async (path, status) => {
  expect((await ask(path, await identity('kube-apiserver', [])))[0]).toBe(status);
});
