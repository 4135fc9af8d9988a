import { nodeLifecycleController } from '../../runtime/controllers/node-lifecycle/controller';
import { evictionDelay, unknownConditions, wantedTaints } from '../../runtime/controllers/node-lifecycle/decide';
import type { Lease, Node, Pod, Toleration } from '../../runtime/kube/generated/types';
import { leases, nodes, pods } from '../../runtime/kube/resource';
import { rfc3339Micro } from '../../runtime/util/clock';
import { harness } from './harness';

const now = Date.parse('2026-01-01T00:00:00Z');

function node(name: string, conditions: Record<string, string> = { Ready: 'True' }, more: Node['spec'] = {}): Node {
  return {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { name },
    spec: more,
    status: { conditions: Object.entries(conditions).map(([type, status]) => ({ type, status })) },
  };
}

function pod(name: string, nodeName: string, tolerations?: Toleration[]): Pod {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace: 'default', uid: name },
    spec: { nodeName, containers: [{ name: 'c', image: 'i' }], tolerations },
    status: { phase: 'Running', conditions: [{ type: 'Ready', status: 'True' }] },
  };
}

describe('taints that follow conditions', () => {
  const taint = (key: string, effect: string) => `${key}:${effect}`;
  const own = { key: 'dedicated', value: 'db', effect: 'NoSchedule' };
  test.each([
    ['Ready', node('n'), false, undefined],
    [
      'Ready, cordoned',
      node('n', { Ready: 'True' }, { unschedulable: true }),
      false,
      ['node.kubernetes.io/unschedulable:NoSchedule'],
    ],
    [
      'not Ready',
      node('n', { Ready: 'False' }),
      false,
      ['node.kubernetes.io/not-ready:NoSchedule', 'node.kubernetes.io/not-ready:NoExecute'],
    ],
    [
      'lost',
      node('n'),
      true,
      ['node.kubernetes.io/unreachable:NoSchedule', 'node.kubernetes.io/unreachable:NoExecute'],
    ],
    [
      'short of memory',
      node('n', { Ready: 'True', MemoryPressure: 'True' }),
      false,
      ['node.kubernetes.io/memory-pressure:NoSchedule'],
    ],
    [
      'Ready again, with a taint of its own',
      node('n', { Ready: 'True' }, { taints: [own, { key: 'node.kubernetes.io/unreachable', effect: 'NoExecute' }] }),
      false,
      ['dedicated:NoSchedule'],
    ],
    ['Ready, with a taint of its own', node('n', { Ready: 'True' }, { taints: [own] }), false, undefined],
  ])('%s', (_name, subject, lost, expected) => {
    expect(wantedTaints(subject, lost, now)?.map(({ key, effect }) => taint(key, effect))).toEqual(expected);
  });
});

test('conditions of a lost node become Unknown, once', () => {
  const conditions = unknownConditions(node('n', { Ready: 'True', NetworkUnavailable: 'False' }), now);
  expect(conditions).toContainEqual({
    type: 'Ready',
    status: 'Unknown',
    reason: 'NodeStatusUnknown',
    message: 'Kubelet stopped posting node status.',
    lastTransitionTime: '2026-01-01T00:00:00Z',
  });
  expect(conditions.find(({ type }) => type === 'NetworkUnavailable')?.status).toBe('False');
  const again = { ...node('n'), status: { conditions } };
  expect(unknownConditions(again, now + 5_000)).toBe(conditions);
});

test.each([
  ['unreachable', 'no toleration: at once', undefined, 0],
  [
    'unreachable',
    'a toleration without limit: never',
    [{ key: 'node.kubernetes.io/unreachable', operator: 'Exists' }],
    undefined,
  ],
  ['unreachable', 'one of 30 s, 10 s of which are over', [{ operator: 'Exists', tolerationSeconds: 30 }], 20_000],
  ['unreachable', 'one for another taint: at once', [{ key: 'other', operator: 'Exists' }], 0],
  ['not-ready', 'no toleration: time for an agent to start', undefined, 20_000],
  ['not-ready', 'one of no time: at once', [{ operator: 'Exists', tolerationSeconds: 0 }], 0],
])('%s, %s', (taint, _name, tolerations, delay) => {
  const key = `node.kubernetes.io/${taint}`;
  const taints = [{ key, effect: 'NoExecute', timeAdded: '2026-01-01T00:00:00Z' }];
  expect(evictionDelay(pod('p', 'n', tolerations), node('n', {}, { taints }), now + 10_000)).toBe(delay);
});

