import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ownLabels } from '../../runtime/agent/node/node-object';
import { UnreachableError } from '../../runtime/client/client';
import { leases, nodes } from '../../runtime/kube/resource';
import { AgentHarness } from './harness';

let harness: AgentHarness;
beforeEach(async () => {
  harness = await AgentHarness.start({ images: ['app:1'] });
});
afterEach(() => harness.stop());
jest.setTimeout(60_000);

const node = () => harness.client.get(nodes, { name: 'node-1' });
const writesOf = (what: string) => harness.client.writes.filter((write) => write.startsWith(what)).length;
const ready = async () => (await node()).status?.conditions?.find(({ type }) => type === 'Ready')?.status;

test('the node registers with its labels and becomes Ready once its network is there', async () => {
  await harness.until(async () => (await ready()) === 'True');
  expect(await node()).toMatchObject({
    metadata: {
      labels: { 'kubernetes.io/hostname': 'node-1', 'kubernetes.io/os': 'linux', 'kubernetes.io/arch': 'amd64' },
    },
    status: {
      capacity: {
        cpu: '4',
        memory: '16777216Ki',
        'ephemeral-storage': expect.stringMatching(/^[1-9]\d*Ki$/),
        pods: '110',
      },
      allocatable: { cpu: '4', memory: '16515072Ki' },
      addresses: [
        { type: 'InternalIP', address: '192.0.2.1' },
        { type: 'Hostname', address: 'node-1' },
      ],
      daemonEndpoints: { kubeletEndpoint: { Port: 10250 } },
      nodeInfo: { containerRuntimeVersion: 'simulated://1.0.0', kubeletVersion: expect.stringMatching(/^v1\.36/) },
      images: [{ names: ['app:1'], sizeBytes: 1_000_000 }],
    },
  });
  await harness.until(() => existsSync(join(harness.folder, 'pod-cidr')));
  expect(readFileSync(join(harness.folder, 'pod-cidr'), 'utf8')).toBe('10.42.0.0/24');
});

test("the status is written when something changed, else every five minutes; others' resources stay", async () => {
  await harness.until(async () => (await ready()) === 'True');
  await harness.advance(60_000);
  const before = writesOf('patch nodes/status');
  await harness.advance(200_000);
  expect(writesOf('patch nodes/status')).toBe(before);
  await harness.client.patch(
    nodes,
    { name: 'node-1' },
    { type: 'merge', body: { status: { capacity: { 'example.com/gpu': '2' } } } },
    { subresource: 'status' },
  );
  await harness.advance(100_000);
  expect(writesOf('patch nodes/status')).toBeGreaterThan(before + 1);
  expect((await node()).status?.capacity).toMatchObject({ 'example.com/gpu': '2', cpu: '4' });
});

test('the lease is renewed every two seconds, and tells what the proxy has programmed', async () => {
  const lease = () => harness.client.get(leases, { namespace: 'kube-node-lease', name: 'node-1' });
  await harness.until(
    async () =>
      (await lease().catch(() => undefined))?.metadata.annotations?.['orlop.dev/endpoints-revision'] !== undefined,
  );
  const first = await lease();
  expect(first.spec).toMatchObject({ holderIdentity: 'node-1', leaseDurationSeconds: 5 });
  await harness.advance(3_000);
  const later = await lease();
  expect(Date.parse(later.spec?.renewTime ?? '') - Date.parse(first.spec?.renewTime ?? '')).toBeGreaterThanOrEqual(
    2_000,
  );
});

test('a server that is away is tried every two seconds; a node that was deleted registers again', async () => {
  harness.client.intercept = () => {
    throw new UnreachableError('away');
  };
  await harness.advance(10_000);
  harness.client.intercept = undefined;
  const before = writesOf('patch leases');
  await harness.advance(2_500);
  expect(writesOf('patch leases')).toBeGreaterThan(before);
  await harness.client.delete(nodes, { name: 'node-1' });
  await harness.until(async () => {
    await harness.advance(10_000);
    return (await node().catch(() => undefined)) !== undefined;
  });
});

test("labels of Kubernetes' own domains are not the node's to take", () => {
  const free = {
    'orlop.dev/pool': 'a',
    plain: 'b',
    'node.kubernetes.io/instance-type': 'c',
    'topology.kubernetes.io/zone': 'd',
  };
  expect(
    ownLabels({
      ...free,
      'node-role.kubernetes.io/control-plane': '',
      'node-restriction.kubernetes.io/x': '',
      'a.k8s.io/b': '',
    }),
  ).toEqual(free);
});
