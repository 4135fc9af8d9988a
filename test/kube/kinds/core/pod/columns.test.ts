import type { ContainerState, ContainerStatus, Pod } from '../../../../../runtime/kube/generated/types';
import { podKind } from '../../../../../runtime/kube/kinds/core/pod';
import { summarizePod } from '../../../../../runtime/kube/kinds/core/pod/status-text';
import { minimal } from '../../fixtures';

const now = Date.parse('2026-01-31T13:00:00Z');

function container(state: ContainerState, rest: Partial<ContainerStatus> = {}): ContainerStatus {
  return { name: 'app', image: '', imageID: '', ready: false, restartCount: 0, state, ...rest };
}
const running = container({ running: {} }, { ready: true });
const ended = (exitCode: number, rest: object = {}) => container({ terminated: { exitCode, ...rest } });
const waiting = (reason: string) => container({ waiting: { reason } });

function pod(status: Pod['status'], change: (pod: Pod) => void = () => {}): Pod {
  const object = { ...minimal.pod(), status };
  change(object);
  return object;
}
const withInit = (object: Pod) => {
  Object.assign(object.spec ?? {}, { initContainers: [{ name: 'i', image: 'i' }] });
};
const withSidecar = (object: Pod) => {
  Object.assign(object.spec ?? {}, { initContainers: [{ name: 'i', image: 'i', restartPolicy: 'Always' }] });
};
const deleted = (object: Pod) => {
  object.metadata.deletionTimestamp = '2026-01-31T13:00:30Z';
};

test.each<[string, Pod, string, string]>([
  ['just made', pod({ phase: 'Pending' }), '0/1', 'Pending'],
  ['pulling', pod({ phase: 'Pending', containerStatuses: [waiting('ContainerCreating')] }), '0/1', 'ContainerCreating'],
  ['running', pod({ phase: 'Running', containerStatuses: [running] }), '1/1', 'Running'],
  [
    'running, not ready',
    pod({ phase: 'Running', containerStatuses: [{ ...running, ready: false }] }),
    '0/1',
    'Running',
  ],
  ['crashing', pod({ phase: 'Running', containerStatuses: [waiting('CrashLoopBackOff')] }), '0/1', 'CrashLoopBackOff'],
  ['done', pod({ phase: 'Succeeded', containerStatuses: [ended(0, { reason: 'Completed' })] }), '0/1', 'Completed'],
  ['failed', pod({ phase: 'Failed', containerStatuses: [ended(1, { reason: 'Error' })] }), '0/1', 'Error'],
  ['failed without a reason', pod({ phase: 'Failed', containerStatuses: [ended(3)] }), '0/1', 'ExitCode:3'],
  ['killed by a signal', pod({ phase: 'Failed', containerStatuses: [ended(137, { signal: 9 })] }), '0/1', 'Signal:9'],
  ['evicted', pod({ phase: 'Failed', reason: 'Evicted' }), '0/1', 'Evicted'],
  ['being deleted', pod({ phase: 'Running', containerStatuses: [running] }, deleted), '1/1', 'Terminating'],
  [
    'deleted when done',
    pod({ phase: 'Succeeded', containerStatuses: [ended(0, { reason: 'Completed' })] }, deleted),
    '0/1',
    'Completed',
  ],
  ['on a lost node', pod({ phase: 'Running', reason: 'NodeLost' }, deleted), '0/1', 'Unknown'],
  [
    'gated',
    pod({ phase: 'Pending', conditions: [{ type: 'PodScheduled', status: 'False', reason: 'SchedulingGated' }] }),
    '0/1',
    'SchedulingGated',
  ],
  [
    'initializing',
    pod(
      {
        phase: 'Pending',
        initContainerStatuses: [container({ running: {} }, { name: 'i' })],
        containerStatuses: [waiting('PodInitializing')],
      },
      withInit,
    ),
    '0/1',
    'Init:0/1',
  ],
  [
    'waiting for the init container',
    pod({ phase: 'Pending', initContainerStatuses: [{ ...waiting('PodInitializing'), name: 'i' }] }, withInit),
    '0/1',
    'Init:0/1',
  ],
  [
    'init failed',
    pod({ phase: 'Pending', initContainerStatuses: [{ ...ended(1, { reason: 'Error' }), name: 'i' }] }, withInit),
    '0/1',
    'Init:Error',
  ],
  [
    'init failed without a reason',
    pod({ phase: 'Pending', initContainerStatuses: [{ ...ended(2), name: 'i' }] }, withInit),
    '0/1',
    'Init:ExitCode:2',
  ],
  [
    'init crashing',
    pod({ phase: 'Pending', initContainerStatuses: [{ ...waiting('CrashLoopBackOff'), name: 'i' }] }, withInit),
    '0/1',
    'Init:CrashLoopBackOff',
  ],
  [
    'init done',
    pod(
      {
        phase: 'Pending',
        initContainerStatuses: [{ ...ended(0), name: 'i' }],
        containerStatuses: [waiting('PodInitializing')],
      },
      withInit,
    ),
    '0/1',
    'PodInitializing',
  ],
  [
    'with a sidecar',
    pod(
      {
        phase: 'Running',
        initContainerStatuses: [{ ...running, name: 'i', started: true }],
        containerStatuses: [running],
      },
      withSidecar,
    ),
    '2/2',
    'Running',
  ],
  [
    'one of two done',
    pod({
      phase: 'Running',
      conditions: [{ type: 'Ready', status: 'True' }],
      containerStatuses: [ended(0, { reason: 'Completed' }), running],
    }),
    '1/1',
    'Running',
  ],
])('%s', (_name, object, ready, status) => {
  expect(summarizePod(object, now)).toMatchObject({ ready, status });
});

test('restarts say how long ago the last one was', () => {
  const lastState = { terminated: { exitCode: 1, finishedAt: '2026-01-31T12:55:00Z' } };
  const object = pod({ phase: 'Running', containerStatuses: [{ ...running, restartCount: 2, lastState }] });
  expect(summarizePod(object, now).restarts).toBe('2 (5m ago)');
});

test('the row as kubectl shows it', () => {
  const object = pod({ phase: 'Running', podIP: '10.42.0.7', containerStatuses: [running] }, (p) => {
    p.metadata.creationTimestamp = '2026-01-31T12:59:18Z';
    Object.assign(p.spec ?? {}, { nodeName: 'n1', readinessGates: [{ conditionType: 'a/b' }] });
  });
  const row = podKind.columns.map((column) => [column.name, column.priority, column.cell(object, now)]);
  expect(row).toEqual([
    ['Name', 0, 'web'],
    ['Ready', 0, '1/1'],
    ['Status', 0, 'Running'],
    ['Restarts', 0, '0'],
    ['Age', 0, '42s'],
    ['IP', 1, '10.42.0.7'],
    ['Node', 1, 'n1'],
    ['Nominated Node', 1, '<none>'],
    ['Readiness Gates', 1, '0/1'],
  ]);
});
