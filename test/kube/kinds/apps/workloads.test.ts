import type { Deployment, DeploymentSpec, PodSpec, ReplicaSet } from '../../../../runtime/kube/generated/types';
import { deploymentKind } from '../../../../runtime/kube/kinds/apps/deployment';
import { replicaSetKind } from '../../../../runtime/kube/kinds/apps/replica-set';
import { type Case, created, minimal, problems, testCreates, testUpdates, updated } from '../fixtures';

const set = (values: object) => (object: Deployment) => void Object.assign(object.spec as DeploymentSpec, values);
const onPod = (values: object) => (object: Deployment) =>
  void Object.assign(object.spec?.template.spec as PodSpec, values);
const rolling = (values: object) => set({ strategy: { type: 'RollingUpdate', rollingUpdate: values } });
const percent =
  "a valid percent string must be a numeric string followed by an ending '%' (e.g. '1%',  or '93%', regex used for validation is '[0-9]+%')";

describe('Deployment', () => {
  test('gets its defaults', () => {
    expect(created(minimal.deployment())).toMatchObject({
      metadata: { generation: 1 },
      spec: {
        replicas: 1,
        revisionHistoryLimit: 10,
        progressDeadlineSeconds: 600,
        strategy: { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: '25%', maxSurge: '25%' } },
        template: { spec: { restartPolicy: 'Always', containers: [{ imagePullPolicy: 'IfNotPresent' }] } },
      },
      status: {},
    });
  });

  test('no replicas and no history are kept', () => {
    const object = minimal.deployment();
    set({ replicas: 0, revisionHistoryLimit: 0 })(object);
    expect(created(object).spec).toMatchObject({ replicas: 0, revisionHistoryLimit: 0 });
  });

  test('Recreate gets no rolling update', () => {
    const object = minimal.deployment();
    set({ strategy: { type: 'Recreate' } })(object);
    expect(created(object).spec?.strategy).toEqual({ type: 'Recreate' });
  });

  const cases: Case<Deployment>[] = [
    [
      'negative replicas',
      set({ replicas: -1 }),
      'spec.replicas: Invalid value: -1: must be greater than or equal to 0',
    ],
    ['no selector', set({ selector: undefined }), 'spec.selector: Required value'],
    [
      'empty selector',
      set({ selector: {} }),
      'spec.selector: Invalid value: {}: empty selector is invalid for deployment',
    ],
    ['no template', set({ template: undefined }), 'spec.template: Required value'],
    [
      'other labels',
      set({ selector: { matchLabels: { app: 'x' } } }),
      'spec.template.metadata.labels: Invalid value: {"app":"web"}: `selector` does not match template `labels`',
    ],
    ['expressions pass', set({ selector: { matchExpressions: [{ key: 'app', operator: 'In', values: ['web'] }] } })],
    [
      'operator of the selector',
      set({ selector: { matchExpressions: [{ key: 'app', operator: 'X' }] } }),
      'spec.selector.matchExpressions[0].operator: Invalid value: "X": not a valid selector operator',
    ],
    [
      'values of the selector',
      set({ selector: { matchExpressions: [{ key: 'app', operator: 'In' }] } }),
      "spec.selector.matchExpressions[0].values: Required value: must be specified when `operator` is 'In' or 'NotIn'",
    ],
    [
      'no image in the template',
      onPod({ containers: [{ name: 'a' }] }),
      'spec.template.spec.containers[0].image: Required value',
    ],
    [
      'restart policy of the template',
      onPod({ restartPolicy: 'Never' }),
      'spec.template.spec.restartPolicy: Unsupported value: "Never": supported values: "Always"',
    ],
    [
      'deadline of the template',
      onPod({ activeDeadlineSeconds: 1 }),
      'spec.template.spec.activeDeadlineSeconds: Forbidden: activeDeadlineSeconds in ReplicaSet is not Supported',
    ],
    [
      'strategy',
      set({ strategy: { type: 'X' } }),
      'spec.strategy.type: Unsupported value: "X": supported values: "Recreate", "RollingUpdate"',
    ],
    [
      'Recreate with rolling update',
      set({ strategy: { type: 'Recreate', rollingUpdate: {} } }),
      "spec.strategy.rollingUpdate: Forbidden: may not be specified when strategy `type` is 'Recreate'",
    ],
    ['numbers pass', rolling({ maxSurge: 1, maxUnavailable: 0 })],
    ['no percent', rolling({ maxSurge: 'a' }), `spec.strategy.rollingUpdate.maxSurge: Invalid value: "a": ${percent}`],
    [
      'more than all',
      rolling({ maxUnavailable: '101%' }),
      'spec.strategy.rollingUpdate.maxUnavailable: Invalid value: "101%": must not be greater than 100%',
    ],
    [
      'nothing may move',
      rolling({ maxUnavailable: 0, maxSurge: '0%' }),
      'spec.strategy.rollingUpdate.maxUnavailable: Invalid value: 0: may not be 0 when `maxSurge` is 0',
    ],
    [
      'negative minReadySeconds',
      set({ minReadySeconds: -1 }),
      'spec.minReadySeconds: Invalid value: -1: must be greater than or equal to 0',
    ],
    [
      'negative history',
      set({ revisionHistoryLimit: -1 }),
      'spec.revisionHistoryLimit: Invalid value: -1: must be greater than or equal to 0',
    ],
    [
      'deadline before ready',
      set({ minReadySeconds: 600 }),
      'spec.progressDeadlineSeconds: Invalid value: 600: must be greater than minReadySeconds',
    ],
  ];
  testCreates(minimal.deployment, cases);

  testUpdates(minimal.deployment, [
    ['may be scaled', set({ replicas: 5 })],
    [
      'may not get another selector',
      (d) => {
        set({ selector: { matchLabels: { app: 'x' } } })(d);
        if (d.spec) d.spec.template.metadata = { labels: { app: 'x' } };
      },
      'spec.selector: Invalid value: {"matchLabels":{"app":"x"}}: field is immutable',
    ],
  ]);

  test('the generation counts changes of the spec, not of labels or status', () => {
    const old = created(minimal.deployment());
    expect(updated(old, set({ replicas: 2 })).metadata.generation).toBe(2);
    const labelled = updated(old, (d) => Object.assign(d.metadata, { labels: { a: 'b' }, generation: 9 }));
    expect(labelled.metadata.generation).toBe(1);
    const status = updated(old, (d) => Object.assign(d, { status: { replicas: 1 }, spec: {} }), {
      subresource: 'status',
    });
    expect(status).toEqual({ ...old, status: { replicas: 1 } });
  });

  test('a status with impossible counts is refused', () => {
    const old = created(minimal.deployment());
    const status = { replicas: 1, readyReplicas: 2, collisionCount: -1 };
    expect(problems(() => updated(old, (d) => Object.assign(d, { status }), { subresource: 'status' }))).toEqual([
      'status.collisionCount: Invalid value: -1: must be greater than or equal to 0',
      'status.readyReplicas: Invalid value: 2: cannot be greater than status.replicas',
      'status.collisionCount: Invalid value: -1: cannot be decremented',
    ]);
  });

  test('the row as kubectl shows it', () => {
    const object = created(minimal.deployment());
    object.metadata.creationTimestamp = '2026-01-31T13:00:00Z';
    object.status = { readyReplicas: 1, updatedReplicas: 1, availableReplicas: 1 };
    const now = Date.parse('2026-01-31T15:00:00Z');
    expect(deploymentKind.columns.map((column) => column.cell(object, now))).toEqual([
      'web',
      '1/1',
      1,
      1,
      '120m',
      'app',
      'nginx:1.27',
      'app=web',
    ]);
  });
});

