import { containerHash } from '../../runtime/agent/pod/container-hash';
import { type Action, decide } from '../../runtime/agent/pod/pod-actions';
import { type PodState, sandboxAnnotation } from '../../runtime/agent/pod/pod-state';
import { formatDelay, nextBackoff, restartAllowedAt } from '../../runtime/agent/pod/restart-backoff';
import type { ContainerInfo } from '../../runtime/engine/engine';
import type { Container, Pod, PodSpec } from '../../runtime/kube/generated/types';

const now = 1_000_000;
const app: Container = { name: 'app', image: 'app:1' };
const pod = (spec: Partial<PodSpec> = {}, metadata: Pod['metadata'] = {}, ready = false): Pod => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'web', namespace: 'default', uid: 'u', ...metadata },
  spec: { containers: [app], ...spec },
  status: { conditions: ready ? [{ type: 'Ready', status: 'True' }] : [] },
});
const info = (name: string, more: Partial<ContainerInfo> = {}): ContainerInfo => ({
  id: `${name}-${more.attempt ?? 0}`,
  podUid: 'u',
  podName: 'web',
  podNamespace: 'default',
  role: name === 'POD' ? 'sandbox' : 'container',
  name,
  attempt: 0,
  hash: containerHash({ ...app, name }),
  imageName: 'app:1',
  imageId: 'sha256:1',
  state: 'running',
  pid: 1,
  createdAt: now - 60_000,
  startedAt: now - 60_000,
  oomKilled: false,
  annotations: name === 'POD' ? {} : { [sandboxAnnotation]: 'POD-0' },
  ...more,
});
const exited = (name: string, exitCode: number, more: Partial<ContainerInfo> = {}) =>
  info(name, { state: 'exited', exitCode, finishedAt: now - 5_000, ...more });
const sandbox = info('POD');

function state(desired: Pod, infos: ContainerInfo[], more: Partial<PodState> = {}): PodState {
  const containers = new Map<string, ContainerInfo[]>();
  const sorted = [...infos].sort((a, b) => b.attempt - a.attempt);
  for (const each of sorted.filter(({ role }) => role === 'container'))
    containers.set(each.name, [...(containers.get(each.name) ?? []), each]);
  const running = infos.filter(({ state: is, role }) => is === 'running' && role === 'container');
  return {
    pod: desired,
    sandboxes: sorted.filter(({ role }) => role === 'sandbox'),
    containers,
    ip: '10.42.0.2',
    memory: new Map(),
    health: new Map(running.map(({ id }) => [id, { started: true, ready: true }])),
    startTime: now - 120_000,
    gone: false,
    ...more,
  };
}

/** An action as a few words. */
function words(action: Action): string {
  switch (action.type) {
    case 'start-sandbox':
      return `start-sandbox ${action.attempt}`;
    case 'start-container':
      return `start ${action.container.name} ${action.attempt}`;
    case 'kill-container':
      return `kill ${action.info.id} ${action.graceSeconds}s`;
    case 'force-kill':
    case 'remove':
      return `${action.type} ${action.info.id}`;
    default:
      return action.type;
  }
}
const actions = (from: PodState, at = now) => decide(from, at).actions.map(words);

