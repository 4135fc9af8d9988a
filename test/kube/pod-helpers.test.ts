import fc from 'fast-check';
import type { NodeCondition, Pod, PodTemplateSpec } from '../../runtime/kube/generated/types';
import { ageSince, humanDuration } from '../../runtime/kube/human-duration';
import { isPodAvailable, isPodReady, withCondition } from '../../runtime/kube/pod-status';
import { podTemplateHash, sameTemplate } from '../../runtime/kube/pod-template-hash';
import { revisionHistoryOf, revisionOf } from '../../runtime/kube/revision';
import { tolerates, tolerationSeconds, untoleratedTaint } from '../../runtime/kube/taints';

const second = 1000;
const minute = 60 * second;
const hour = 60 * minute;
const day = 24 * hour;

test.each([
  [-5 * second, '<invalid>'],
  [-1 * second, '0s'],
  [0, '0s'],
  [119 * second, '119s'],
  [120 * second, '2m'],
  [5 * minute + 3 * second, '5m3s'],
  [10 * minute + 3 * second, '10m'],
  [179 * minute, '179m'],
  [3 * hour, '3h'],
  [3 * hour + 5 * minute, '3h5m'],
  [8 * hour + 5 * minute, '8h'],
  [47 * hour, '47h'],
  [48 * hour, '2d'],
  [50 * hour, '2d2h'],
  [8 * day + 5 * hour, '8d'],
  [729 * day, '729d'],
  [730 * day, '2y'],
  [740 * day, '2y10d'],
  [9 * 365 * day, '9y'],
])('%d ms is %s', (ms, text) => expect(humanDuration(ms)).toBe(text));

test('without a time stamp the age is unknown', () => {
  expect(ageSince(undefined, 0)).toBe('<unknown>');
  expect(ageSince('1970-01-01T00:00:00Z', 42 * second)).toBe('42s');
});

describe('taints', () => {
  const taint = { key: 'a', value: 'v', effect: 'NoExecute' };
  test.each([
    ['same key and value', { key: 'a', value: 'v' }, true],
    ['Exists', { key: 'a', operator: 'Exists' }, true],
    ['everything', { operator: 'Exists' }, true],
    ['another value', { key: 'a', value: 'w' }, false],
    ['another key', { key: 'b', operator: 'Exists' }, false],
    ['another effect', { key: 'a', operator: 'Exists', effect: 'NoSchedule' }, false],
  ])('%s', (_name, toleration, expected) => expect(tolerates(toleration, taint)).toBe(expected));

  test('the first taint of the given effects that nothing tolerates', () => {
    const soft = { key: 's', effect: 'PreferNoSchedule' };
    expect(untoleratedTaint([soft, taint], undefined)).toBe(taint);
    expect(untoleratedTaint([soft, taint], [{ key: 'a', operator: 'Exists' }])).toBeUndefined();
    expect(untoleratedTaint([soft], undefined, ['PreferNoSchedule'])).toBe(soft);
  });

  test('how long a pod may stay', () => {
    const forA = { key: 'a', operator: 'Exists' };
    expect(tolerationSeconds(undefined, taint)).toBe(0);
    expect(tolerationSeconds([forA], taint)).toBe(Number.POSITIVE_INFINITY);
    expect(
      tolerationSeconds([forA, { ...forA, tolerationSeconds: 30 }, { ...forA, tolerationSeconds: 9 }], taint),
    ).toBe(9);
    expect(tolerationSeconds([{ ...forA, tolerationSeconds: -1 }], taint)).toBe(0);
  });
});

describe('conditions', () => {
  const ready: NodeCondition = { type: 'Ready', status: 'True', lastTransitionTime: 't0' };
  test('only a change of status is a transition', () => {
    expect(withCondition(undefined, { type: 'Ready', status: 'True' }, 't0')).toEqual([ready]);
    expect(withCondition([ready], { type: 'Ready', status: 'True', reason: 'x' }, 't1')).toEqual([
      { ...ready, reason: 'x' },
    ]);
    expect(withCondition([ready], { type: 'Ready', status: 'False' }, 't1')).toEqual([
      { type: 'Ready', status: 'False', lastTransitionTime: 't1' },
    ]);
  });

  test('nothing changed is the same list', () => {
    const list = [ready];
    expect(withCondition(list, { type: 'Ready', status: 'True' }, 't1')).toBe(list);
  });

  test('available is ready for long enough', () => {
    const pod = {
      metadata: {},
      status: { conditions: [{ ...ready, lastTransitionTime: '1970-01-01T00:00:10Z' }] },
    } as Pod;
    expect(isPodReady(pod)).toBe(true);
    expect(isPodAvailable(pod, 5, 14 * second)).toBe(false);
    expect(isPodAvailable(pod, 5, 15 * second)).toBe(true);
  });
});

describe('pod template hash', () => {
  const template: PodTemplateSpec = {
    metadata: { labels: { a: 'b' } },
    spec: { containers: [{ name: 'c', image: 'i' }] },
  };

  test('is a label, the same for the same template, whatever the order of keys', () => {
    const turned = { spec: template.spec, metadata: { labels: { 'pod-template-hash': 'x', a: 'b' } } };
    expect(podTemplateHash(template)).toMatch(/^[bcdfghjklmnpqrstvwxz2456789]{1,10}$/);
    expect(podTemplateHash(turned)).toBe(podTemplateHash(template));
    expect(sameTemplate(turned, template)).toBe(true);
  });

  test('is another one after a collision, and for another template', () => {
    const other = { ...template, spec: { containers: [{ name: 'c', image: 'j' }] } };
    const hashes = [
      podTemplateHash(template),
      podTemplateHash(template, 1),
      podTemplateHash(template, 2),
      podTemplateHash(other),
    ];
    expect(new Set(hashes).size).toBe(4);
    expect(sameTemplate(other, template)).toBe(false);
  });

  test('differs for templates that differ', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (a, b) => {
        fc.pre(a !== b);
        const of = (image: string) => podTemplateHash({ spec: { containers: [{ name: 'c', image }] } });
        expect(of(a)).not.toBe(of(b));
      }),
      { seed: 7 },
    );
  });
});

test('revisions are read from annotations, and what is no number counts for nothing', () => {
  const of = (annotations: Record<string, string>) => ({ metadata: { annotations } });
  expect(revisionOf(of({ 'deployment.kubernetes.io/revision': '3' }))).toBe(3n);
  expect(revisionOf(of({ 'deployment.kubernetes.io/revision': 'x' }))).toBe(0n);
  expect(revisionOf(of({ 'deployment.kubernetes.io/revision': '9'.repeat(20) }))).toBe(0n);
  expect(revisionHistoryOf(of({ 'deployment.kubernetes.io/revision-history': '1,2' }))).toEqual([1n, 2n]);
});
