import fc from 'fast-check';
import { planPlacements } from '../../runtime/scheduler/plan';
import { podInfo } from '../../runtime/scheduler/pod-info';
import { schedule } from '../../runtime/scheduler/schedule';
import { Snapshot } from '../../runtime/scheduler/snapshot';
import { node, pod } from './objects';

const required = (matchExpressions: Array<{ key: string; operator: string; values?: string[] }>) => ({
  affinity: {
    nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [{ matchExpressions }] } },
  },
});

type Pods = ReturnType<typeof pod>;
const decide = (nodes: ReturnType<typeof node>[], existing: Pods[], wanted: Pods) =>
  planPlacements(
    nodes.map(({ obj }) => obj),
    existing.map(({ obj }) => obj),
    [wanted.obj],
  )[0];

describe('why a pod does not fit, in the words of Kubernetes', () => {
  const small = node('small').allocatable({ cpu: '1', memory: '1Gi' });
  const cases: Array<[string, ReturnType<typeof node>[], ReturnType<typeof pod>, string, ReturnType<typeof pod>[]?]> = [
    ['no nodes', [], pod('p'), 'no nodes available to schedule pods'],
    ['too little CPU', [small], pod('p').requests({ cpu: '2' }), '0/1 nodes are available: 1 Insufficient cpu.'],
    [
      'too little of two resources',
      [small],
      pod('p').requests({ cpu: '2', memory: '2Gi' }),
      '0/1 nodes are available: 1 Insufficient cpu, 1 Insufficient memory.',
    ],
    [
      'CPU taken by another pod',
      [small],
      pod('p').requests({ cpu: '600m' }),
      '0/1 nodes are available: 1 Insufficient cpu.',
      [pod('other').requests({ cpu: '500m' }).on('small')],
    ],
    [
      'a resource that no node has',
      [small],
      pod('p').requests({ 'example.com/gpu': '1' }),
      '0/1 nodes are available: 1 Insufficient example.com/gpu.',
    ],
    [
      'a full node',
      [node('full').allocatable({ pods: '1' })],
      pod('p'),
      '0/1 nodes are available: 1 Too many pods.',
      [pod('other').on('full')],
    ],
    ['a cordoned node', [node('n').cordon()], pod('p'), '0/1 nodes are available: 1 node(s) were unschedulable.'],
    [
      'a taint',
      [node('n').taint({ key: 'dedicated', value: 'db', effect: 'NoSchedule' })],
      pod('p'),
      '0/1 nodes are available: 1 node(s) had untolerated taint {dedicated: db}.',
    ],
    [
      'a node that is lost, before its taint is written',
      [node('n').ready('Unknown')],
      pod('p'),
      '0/1 nodes are available: 1 node(s) had untolerated taint {node.kubernetes.io/unreachable: }.',
    ],
    [
      'a node selector',
      [node('n').label('disk', 'hdd')],
      pod('p').with({ nodeSelector: { disk: 'ssd' } }),
      "0/1 nodes are available: 1 node(s) didn't match Pod's node affinity/selector.",
    ],
    [
      'required affinity',
      [node('n').label('cores', '4')],
      pod('p').with(required([{ key: 'cores', operator: 'Gt', values: ['8'] }])),
      "0/1 nodes are available: 1 node(s) didn't match Pod's node affinity/selector.",
    ],
    [
      'a host port in use',
      [node('n')],
      pod('p').hostPort(80, '10.0.0.1'),
      "0/1 nodes are available: 1 node(s) didn't have free ports for the requested pod ports.",
      [pod('other').hostPort(80).on('n')],
    ],
    [
      'different reasons, sorted',
      [node('a').taint({ key: 'x', effect: 'NoExecute' }), small, node('b').allocatable({ cpu: '1' })],
      pod('p').requests({ cpu: '2' }),
      '0/3 nodes are available: 1 node(s) had untolerated taint {x: }, 2 Insufficient cpu.',
    ],
  ];
  test.each(cases)('%s', (_name, nodes, wanted, message, existing = []) => {
    expect(decide(nodes, existing, wanted)).toEqual({ unschedulable: message });
  });
});

