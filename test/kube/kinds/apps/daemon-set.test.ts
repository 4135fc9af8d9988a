import type { DaemonSet } from '../../../../runtime/kube/generated/types';
import { created, minimal, problems, rowOf, testCreates, testUpdates, updated } from '../fixtures';

const counter = 'deprecated.daemonset.template.generation';
const strategy = (rollingUpdate: object) => (set: DaemonSet) =>
  void Object.assign(set.spec ?? {}, { updateStrategy: { type: 'RollingUpdate', rollingUpdate } });
const image = (name: string) => (set: DaemonSet) =>
  void Object.assign(set.spec?.template.spec?.containers[0] ?? {}, { image: name });

test('defaults', () => {
  expect(created(minimal.daemonSet())).toMatchObject({
    metadata: { generation: 1, annotations: { [counter]: '1' } },
    spec: {
      revisionHistoryLimit: 10,
      updateStrategy: { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: 1, maxSurge: 0 } },
    },
    status: { currentNumberScheduled: 0, numberMisscheduled: 0, desiredNumberScheduled: 0, numberReady: 0 },
  });
});

test('the server counts templates, whatever the client writes', () => {
  const old = created(minimal.daemonSet());
  const next = updated(old, (set) => {
    image('nginx:1.28')(set);
    Object.assign(set.metadata, { annotations: { [counter]: '9' } });
  });
  expect(next.metadata).toMatchObject({ generation: 2, annotations: { [counter]: '2' } });
  const scaled = updated(next, (set) => Object.assign(set.spec ?? {}, { minReadySeconds: 5 }));
  expect(scaled.metadata).toMatchObject({ generation: 3, annotations: { [counter]: '2' } });
});

testCreates(minimal.daemonSet, [
  ['surge instead of gaps', strategy({ maxUnavailable: 0, maxSurge: '10%' })],
  [
    'both',
    strategy({ maxUnavailable: 1, maxSurge: 1 }),
    'spec.updateStrategy.rollingUpdate.maxSurge: Invalid value: 1: may not be set when maxUnavailable is non-zero',
  ],
  [
    'neither',
    strategy({ maxUnavailable: 0, maxSurge: 0 }),
    'spec.updateStrategy.rollingUpdate.maxUnavailable: Required value: cannot be 0 when maxSurge is 0',
  ],
  [
    'another strategy',
    (set) => void Object.assign(set.spec ?? {}, { updateStrategy: { type: 'Now' } }),
    'spec.updateStrategy.type: Unsupported value: "Now": supported values: "RollingUpdate", "OnDelete"',
  ],
  [
    'a deadline',
    (set) => void Object.assign(set.spec?.template.spec ?? {}, { activeDeadlineSeconds: 1 }),
    'spec.template.spec.activeDeadlineSeconds: Forbidden: activeDeadlineSeconds in DaemonSet is not Supported',
  ],
]);

describe('update', () => {
  testUpdates(minimal.daemonSet, [
    [
      'of the selector',
      (set) => {
        const labels = { app: 'other' };
        Object.assign(set.spec ?? {}, { selector: { matchLabels: labels } });
        Object.assign(set.spec?.template.metadata ?? {}, { labels });
      },
      'spec.selector: Invalid value: {"matchLabels":{"app":"other"}}: field is immutable',
    ],
  ]);

  test('of the status is checked', () => {
    const write = () =>
      updated(created(minimal.daemonSet()), (set) => Object.assign(set.status ?? {}, { numberReady: -1 }), {
        subresource: 'status',
      });
    expect(problems(write)).toEqual(['status.numberReady: Invalid value: -1: must be greater than or equal to 0']);
  });
});

test('row', () => {
  const set = created(minimal.daemonSet());
  expect(rowOf(set)).toEqual(['web', 0, 0, 0, 0, 0, '<none>', '<unknown>', 'app', 'nginx:1.27', 'app=web']);
});
