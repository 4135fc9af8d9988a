import type { Container, Pod, PodSpec } from '../../../../../runtime/kube/generated/types';
import { type Case, created, minimal, problems, testUpdates, updated } from '../../fixtures';

const onSpec = (change: (spec: PodSpec) => unknown) => (pod: Pod) => void change(pod.spec as PodSpec);
const app = (pod: PodSpec) => pod.containers[0] as Container;

const allowed =
  'pod updates may not change fields other than `spec.containers[*].image`,`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations),`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)';

describe('a running pod', () => {
  const make = (): Pod => {
    const pod = minimal.pod();
    Object.assign(pod.spec as PodSpec, {
      activeDeadlineSeconds: 100,
      tolerations: [{ key: 'a', operator: 'Exists', effect: 'NoExecute' }],
      schedulingGates: [{ name: 'a/b' }],
    });
    return pod;
  };
  const cases: Case<Pod>[] = [
    ['may stay as it is', () => {}],
    ['may get another image', onSpec((s) => Object.assign(app(s), { image: 'nginx:2' }))],
    [
      'may not lose its image',
      onSpec((s) => Object.assign(app(s), { image: '' })),
      'spec.containers[0].image: Required value',
    ],
    ['may get a shorter deadline', onSpec((s) => Object.assign(s, { activeDeadlineSeconds: 50 }))],
    [
      'may not get a longer one',
      onSpec((s) => Object.assign(s, { activeDeadlineSeconds: 200 })),
      'spec.activeDeadlineSeconds: Invalid value: 200: must be less than or equal to previous value',
    ],
    [
      'may not lose its deadline',
      onSpec((s) => Object.assign(s, { activeDeadlineSeconds: undefined })),
      'spec.activeDeadlineSeconds: Invalid value: null: must not update from a positive integer to nil value',
    ],
    ['may tolerate more', onSpec((s) => s.tolerations?.push({ key: 'b', operator: 'Exists' }))],
    ['may tolerate for another time', onSpec((s) => Object.assign(s.tolerations?.[0] ?? {}, { tolerationSeconds: 5 }))],
    [
      'may not tolerate less',
      onSpec((s) => Object.assign(s, { tolerations: [] })),
      'spec.tolerations: Forbidden: existing toleration can not be modified except its tolerationSeconds',
    ],
    ['may lose a gate', onSpec((s) => Object.assign(s, { schedulingGates: [] }))],
    [
      'may not get a gate',
      onSpec((s) => s.schedulingGates?.push({ name: 'c/d' })),
      "spec.schedulingGates: Forbidden: only deletion is allowed, but found new scheduling gate 'c/d'",
    ],
    [
      'may not get a container',
      onSpec((s) => s.containers.push({ name: 'b', image: 'b' })),
      'spec.containers: Forbidden: pod updates may not add or remove containers',
    ],
    [
      'may not change anything else',
      onSpec((s) => Object.assign(app(s), { command: ['sh'] })),
      `spec: Forbidden: ${allowed}\nchanged: spec.containers[0].command`,
    ],
    [
      'may not move',
      onSpec((s) => Object.assign(s, { nodeName: 'n2' })),
      `spec: Forbidden: ${allowed}\nchanged: spec.nodeName`,
    ],
  ];
  testUpdates(make, cases);
});