type Answer = 'alive' | 'accepted' | 'refused' | 'silent';

async function cluster(answers: Record<string, Answer> = {}) {
  const closed: Array<(name: string) => void> = [];
  const beating = new Set(['a', 'b', 'c']);
  const h = await harness((context) =>
    nodeLifecycleController(context, {
      connections: { onClosed: (listener) => closed.push(listener) },
      probe: { probe: async ({ metadata }) => answers[metadata.name ?? ''] ?? 'silent' },
    }),
  );
  const beat = () => {
    for (const name of beating) {
      const lease: Lease = {
        apiVersion: 'coordination.k8s.io/v1',
        kind: 'Lease',
        metadata: { name, namespace: 'kube-node-lease' },
        spec: { holderIdentity: name, leaseDurationSeconds: 5, renewTime: rfc3339Micro(h.clock.now()) },
      };
      h.client.seed(leases, lease);
    }
  };
  /** Time passes, with the Leases renewed every second. */
  const pass = async (seconds: number) => {
    for (let i = 0; i < seconds; i++) {
      beat();
      await h.clock.advance(1_000);
    }
    await h.clock.advance(0);
  };
  for (const name of beating) h.client.seed(nodes, node(name));
  for (const name of beating) h.client.seed(pods, pod(`pod-${name}`, name));
  beat();
  await h.settle();
  const ready = async (name: string) =>
    (await h.client.get(nodes, { name })).status?.conditions?.find(({ type }) => type === 'Ready')?.status;
  const podOf = (name: string) => h.client.get(pods, { namespace: 'default', name: `pod-${name}` });
  const close = async (name: string) => {
    for (const listener of closed) listener(name);
    await h.clock.advance(0);
  };
  return { ...h, beating, pass, ready, podOf, close, answers };
}

test('a Lease that lapses: Unknown, tainted, pods not ready and evicted; the others are left alone', async () => {
  const { beating, pass, ready, podOf, client, stop } = await cluster();
  await pass(20);
  beating.delete('b');
  await pass(3);
  expect(await ready('b')).toBe('True');
  await pass(2);
  expect(await ready('b')).toBe('Unknown');
  const taints = (await client.get(nodes, { name: 'b' })).spec?.taints;
  expect(taints).toContainEqual(
    expect.objectContaining({ key: 'node.kubernetes.io/unreachable', effect: 'NoExecute' }),
  );
  const evicted = await podOf('b');
  expect(evicted.metadata.deletionTimestamp).toBeDefined();
  expect(evicted.status?.conditions).toEqual([
    expect.objectContaining({ type: 'Ready', status: 'False' }),
    expect.objectContaining({ type: 'DisruptionTarget', status: 'True', reason: 'DeletionByTaintManager' }),
  ]);
  expect([await ready('a'), await ready('c'), (await podOf('a')).metadata.deletionTimestamp]).toEqual([
    'True',
    'True',
    undefined,
  ]);
  await stop();
});

test('a broken connection and silence: lost within half a second', async () => {
  const { beating, pass, ready, podOf, close, clock, stop } = await cluster();
  await pass(20);
  beating.delete('b');
  await close('b');
  await clock.advance(400);
  expect(await ready('b')).toBe('Unknown');
  expect((await podOf('b')).metadata.deletionTimestamp).toBeDefined();
  await stop();
});

test('a host that refuses while it goes down, and is silent then: lost within half a second of its silence', async () => {
  const { beating, pass, ready, close, answers, clock, stop } = await cluster({ b: 'refused' });
  await pass(20);
  beating.delete('b');
  await close('b');
  await clock.advance(300);
  expect(await ready('b')).toBe('True');
  answers.b = 'silent';
  await clock.advance(500);
  expect(await ready('b')).toBe('Unknown');
  await stop();
});

test('an agent that is started again: refused, then its Lease is renewed, and the node was never lost', async () => {
  const { pass, ready, close, answers, clock, stop } = await cluster({ b: 'refused' });
  await pass(20);
  await close('b');
  await clock.advance(300);
  await pass(1);
  answers.b = 'silent';
  await clock.advance(1_000);
  expect(await ready('b')).toBe('True');
  await stop();
});

