import type { StatefulSet } from '../../../../runtime/kube/generated/types';
import { created, minimal, problems, rowOf, testCreates, testUpdates, updated } from '../fixtures';

const claim = (name: string) => ({
  metadata: { name },
  spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } },
});
const spec = (change: (spec: NonNullable<StatefulSet['spec']>) => void) => (set: StatefulSet) =>
  change(set.spec as NonNullable<StatefulSet['spec']>);

test('defaults', () => {
  const set = minimal.statefulSet();
  set.spec = { ...(set.spec as NonNullable<StatefulSet['spec']>), volumeClaimTemplates: [claim('data')] as never };
  expect(created(set)).toMatchObject({
    metadata: { generation: 1 },
    spec: {
      replicas: 1,
      revisionHistoryLimit: 10,
      podManagementPolicy: 'OrderedReady',
      updateStrategy: { type: 'RollingUpdate', rollingUpdate: { partition: 0 } },
      persistentVolumeClaimRetentionPolicy: { whenDeleted: 'Retain', whenScaled: 'Retain' },
      volumeClaimTemplates: [
        {
          apiVersion: 'v1',
          kind: 'PersistentVolumeClaim',
          spec: { volumeMode: 'Filesystem' },
          status: { phase: 'Pending' },
        },
      ],
    },
    status: { replicas: 0, availableReplicas: 0 },
  });
});

testCreates(minimal.statefulSet, [
  [
    'the volume of a claim may be mounted',
    spec((s) => {
      s.volumeClaimTemplates = [claim('data')] as never;
      Object.assign(s.template.spec?.containers[0] ?? {}, { volumeMounts: [{ name: 'data', mountPath: '/data' }] });
    }),
  ],
  [
    'a mount of no volume',
    spec((s) => {
      Object.assign(s.template.spec?.containers[0] ?? {}, { volumeMounts: [{ name: 'data', mountPath: '/data' }] });
    }),
    'spec.template.spec.containers[0].volumeMounts[0].name: Not found: "data"',
  ],
  [
    'another management policy',
    spec((s) => Object.assign(s, { podManagementPolicy: 'Chaos' })),
    "spec.podManagementPolicy: Invalid value: \"Chaos\": must be 'OrderedReady' or 'Parallel'",
  ],
  [
    'rolling update beside OnDelete',
    spec((s) => Object.assign(s, { updateStrategy: { type: 'OnDelete', rollingUpdate: { partition: 1 } } })),
    'spec.updateStrategy.rollingUpdate: Invalid value: {"partition":1}: only allowed for updateStrategy \'RollingUpdate\'',
  ],
  [
    'no pod may be away',
    spec((s) => Object.assign(s, { updateStrategy: { rollingUpdate: { maxUnavailable: 0 } } })),
    'spec.updateStrategy.rollingUpdate.maxUnavailable: Invalid value: 0: cannot be 0',
  ],
  [
    'negative numbers',
    spec((s) => Object.assign(s, { replicas: -1, minReadySeconds: -1, ordinals: { start: -1 } })),
    'spec.replicas: Invalid value: -1: must be greater than or equal to 0',
    'spec.minReadySeconds: Invalid value: -1: must be greater than or equal to 0',
    'spec.ordinals.start: Invalid value: -1: must be greater than or equal to 0',
  ],
  [
    'pods that end',
    spec((s) => Object.assign(s.template.spec ?? {}, { restartPolicy: 'Never' })),
    'spec.template.spec.restartPolicy: Unsupported value: "Never": supported values: "Always"',
  ],
  [
    'a selector of other pods',
    spec((s) => Object.assign(s, { selector: { matchLabels: { app: 'other' } } })),
    'spec.template.metadata.labels: Invalid value: {"app":"web"}: `selector` does not match template `labels`',
  ],
  [
    'an empty selector',
    spec((s) => Object.assign(s, { selector: {} })),
    'spec.selector: Invalid value: {}: empty selector is invalid for statefulset',
  ],
]);

describe('update', () => {
  testUpdates(minimal.statefulSet, [
    ['what may change', spec((s) => Object.assign(s, { replicas: 3, minReadySeconds: 1, revisionHistoryLimit: 2 }))],
    [
      'what may not',
      spec((s) => Object.assign(s, { serviceName: 'other' })),
      "spec: Forbidden: updates to statefulset spec for fields other than 'replicas', 'ordinals', 'template', 'updateStrategy', 'revisionHistoryLimit', 'persistentVolumeClaimRetentionPolicy' and 'minReadySeconds' are forbidden",
    ],
  ]);

  test('of the spec counts up and keeps the status', () => {
    const old = created(minimal.statefulSet());
    const next = updated(old, (set) => {
      spec((s) => Object.assign(s, { replicas: 2 }))(set);
      set.status = { replicas: 7 };
    });
    expect(next).toMatchObject({ metadata: { generation: 2 }, status: { replicas: 0 } });
  });

  test('of the status is checked', () => {
    const old = created(minimal.statefulSet());
    const write = () =>
      updated(old, (set) => Object.assign(set, { status: { replicas: 1, readyReplicas: 2 } }), {
        subresource: 'status',
      });
    expect(problems(write)).toEqual(['status.readyReplicas: Invalid value: 2: cannot be greater than status.replicas']);
  });
});

test('row', () => {
  expect(rowOf(created(minimal.statefulSet()))).toEqual(['web', '0/1', '<unknown>', 'app', 'nginx:1.27']);
});