describe('where a pod goes', () => {
  const cases: Array<[string, ReturnType<typeof node>[], ReturnType<typeof pod>, string, ReturnType<typeof pod>[]?]> = [
    [
      'to the node with most left',
      [node('a').allocatable({ cpu: '2' }), node('b')],
      pod('p').requests({ cpu: '1' }),
      'b',
    ],
    [
      'to the tainted node it tolerates, when it must',
      [node('a').cordon(), node('b').taint({ key: 'x', effect: 'NoSchedule' })],
      pod('p').tolerate({ key: 'x', operator: 'Exists' }),
      'b',
    ],
    [
      'away from a node that is better avoided',
      [node('a').taint({ key: 'x', effect: 'PreferNoSchedule' }), node('b').allocatable({ cpu: '1', memory: '1Gi' })],
      pod('p').requests({ cpu: '500m' }),
      'b',
    ],
    [
      'away from the pods of its own controller',
      [node('a'), node('b').allocatable({ cpu: '2', memory: '4Gi' })],
      pod('p').owner('rs'),
      'b',
      [pod('twin').owner('rs').on('a')],
    ],
    [
      'where it prefers to be',
      [node('a'), node('b').label('disk', 'ssd')],
      pod('p').with({
        affinity: {
          nodeAffinity: {
            preferredDuringSchedulingIgnoredDuringExecution: [
              { weight: 50, preference: { matchExpressions: [{ key: 'disk', operator: 'In', values: ['ssd'] }] } },
            ],
          },
        },
      }),
      'b',
    ],
    [
      'beside a pod that has finished',
      [node('a').allocatable({ cpu: '1' })],
      pod('p').requests({ cpu: '1' }),
      'a',
      [pod('done').requests({ cpu: '1' }).on('a').phase('Succeeded')],
    ],
    [
      'to a host port that is free on another address',
      [node('a')],
      pod('p').hostPort(80, '10.0.0.1'),
      'a',
      [pod('other').hostPort(80, '10.0.0.2').on('a')],
    ],
  ];
  test.each(cases)('%s', (_name, nodes, wanted, where, existing = []) => {
    expect(decide(nodes, existing, wanted)).toEqual({ node: where });
  });
});

test('a plan counts each pod where it put the one before', () => {
  const nodes = [node('a').allocatable({ cpu: '1' }).obj, node('b').allocatable({ cpu: '1' }).obj];
  const wanted = Array.from({ length: 3 }, () => pod('p').requests({ cpu: '1' }).obj);
  const decisions = planPlacements(nodes, [], wanted);
  expect(
    decisions
      .slice(0, 2)
      .map((d) => ('node' in d ? d.node : ''))
      .sort(),
  ).toEqual(['a', 'b']);
  expect(decisions[2]).toEqual({ unschedulable: '0/2 nodes are available: 2 Insufficient cpu.' });
});

test('replicas of one controller are spread evenly over equal nodes', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 12 }),
      fc.integer({ min: 1, max: 5 }),
      fc.infiniteStream(fc.double({ min: 0, max: 0.99, noNaN: true })),
      (replicas, count, stream) => {
        const random = () => stream.next().value as number;
        const snapshot = Snapshot.of(
          Array.from({ length: count }, (_, i) => node(`n${i}`).obj),
          [],
        );
        for (let i = 0; i < replicas; i++) {
          const info = podInfo(pod(`p${i}`).owner('rs').obj);
          const decision = schedule(info, snapshot, random);
          if ('node' in decision) snapshot.assume(info, decision.node);
        }
        const counts = [...snapshot.nodes].map((each) => each.pods.size);
        expect(Math.max(...counts) - Math.min(...counts)).toBeLessThanOrEqual(1);
      },
    ),
  );
});

test('a snapshot forgets exactly what it counted', () => {
  const step = fc.record({ pod: fc.nat(5), node: fc.nat(2), what: fc.constantFrom('set', 'remove', 'node', 'drop') });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
      const snapshot = new Snapshot();
      const live = new Map<number, ReturnType<typeof pod>['obj']>();
      const nodes = new Set<number>();
      for (const { pod: p, node: n, what } of steps) {
        if (what === 'set' && !live.has(p)) {
          const created = pod(`p${p}`)
            .requests({ cpu: `${p + 1}00m`, 'x/y': '1' })
            .owner(`g${p % 2}`)
            .on(`n${n}`).obj;
          live.set(p, created);
          snapshot.setPod(created);
        } else if (what === 'remove') {
          const old = live.get(p);
          if (old) snapshot.removePod(old.metadata.uid ?? '');
          live.delete(p);
        } else if (what === 'node') {
          nodes.add(n);
          snapshot.setNode(node(`n${n}`).obj);
        } else if (what === 'drop') {
          nodes.delete(n);
          snapshot.removeNode(`n${n}`);
        }
      }
      const fresh = Snapshot.of(
        [...nodes].map((n) => node(`n${n}`).obj),
        [...live.values()],
      );
      const seen = (s: Snapshot) =>
        [...s.nodes]
          .map((i) => [i.name, i.usedCpu, i.usedOthers.get('x/y') ?? 0, i.pods.size, [...i.groups].sort()])
          .sort();
      expect(seen(snapshot)).toEqual(seen(fresh));
    }),
  );
});
