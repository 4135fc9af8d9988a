import { type Answer, bind, type Identity, pod, podsPath, TestServer } from '../harness';

/**
 * A node's credentials in wrong hands must not reach beyond the node, by whatever way of writing: its labels that steer
 * workloads, its taints, its owner (whose deletion takes it along), other nodes' pods.
 * CVE-2021-25735 (an update path that admission saw wrongly), CVE-2025-5187, CVE-2025-4563.
 */
let server: TestServer;
let node: Identity;
const path = '/api/v1/nodes/a';

beforeEach(async () => {
  server = await TestServer.start();
  node = await server.node('a');
  const body = {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { name: 'a', labels: { zone: 'x' } },
    spec: { providerID: 'x' },
  };
  expect((await server.post('/api/v1/nodes', body)).status).toBe(201);
});
afterEach(() => server.stop());

const owner = { apiVersion: 'v1', kind: 'ConfigMap', name: 'c', uid: 'u-1' };
const taint = { key: 'example.com/mine', effect: 'NoSchedule' };
const edits: Array<[string, object]> = [
  ['a label that steers workloads', { metadata: { labels: { 'node-restriction.kubernetes.io/tier': 'secret' } } }],
  ['a taint', { spec: { taints: [taint] } }],
  ['an owner', { metadata: { ownerReferences: [owner] } }],
];
const ways: Array<[string, (change: object) => Promise<Answer>]> = [
  [
    'update',
    async (change) => {
      const { json } = await server.get(path);
      return server.put(path, merged(json, change), { as: node });
    },
  ],
  ['merge patch', (change) => server.patch(path, 'merge', change, { as: node })],
  ['strategic merge patch', (change) => server.patch(path, 'strategic', change, { as: node })],
  [
    'apply',
    (change) =>
      server.patch(
        `${path}?fieldManager=m&force=true`,
        'apply',
        { apiVersion: 'v1', kind: 'Node', ...merged({ metadata: { name: 'a' } }, change) },
        { as: node },
      ),
  ],
  [
    'JSON patch',
    (change) => {
      const operations = Object.entries(change).flatMap(([outer, inner]) =>
        Object.entries(inner as object).map(([key, value]) => ({ op: 'add', path: `/${outer}/${key}`, value })),
      );
      return server.patch(path, 'json', [{ op: 'test', path: '/kind', value: 'Node' }, ...operations], { as: node });
    },
  ],
];

/** `change` laid over `base`, two levels deep. */
function merged(base: Record<string, object>, change: object): object {
  const inner = Object.entries(change).map(([key, value]) => [key, { ...base[key], ...(value as object) }]);
  return { ...base, ...Object.fromEntries(inner) };
}

describe.each(edits)('a node cannot give itself %s', (_what, change) => {
  it.each(ways)('by %s', async (_way, write) => {
    const before = (await server.get(path)).json;
    expect((await write(change)).status).toBe(403);
    expect((await server.get(path)).json).toEqual(before);
  });

  it('through the status subresource', async () => {
    const answer = await server.patch(`${path}/status`, 'merge', change, { as: node });
    const { json } = await server.get(path);
    // What is no status is left out of such a write; it may also be refused.
    expect([200, 403]).toContain(answer.status);
    expect(JSON.stringify(json)).not.toMatch(/node-restriction|example.com|u-1/);
  });
});

it('a node cannot take itself or another away', async () => {
  for (const name of ['a', 'b'])
    expect((await server.delete(`/api/v1/nodes/${name}`, undefined, { as: node })).status).toBe(403);
});

it('a node cannot write the status of another node, or of a pod that is not its own', async () => {
  await server.post('/api/v1/nodes', { apiVersion: 'v1', kind: 'Node', metadata: { name: 'b' } });
  await server.post(podsPath, pod('theirs'));
  await bind(server, 'theirs', 'b');
  const change = { status: { phase: 'Succeeded' } };
  expect((await server.patch('/api/v1/nodes/b/status', 'merge', {}, { as: node })).status).toBe(403);
  expect((await server.patch(`${podsPath}/theirs/status`, 'merge', change, { as: node })).status).toBe(403);
  expect((await server.delete(`${podsPath}/theirs`, undefined, { as: node })).status).toBe(403);
});
