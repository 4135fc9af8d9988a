import type { Namespace, Pod, PodAffinityTerm } from '../../runtime/kube/generated/types';
import { planPlacements } from '../../runtime/scheduler/plan';
import { node, pod } from './objects';

const zone = 'topology.kubernetes.io/zone';
const host = 'kubernetes.io/hostname';
const nodes = [node('a1').label(zone, 'a').obj, node('a2').label(zone, 'a').obj, node('b1').label(zone, 'b').obj];

function labelled(name: string, app: string, spec: Partial<NonNullable<Pod['spec']>> = {}, on?: string): Pod {
  const builder = pod(name).with(spec);
  const { obj } = on ? builder.on(on) : builder;
  obj.metadata.labels = { app };
  return obj;
}

const term = (app: string, topologyKey = zone, more: Partial<PodAffinityTerm> = {}): PodAffinityTerm => ({
  topologyKey,
  labelSelector: { matchLabels: { app } },
  ...more,
});
const near = (...terms: PodAffinityTerm[]) => ({
  affinity: { podAffinity: { requiredDuringSchedulingIgnoredDuringExecution: terms } },
});
const apart = (...terms: PodAffinityTerm[]) => ({
  affinity: { podAntiAffinity: { requiredDuringSchedulingIgnoredDuringExecution: terms } },
});
const spread = (whenUnsatisfiable: string, topologyKey = zone, maxSkew = 1) => ({
  topologySpreadConstraints: [
    { maxSkew, topologyKey, whenUnsatisfiable, labelSelector: { matchLabels: { app: 'web' } } },
  ],
});

function place(pods: Pod[], existing: Pod[] = [], namespaces: Namespace[] = []): string[] {
  return planPlacements(nodes, existing, pods, namespaces).map((decision) =>
    'node' in decision ? decision.node : decision.unschedulable,
  );
}

describe('pod affinity', () => {
  test('goes where its friends are', () => {
    expect(place([labelled('p', 'web', near(term('db')))], [labelled('db', 'db', {}, 'b1')])).toEqual(['b1']);
  });

  test('has nowhere to go without them', () => {
    expect(place([labelled('p', 'web', near(term('db')))])).toEqual([
      "0/3 nodes are available: 3 node(s) didn't match pod affinity rules.",
    ]);
  });

  test('the first of a group may start it, and the others follow', () => {
    const group = [1, 2, 3].map((i) => labelled(`p${i}`, 'web', near(term('web'))));
    const zones = new Set(place(group).map((name) => name[0]));
    expect(zones.size).toBe(1);
  });

  test.each([
    ['its own namespace by default', {}, 'other', false],
    ['a namespace it names', { namespaces: ['other'] }, 'other', true],
    ['namespaces it selects', { namespaceSelector: { matchLabels: { team: 'x' } } }, 'other', true],
    ['all namespaces', { namespaceSelector: {} }, 'third', true],
  ])('looks at %s', (_name, scope, namespace, found) => {
    const friend = labelled('db', 'db', {}, 'b1');
    friend.metadata.namespace = namespace;
    const other: Namespace = {
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: { name: 'other', labels: { team: 'x' } },
    };
    const [where] = place([labelled('p', 'web', near(term('db', zone, scope)))], [friend], [other]);
    expect(where === 'b1').toBe(found);
  });
});

describe('pod anti-affinity', () => {
  test('one a node, and no more than there are nodes', () => {
    const four = [1, 2, 3, 4].map((i) => labelled(`p${i}`, 'web', apart(term('web', host))));
    const where = place(four);
    expect(new Set(where.slice(0, 3)).size).toBe(3);
    expect(where[3]).toBe("0/3 nodes are available: 3 node(s) didn't match pod anti-affinity rules.");
  });

  test('a pod that is there keeps others out', () => {
    const loner = labelled('loner', 'db', apart(term('web')), 'a1');
    expect(place([labelled('p', 'web')], [loner])).toEqual(['b1']);
    const everywhere = [loner, labelled('loner2', 'db', apart(term('web')), 'b1')];
    expect(place([labelled('p', 'web')], everywhere)).toEqual([
      "0/3 nodes are available: 3 node(s) didn't satisfy existing pods anti-affinity rules.",
    ]);
  });

  test('a preference is followed while it can be', () => {
    const preferred = [{ weight: 100, podAffinityTerm: term('web') }];
    const spec = { affinity: { podAntiAffinity: { preferredDuringSchedulingIgnoredDuringExecution: preferred } } };
    expect(place([labelled('p', 'web', spec)], [labelled('x', 'web', {}, 'a1')])).toEqual(['b1']);
  });
});

describe('topology spread constraints', () => {
  test('keep zones even', () => {
    const where = place([1, 2, 3, 4].map((i) => labelled(`p${i}`, 'web', spread('DoNotSchedule'))));
    expect(where.filter((name) => name.startsWith('a'))).toHaveLength(2);
    expect(where.filter((name) => name === 'b1')).toHaveLength(2);
  });

  test('refuse when the skew would grow, and name it', () => {
    const cordoned = { ...(nodes[2] as (typeof nodes)[0]), spec: { unschedulable: true } };
    const web = labelled('p', 'web', spread('DoNotSchedule'));
    const [decision] = planPlacements([...nodes.slice(0, 2), cordoned], [labelled('x', 'web', {}, 'a1')], [web]);
    expect(decision).toEqual({
      unschedulable:
        "0/3 nodes are available: 1 node(s) were unschedulable, 2 node(s) didn't match pod topology spread constraints.",
    });
  });

  test('count no node outside the pod’s own node selector, and no pod on its way out', () => {
    const web = labelled('p', 'web', { ...spread('DoNotSchedule'), nodeSelector: { [zone]: 'a' } });
    expect(place([web], [labelled('x', 'web', {}, 'a1'), labelled('y', 'web', {}, 'a2')])[0]).toMatch(/^a/);
    const leaving = labelled('x', 'web', {}, 'a1');
    leaving.metadata.deletionTimestamp = '2026-01-01T00:00:00Z';
    expect(place([labelled('p', 'web', { ...spread('DoNotSchedule'), nodeName: 'a2' })], [leaving])).toEqual(['a2']);
  });

  test('a node without the label is refused', () => {
    const web = labelled('p', 'web', spread('DoNotSchedule', 'rack'));
    expect(place([web])).toEqual([
      "0/3 nodes are available: 3 node(s) didn't match pod topology spread constraints (missing required label).",
    ]);
  });

  test('ScheduleAnyway only prefers', () => {
    const web = labelled('p', 'web', spread('ScheduleAnyway'));
    expect(place([web], [labelled('x', 'web', {}, 'a1')])).toEqual(['b1']);
  });

  test('matchLabelKeys count each rollout by itself', () => {
    const constraints = spread('DoNotSchedule').topologySpreadConstraints.map((each) => ({
      ...each,
      matchLabelKeys: ['pod-template-hash'],
    }));
    const old = [1, 2].map((i) => labelled(`old${i}`, 'web', {}, 'b1'));
    for (const each of old) each.metadata.labels = { app: 'web', 'pod-template-hash': 'old' };
    const fresh = [1, 2].map((i) => labelled(`new${i}`, 'web', { topologySpreadConstraints: constraints }));
    for (const each of fresh) each.metadata.labels = { app: 'web', 'pod-template-hash': 'new' };
    expect(new Set(place(fresh, old).map((name) => name[0]))).toEqual(new Set(['a', 'b']));
  });
});
