import { once } from 'node:events';
import { createServer, type Server } from 'node:https';
import { type AddressInfo, connect } from 'node:net';
import { goDuration } from '../../runtime/apiserver/metrics/go-duration';
import type { ResourceUsage, StatsSummary } from '../../runtime/kube/stats-summary';
import { issueKeyPair } from '../../runtime/pki/issue';
import { bind, type Json, pod, podsPath, TestServer } from './harness';

const root = '/apis/metrics.k8s.io/v1beta1';

/** The agents of two nodes, over real TLS: each says the summary that it was given. */
class FakeAgents {
  readonly summaries = new Map<string, StatsSummary>();
  readonly asked: string[] = [];
  private readonly servers = new Map<string, Server>();

  async start({ ca }: TestServer, name: string): Promise<void> {
    const grant = { commonName: `system:node:${name}`, organizations: [], dnsNames: [name], validSeconds: 3600 };
    const pair = await issueKeyPair(ca, { ...grant, usages: ['server'] }, Date.now());
    const server = createServer({ ...pair, ca: ca.cert, requestCert: true, rejectUnauthorized: true });
    server.on('request', (request, response) => {
      this.asked.push(`${name}${request.url}`);
      const summary = this.summaries.get(name);
      if (summary) response.end(JSON.stringify(summary));
      else response.writeHead(500).end('the engine does not answer');
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    this.servers.set(name, server);
  }

  dial(name: string) {
    return connect((this.servers.get(name)?.address() as AddressInfo).port, '127.0.0.1');
  }

  stop(): void {
    for (const server of this.servers.values()) server.close();
  }
}

const agents = new FakeAgents();
let server: TestServer;

beforeAll(async () => {
  server = await TestServer.start({ dial: ({ nodeName }) => agents.dial(nodeName) });
  for (const name of ['n1', 'n2']) {
    await agents.start(server, name);
    await server.post('/api/v1/nodes', { metadata: { name, labels: { size: name } } });
    await ready(name, 'True');
  }
  for (const [name, node, labels] of [
    ['web', 'n1', { app: 'web' }],
    ['db', 'n2', { app: 'db' }],
  ] as const) {
    await server.post(podsPath, pod(name, {}, { labels }));
    await bind(server, name, node);
  }
});
afterAll(async () => {
  agents.stop();
  await server.stop();
});

beforeEach(async () => {
  await server.clock.advance(16_000);
  agents.asked.length = 0;
  for (const [node, name] of [
    ['n1', 'web'],
    ['n2', 'db'],
  ] as const) {
    const { uid } = (await server.get(`${podsPath}/${name}`)).json.metadata;
    const podRef = { name, namespace: 'default', uid };
    const pods = [{ podRef, containers: [{ name: 'main', ...usage(2.5e8, 1 << 20) }] }];
    agents.summaries.set(node, { node: { nodeName: node, ...usage(1.5e9, 1 << 30) }, pods, windowSeconds: 15.5 });
  }
});

function usage(usageNanoCores: number, workingSetBytes: number): ResourceUsage {
  const time = '2026-01-01T00:00:00Z';
  return { cpu: { time, usageNanoCores, usageCoreNanoSeconds: 1 }, memory: { time, workingSetBytes } };
}

function ready(name: string, status: string) {
  const addresses = [{ type: 'InternalIP', address: '10.0.0.1' }];
  return server.patch(`/api/v1/nodes/${name}/status`, 'merge', {
    status: { addresses, conditions: [{ type: 'Ready', status }] },
  });
}

const names = (answer: Json) => answer.json.items.map((item: Json) => item.metadata.name);

it('says what nodes use, as their agents measured it', async () => {
  const { json } = await server.get(`${root}/nodes`);
  expect(json).toMatchObject({ kind: 'NodeMetricsList', apiVersion: 'metrics.k8s.io/v1beta1' });
  expect(json.items).toHaveLength(2);
  expect(json.items[0]).toEqual({
    kind: 'NodeMetrics',
    apiVersion: 'metrics.k8s.io/v1beta1',
    metadata: { name: 'n1', labels: { size: 'n1' }, creationTimestamp: '2026-01-01T00:00:00Z' },
    timestamp: '2026-01-01T00:00:00Z',
    window: '15.5s',
    usage: { cpu: '1500000000n', memory: '1048576Ki' },
  });
  expect((await server.get(`${root}/nodes/n2`)).json.metadata.name).toBe('n2');
  expect(names(await server.get(`${root}/nodes?labelSelector=size=n2`))).toEqual(['n2']);
});

it('says what the containers of pods use', async () => {
  const { json } = await server.get(`${root}/namespaces/default/pods/web`);
  expect(json).toMatchObject({
    kind: 'PodMetrics',
    metadata: { name: 'web', namespace: 'default', labels: { app: 'web' } },
    containers: [{ name: 'main', usage: { cpu: '250000000n', memory: '1024Ki' } }],
  });
  // Only the node that has the pod was asked.
  expect(agents.asked).toEqual(['n1/stats/summary']);
  expect(names(await server.get(`${root}/pods`))).toEqual(['db', 'web']);
  expect(names(await server.get(`${root}/namespaces/default/pods?labelSelector=app=db`))).toEqual(['db']);
  expect(names(await server.get(`${root}/namespaces/kube-system/pods`))).toEqual([]);
  expect(await server.get(`${root}/namespaces/default/pods/none`)).toMatchObject({
    status: 404,
    json: { message: 'pods.metrics.k8s.io "none" not found' },
  });
});

it('asks agents only when somebody asks, and for some seconds not again', async () => {
  await server.clock.advance(120_000);
  expect(agents.asked).toEqual([]);
  await Promise.all([server.get(`${root}/nodes`), server.get(`${root}/pods`)]);
  await server.get(`${root}/nodes`);
  expect(agents.asked.sort()).toEqual(['n1/stats/summary', 'n2/stats/summary']);
  await server.clock.advance(15_000);
  await server.get(`${root}/nodes/n1`);
  expect(agents.asked).toHaveLength(3);
});

it('leaves out a node that does not answer, asks it again next time, and does not ask one that is not ready', async () => {
  agents.summaries.delete('n1');
  expect(names(await server.get(`${root}/nodes`))).toEqual(['n2']);
  expect((await server.get(`${root}/nodes/n1`)).status).toBe(404);
  expect(agents.asked.filter((asked) => asked.startsWith('n1'))).toHaveLength(2);
  await ready('n2', 'False');
  await server.clock.advance(16_000);
  agents.asked.length = 0;
  expect(names(await server.get(`${root}/nodes`))).toEqual([]);
  expect(agents.asked).toEqual(['n1/stats/summary']);
  await ready('n2', 'True');
});

it('a summary that is none is as no answer', async () => {
  agents.summaries.set('n1', { pods: [] } as unknown as StatsSummary);
  expect(names(await server.get(`${root}/nodes`))).toEqual(['n2']);
});

it('is shown by kubectl get, and neither written nor watched', async () => {
  const accept = 'application/json;as=Table;v=v1;g=meta.k8s.io';
  const table = (await server.get(`${root}/namespaces/default/pods`, { headers: { accept } })).json;
  expect(table.rows.map((row: Json) => row.cells)).toEqual([
    ['db', '250m', '1Mi', '15.5s'],
    ['web', '250m', '1Mi', '15.5s'],
  ]);
  expect((await server.get(`${root}/pods?watch=true`)).status).toBe(405);
  expect((await server.delete(`${root}/nodes/n1`)).status).toBe(405);
  const { resources } = (await server.get(root)).json;
  expect(resources.map(({ name, kind, verbs }: Json) => [name, kind, verbs])).toEqual([
    ['nodes', 'NodeMetrics', ['get', 'list']],
    ['pods', 'PodMetrics', ['get', 'list']],
  ]);
});

it.each([
  [0, '0s'],
  [250, '250ms'],
  [1000, '1s'],
  [15_500, '15.5s'],
  [62_250, '1m2.25s'],
  [3_600_000, '1h0m0s'],
])('%d ms is %s', (ms, text) => {
  expect(goDuration(ms)).toBe(text);
});