describe('ReplicaSet', () => {
  const onSet = (values: object) => (object: ReplicaSet) => void Object.assign(object.spec ?? {}, values);

  test('gets one replica and an empty status', () => {
    expect(created(minimal.replicaSet())).toMatchObject({ spec: { replicas: 1 }, status: { replicas: 0 } });
  });

  testCreates(minimal.replicaSet, [
    [
      'negative replicas',
      onSet({ replicas: -1 }),
      'spec.replicas: Invalid value: -1: must be greater than or equal to 0',
    ],
    [
      'negative minReadySeconds',
      onSet({ minReadySeconds: -1 }),
      'spec.minReadySeconds: Invalid value: -1: must be greater than or equal to 0',
    ],
    ['no selector', onSet({ selector: undefined }), 'spec.selector: Required value'],
  ]);

  testUpdates(minimal.replicaSet, [
    [
      'may not get another selector',
      onSet({
        selector: { matchLabels: { app: 'web', a: 'b' } },
        template: { metadata: { labels: { app: 'web', a: 'b' } }, spec: { containers: [{ name: 'a', image: 'a' }] } },
      }),
      'spec.selector: Invalid value: {"matchLabels":{"app":"web","a":"b"}}: field is immutable',
    ],
  ]);

  test('a status with impossible counts is refused', () => {
    const old = created(minimal.replicaSet());
    const change = (s: ReplicaSet) => void Object.assign(s, { status: { replicas: 1, availableReplicas: 1 } });
    expect(problems(() => updated(old, change, { subresource: 'status' }))).toEqual([
      'status.availableReplicas: Invalid value: 1: cannot be greater than status.readyReplicas',
    ]);
  });

  test('the row as kubectl shows it', () => {
    const object = created(minimal.replicaSet());
    expect(replicaSetKind.columns.map((column) => column.cell(object, 0))).toEqual([
      'web',
      1,
      0,
      0,
      '<unknown>',
      'app',
      'nginx:1.27',
      'app=web',
    ]);
  });
});