describe('bringing a pod up', () => {
  const sidecar: Container = { ...app, name: 'proxy', restartPolicy: 'Always' };
  const init: Container = { ...app, name: 'init' };

  test.each<[string, PodState, string[]]>([
    ['nothing there: a sandbox', state(pod(), [], { ip: undefined }), ['start-sandbox 0']],
    [
      'a sandbox that is not wired, after a restart of the agent',
      state(pod(), [sandbox], { ip: undefined }),
      ['attach'],
    ],
    [
      'a sandbox that is being started: containers are made meanwhile',
      state(pod(), [], { ip: undefined, starting: 'POD-0' }),
      ['start app 0'],
    ],
    [
      'a sandbox: every container at once',
      state(pod({ containers: [app, { ...app, name: 'two' }] }), [sandbox]),
      ['start app 0', 'start two 0'],
    ],
    ['init containers first', state(pod({ initContainers: [init] }), [sandbox]), ['start init 0']],
    ['an init container that runs is waited for', state(pod({ initContainers: [init] }), [sandbox, info('init')]), []],
    [
      'an init container that succeeded',
      state(pod({ initContainers: [init] }), [sandbox, exited('init', 0)]),
      ['start app 0'],
    ],
    [
      'an init container that failed is tried again',
      state(pod({ initContainers: [init] }), [sandbox, exited('init', 1)]),
      ['start init 1'],
    ],
    [
      'a sidecar that has not started is waited for',
      state(pod({ initContainers: [sidecar] }), [sandbox, info('proxy')], { health: new Map() }),
      [],
    ],
    [
      'a sidecar that has started',
      state(pod({ initContainers: [sidecar] }), [sandbox, info('proxy')]),
      ['start app 0'],
    ],
    [
      'a sidecar that died is started again beside the others',
      state(pod({ initContainers: [sidecar] }), [sandbox, exited('proxy', 0), info('app')]),
      ['start proxy 1'],
    ],
    ['all is well: nothing', state(pod(), [sandbox, info('app')]), []],
    [
      'made but not started, by an agent that was killed',
      state(pod(), [sandbox, info('app', { state: 'created' })]),
      ['start app 0'],
    ],
  ])('%s', (_name, from, expected) => {
    expect(actions(from)).toEqual(expected);
  });

  test('init containers run again in a new sandbox', () => {
    const newer = info('POD', { attempt: 1 });
    const from = state(pod({ initContainers: [init] }), [newer, sandbox, exited('init', 0), exited('app', 137)]);
    expect(actions(from)).toEqual(['remove POD-0', 'start init 1']);
  });
});

describe('keeping a pod up', () => {
  test.each<[string, number, string[]]>([
    ['Always', 0, ['start app 1']],
    ['Always', 1, ['start app 1']],
    ['OnFailure', 1, ['start app 1']],
    ['OnFailure', 0, ['remove POD-0']],
    ['Never', 1, ['remove POD-0']],
  ])('restartPolicy %s after exit code %i', (restartPolicy, code, expected) => {
    expect(actions(state(pod({ restartPolicy }), [sandbox, exited('app', code)]))).toEqual(expected);
  });

  test('a container in crash-loop back-off waits until its time', () => {
    const memory = new Map([['app', { backoff: { milliseconds: 20_000, at: now - 30_000 } }]]);
    const from = state(pod(), [sandbox, exited('app', 1)], { memory });
    expect(decide(from, now)).toEqual({ actions: [], wakeAt: now + 15_000 });
    expect(actions(from, now + 15_000)).toEqual(['start app 1']);
  });

  test('a dead sandbox: what runs ends first, then a new one', () => {
    const dead = info('POD', { state: 'exited', exitCode: 137 });
    expect(actions(state(pod(), [dead, info('app')]))).toEqual(['kill app-0 30s']);
    expect(actions(state(pod(), [dead, exited('app', 137)], { ip: undefined }))).toEqual(['start-sandbox 1']);
  });

  test("what a probe found unhealthy is killed with its own grace, else the pod's", () => {
    const sick = (graceSeconds?: number) =>
      state(pod({ terminationGracePeriodSeconds: 7 }), [sandbox, info('app')], {
        health: new Map([['app-0', { started: true, ready: false, unhealthy: { reason: 'liveness', graceSeconds } }]]),
      });
    expect(actions(sick())).toEqual(['kill app-0 7s']);
    expect(actions(sick(3))).toEqual(['kill app-0 3s']);
  });

  test('a container made from another image is replaced', () => {
    expect(actions(state(pod(), [sandbox, info('app', { hash: 'old' })]))).toEqual(['kill app-0 30s']);
  });

  test('one ended attempt is kept beside the running one', () => {
    const attempts = [0, 1, 2].map((attempt) => exited('app', 1, { attempt }));
    const from = state(pod(), [sandbox, info('app', { attempt: 3 }), ...attempts]);
    expect(actions(from)).toEqual(['remove app-1', 'remove app-0']);
  });

  test('time that runs out ends the pod, and is waited for', () => {
    const from = state(pod({ activeDeadlineSeconds: 130 }), [sandbox, info('app')]);
    expect(decide(from, now)).toEqual({ actions: [], wakeAt: now + 10_000 });
    expect(actions(from, now + 10_000)).toEqual(['kill app-0 30s']);
  });
});