describe('a pod at its gates', () => {
  const term = (...keys: string[]) => ({ matchExpressions: keys.map((key) => ({ key, operator: 'Exists' })) });
  const required = (...nodeSelectorTerms: object[]) => ({
    nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms } },
  });
  const make = (): Pod => {
    const pod = minimal.pod();
    const affinity = required(term('a'));
    Object.assign(pod.spec as PodSpec, { schedulingGates: [{ name: 'a/b' }], nodeSelector: { disk: 'ssd' }, affinity });
    return pod;
  };
  const terms = 'spec.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms';
  testUpdates(make, [
    ['may ask for more of its node', onSpec((s) => Object.assign(s.nodeSelector ?? {}, { zone: 'a' }))],
    [
      'may not ask for less of it',
      onSpec((s) => Object.assign(s, { nodeSelector: { disk: 'hdd' } })),
      'spec.nodeSelector: Invalid value: {"disk":"hdd"}: only additions to spec.nodeSelector are allowed (no mutations or deletions)',
    ],
    ['may narrow a term', onSpec((s) => Object.assign(s, { affinity: required(term('a', 'b')) }))],
    [
      'may not widen a term',
      onSpec((s) => Object.assign(s, { affinity: required(term('b')) })),
      `${terms}[0]: Invalid value: ${JSON.stringify(term('b'))}: only additions are allowed (no mutations or deletions)`,
    ],
    [
      'may not have another way in',
      onSpec((s) => Object.assign(s, { affinity: required(term('a'), term('b')) })),
      `${terms}: Invalid value: ${JSON.stringify([term('a'), term('b')])}: no additions/deletions to non-empty NodeSelectorTerms list are allowed`,
    ],
    [
      'may not change its affinity to pods',
      onSpec((s) => Object.assign(s.affinity ?? {}, { podAffinity: {} })),
      `spec: Forbidden: ${allowed}\nchanged: spec.affinity.podAffinity`,
    ],
  ]);

  test('may be given its first affinity to nodes; once through, nothing of it changes', () => {
    const unbound = make();
    Object.assign(unbound.spec as PodSpec, { affinity: undefined, nodeSelector: undefined });
    const free = created(unbound);
    const narrow = onSpec((s) => Object.assign(s, { affinity: required(term('a')), nodeSelector: { disk: 'ssd' } }));
    expect(problems(() => updated(free, narrow))).toEqual([]);
    Object.assign(free.spec as PodSpec, { schedulingGates: undefined });
    expect(problems(() => updated(free, narrow))[0]).toContain('changed: spec.');
  });
});

describe('status', () => {
  const status = { subresource: 'status' } as const;
  const terminated = {
    name: 'app',
    state: { terminated: { exitCode: 0 } },
    ready: false,
    restartCount: 0,
    image: '',
    imageID: '',
  };
  const pod = (restartPolicy: string): Pod => {
    const object = created(minimal.pod());
    Object.assign(object.spec ?? {}, { restartPolicy });
    object.status = { ...object.status, containerStatuses: [structuredClone(terminated)] };
    return object;
  };
  const restart = (object: Pod) => {
    Object.assign(object.status?.containerStatuses?.[0] ?? {}, { state: { running: {} } });
  };

  test('a container that ended for good may not run again', () => {
    const expected = ['status.containerStatuses[0].state: Forbidden: may not be transitioned to non-terminated state'];
    expect(problems(() => updated(pod('Never'), restart, status))).toEqual(expected);
    expect(problems(() => updated(pod('OnFailure'), restart, status))).toEqual(expected);
  });

  test('one that is restarted always may', () => {
    expect(problems(() => updated(pod('Always'), restart, status))).toEqual([]);
  });

  test('a status update changes neither spec nor owners, and keeps the QoS class', () => {
    const old = created(minimal.pod());
    const next = updated(
      old,
      (object) => {
        object.spec = { containers: [] };
        object.metadata.ownerReferences = [{ apiVersion: 'v1', kind: 'Node', name: 'n', uid: 'u' }];
        object.status = { phase: 'Running' };
      },
      status,
    );
    expect(next).toEqual({ ...old, status: { phase: 'Running', qosClass: 'BestEffort' } });
  });
});

test('an update of the pod leaves the status alone and counts the generation when the spec changed', () => {
  const old = created(minimal.pod());
  const same = updated(old, (pod) => {
    pod.status = { phase: 'Failed' };
    pod.metadata.labels = { a: 'b' };
  });
  expect(same.status).toEqual(old.status);
  expect(same.metadata.generation).toBe(1);
  expect(
    updated(
      old,
      onSpec((s) => Object.assign(app(s), { image: 'b:2' })),
    ).metadata.generation,
  ).toBe(2);
});