test.each(['refused', 'alive'] as const)(
  'a broken connection and a probe that is %s: nothing happens yet',
  async (answer) => {
    const { pass, ready, close, clock, stop } = await cluster({ b: answer });
    await pass(20);
    await close('b');
    await clock.advance(600);
    expect(await ready('b')).toBe('True');
    await stop();
  },
);

test('an agent that answers is not lost for a Lease it could not renew, until that lasts', async () => {
  const { beating, pass, ready, stop } = await cluster({ b: 'alive' });
  await pass(20);
  beating.delete('b');
  await pass(30);
  expect(await ready('b')).toBe('True');
  await pass(15);
  expect(await ready('b')).toBe('Unknown');
  await stop();
});

test('an agent that hangs is lost after ten seconds', async () => {
  const { beating, pass, ready, close, stop } = await cluster({ b: 'accepted' });
  await pass(20);
  beating.delete('b');
  await close('b');
  await pass(8);
  expect(await ready('b')).toBe('True');
  await pass(4);
  expect(await ready('b')).toBe('Unknown');
  await stop();
});

test('a node that is back: what its agent said last holds again, and the pods that stayed are ready', async () => {
  const { beating, pass, client, ready, settle, stop } = await cluster();
  client.seed(pods, pod('stays', 'b', [{ operator: 'Exists' }]));
  client.seed(pods, pod('fails', 'b', [{ operator: 'Exists' }]));
  await settle();
  await pass(20);
  beating.delete('b');
  await pass(7);
  const podReady = async (name: string) =>
    (await client.get(pods, { namespace: 'default', name })).status?.conditions?.find(({ type }) => type === 'Ready')
      ?.status;
  expect([await ready('b'), await podReady('stays'), await podReady('fails')]).toEqual(['Unknown', 'False', 'False']);
  const crashed = {
    status: { phase: 'Running', conditions: [{ type: 'Ready', status: 'False', reason: 'ContainersNotReady' }] },
  };
  await client.patch(
    pods,
    { namespace: 'default', name: 'fails' },
    { type: 'strategic', body: crashed },
    { subresource: 'status' },
  );
  beating.add('b');
  await pass(1);
  expect([await ready('b'), await podReady('stays'), await podReady('fails')]).toEqual(['True', 'True', 'False']);
  expect((await client.get(nodes, { name: 'b' })).spec?.taints).toEqual([]);
  await stop();
});

test('what the agent of a node that is back says itself counts', async () => {
  const { beating, pass, client, ready, stop } = await cluster();
  await pass(20);
  beating.delete('b');
  await pass(7);
  const status = { conditions: [{ type: 'Ready', status: 'False', reason: 'KubeletNotReady' }] };
  await client.patch(nodes, { name: 'b' }, { type: 'strategic', body: { status } }, { subresource: 'status' });
  beating.add('b');
  await pass(1);
  expect(await ready('b')).toBe('False');
  expect((await client.get(nodes, { name: 'b' })).spec?.taints?.map(({ key }) => key)).toEqual([
    'node.kubernetes.io/not-ready',
    'node.kubernetes.io/not-ready',
  ]);
  await stop();
});

test('all nodes lost at once: no pod is evicted', async () => {
  const { beating, pass, ready, podOf, stop } = await cluster();
  await pass(20);
  beating.clear();
  await pass(10);
  expect([await ready('a'), await ready('b'), await ready('c')]).toEqual(['Unknown', 'Unknown', 'Unknown']);
  expect((await podOf('a')).metadata.deletionTimestamp).toBeUndefined();
  await stop();
});

test('a server that has just started gives nodes time to be heard', async () => {
  const { beating, clock, ready, stop } = await cluster();
  beating.clear();
  await clock.advance(9_000);
  expect(await ready('a')).toBe('True');
  await stop();
});

test('a pod with tolerationSeconds leaves when they are over', async () => {
  const { beating, pass, client, settle, stop } = await cluster();
  client.seed(pods, pod('slow', 'b', [{ operator: 'Exists', tolerationSeconds: 20 }]));
  await settle();
  await pass(20);
  beating.delete('b');
  await pass(10);
  const slow = () => client.get(pods, { namespace: 'default', name: 'slow' });
  expect((await slow()).metadata.deletionTimestamp).toBeUndefined();
  await pass(17);
  expect((await slow()).metadata.deletionTimestamp).toBeDefined();
  await stop();
});