describe('taking a pod down', () => {
  const deleted = (grace: number, ready = false, spec: Partial<PodSpec> = {}) =>
    pod(spec, { deletionTimestamp: '2026-01-01T00:00:00Z', deletionGracePeriodSeconds: grace }, ready);
  const since = { terminatingSince: now };

  test('a ready pod waits for the proxies, at most five seconds and the grace period', () => {
    expect(decide(state(deleted(30, true), [sandbox, info('app')], since), now)).toEqual({
      actions: [],
      wakeAt: now + 5_000,
    });
    expect(decide(state(deleted(2, true), [sandbox, info('app')], since), now).wakeAt).toBe(now + 2_000);
    expect(actions(state(deleted(30, true), [sandbox, info('app')], since), now + 5_000)).toEqual(['kill app-0 25s']);
  });

  test('a pod that takes no requests, or was taken out, is stopped at once', () => {
    expect(actions(state(deleted(30), [sandbox, info('app')], since))).toEqual(['kill app-0 30s']);
    const drained = deleted(30, true);
    drained.status?.conditions?.push({ type: 'orlop.dev/EndpointsDrained', status: 'True' });
    expect(actions(state(drained, [sandbox, info('app')], since))).toEqual(['kill app-0 30s']);
  });

  test('sidecars end after the others, the last one first', () => {
    const initContainers = ['a', 'b'].map((name): Container => ({ ...app, name, restartPolicy: 'Always' }));
    const desired = deleted(30, false, { initContainers });
    expect(actions(state(desired, [sandbox, info('a'), info('b'), info('app')], since))).toEqual(['kill app-0 30s']);
    expect(actions(state(desired, [sandbox, info('a'), info('b'), exited('app', 0)], since))).toEqual(['kill b-0 30s']);
    expect(actions(state(desired, [sandbox, info('a')], since))).toEqual(['kill a-0 30s']);
  });

  test('what outlives the grace period is killed by force, and nothing left is taken down', () => {
    expect(actions(state(deleted(10), [sandbox, info('app')], since), now + 12_000)).toContain('force-kill app-0');
    expect(actions(state(deleted(10), [sandbox, exited('app', 143)], since))).toEqual(['tear-down']);
    expect(actions(state(deleted(10), [], since))).toEqual(['tear-down']);
  });

  test('a pod that the server no longer has waits for nobody, and not for long', () => {
    expect(
      actions(
        state(pod({ terminationGracePeriodSeconds: 600 }, {}, true), [sandbox, info('app')], { ...since, gone: true }),
      ),
    ).toEqual(['kill app-0 10s']);
  });
});

describe('back-off', () => {
  test('doubles from 10 s to 5 min, and is forgotten after 10 min of running', () => {
    let backoff: ReturnType<typeof nextBackoff> | undefined;
    const delays: number[] = [];
    for (let i = 0; i < 7; i++) {
      backoff = nextBackoff(backoff, now, now);
      delays.push(backoff.milliseconds / 1000);
    }
    expect(delays).toEqual([10, 20, 40, 80, 160, 300, 300]);
    expect(restartAllowedAt(backoff, now + 1)).toBe(now + 300_001);
    expect(restartAllowedAt(backoff, now + 600_001)).toBeUndefined();
    expect(nextBackoff(backoff, now + 600_001, now).milliseconds).toBe(10_000);
  });

  test.each([
    [10_000, '10s'],
    [160_000, '2m40s'],
    [300_000, '5m0s'],
  ])('%i ms is %s', (milliseconds, text) => {
    expect(formatDelay(milliseconds)).toBe(text);
  });
});
