import type { ContainerSpec } from '../../runtime/engine/engine';
import { EngineError } from '../../runtime/engine/engine';
import type { Behaviour } from '../../runtime/engine/simulated/simulated-engine';
import { pods } from '../../runtime/kube/resource';
import { AgentHarness, container } from './harness';

// Everything here is as fast as the machine's files; a busy machine is not a failure.
jest.setTimeout(60_000);

let harness: AgentHarness;
let behaviours: Record<string, Behaviour>;

beforeEach(async () => {
  behaviours = {};
  harness = await AgentHarness.start({
    images: ['app:1', 'app:2'],
    behaviour: ({ name }: ContainerSpec) => behaviours[name] ?? {},
    registry: (image) => {
      throw new EngineError('image-not-found', `manifest for ${image} not found`);
    },
  });
});
afterEach(() => harness.stop());

const running = (name = 'web') => harness.until(async () => (await harness.phase(name)) === 'Running');
const gone = (name = 'web') => harness.until(async () => (await harness.pod(name)) === undefined);
const deletePod = (name = 'web', gracePeriodSeconds?: number) =>
  harness.client.delete(pods, { namespace: 'default', name }, { gracePeriodSeconds });

test('a pod comes to Running and Ready in one status write, with address, ids and times', async () => {
  harness.createPod('web');
  await running();
  expect(await harness.condition('web', 'Ready')).toBe('True');
  expect((await harness.pod('web'))?.status).toMatchObject({
    podIP: '10.42.0.2',
    hostIP: '192.0.2.1',
    qosClass: 'BestEffort',
    startTime: '2026-01-01T00:00:00Z',
  });
  expect(await harness.status('web')).toMatchObject({
    ready: true,
    started: true,
    restartCount: 0,
    state: { running: { startedAt: '2026-01-01T00:00:00Z' } },
    containerID: expect.stringMatching(/^simulated:\/\//),
  });
  await harness.settle();
  expect(harness.client.writes.filter((write) => write === 'patch pods/status default/web')).toHaveLength(1);
});

test('a pod that has become ready no longer says why it was not', async () => {
  harness.check = () => ({ ok: false, message: 'connection refused' });
  harness.createPod('web', { containers: [container('app', { readinessProbe: { tcpSocket: { port: 80 } } })] });
  const ready = async () => (await harness.pod('web'))?.status?.conditions?.find(({ type }) => type === 'Ready');
  await running();
  expect(await ready()).toMatchObject({ status: 'False', reason: 'ContainersNotReady' });
  harness.check = () => ({ ok: true, message: '' });
  await harness.advance(10_000);
  await harness.until(async () => (await ready())?.status === 'True');
  expect(Object.keys((await ready()) ?? {}).sort()).toEqual(['lastTransitionTime', 'status', 'type']);
});

test('init containers run one after the other, and the others only then', async () => {
  behaviours.first = { exit: { afterMilliseconds: 1000, code: 0 } };
  behaviours.second = { exit: { afterMilliseconds: 1000, code: 0 } };
  harness.createPod('web', { initContainers: [container('first'), container('second')] });
  await harness.until(async () => (await harness.status('web', 'first'))?.state?.running !== undefined);
  expect((await harness.status('web'))?.state?.waiting?.reason).toBe('PodInitializing');
  expect(await harness.condition('web', 'Initialized')).toBe('False');
  await harness.advance(1000);
  expect(harness.engine.starts).toEqual(['web/first#0', 'web/second#0']);
  await harness.advance(1000);
  await running();
  expect(harness.engine.starts).toEqual(['web/first#0', 'web/second#0', 'web/app#0']);
  expect(await harness.condition('web', 'Initialized')).toBe('True');
  expect((await harness.status('web', 'first'))?.state?.terminated).toMatchObject({ exitCode: 0, reason: 'Completed' });
});

test('a sidecar starts before and runs beside the others', async () => {
  harness.createPod('web', { initContainers: [container('proxy', { restartPolicy: 'Always' })] });
  await running();
  expect(harness.engine.starts).toEqual(['web/proxy#0', 'web/app#0']);
  expect((await harness.status('web', 'proxy'))?.ready).toBe(true);
});

test('a crash is restarted at once, the next ones after 10 s, 20 s, 40 s', async () => {
  behaviours.app = { exit: { afterMilliseconds: 100, code: 1 } };
  harness.createPod('web');
  await harness.until(() => harness.engine.starts.length === 1);
  await harness.advance(100);
  expect(harness.engine.starts).toHaveLength(2);
  const delays: number[] = [];
  for (let i = 3; i <= 5; i++) {
    await harness.advance(100);
    const waiting = await harness.status('web');
    expect(waiting).toMatchObject({
      state: { waiting: { reason: 'CrashLoopBackOff' } },
      lastState: { terminated: { exitCode: 1, reason: 'Error' } },
    });
    const before = harness.clock.now();
    while (harness.engine.starts.length < i) await harness.advance(500);
    delays.push(harness.clock.now() - before);
  }
  expect(delays).toEqual([10_000, 20_000, 40_000]);
  expect((await harness.status('web'))?.restartCount).toBe(4);
});

test.each([
  ['Never', 0, 'Succeeded'],
  ['Never', 3, 'Failed'],
  ['OnFailure', 0, 'Succeeded'],
])('restartPolicy %s and exit code %i make the pod %s', async (restartPolicy, code, phase) => {
  behaviours.app = { exit: { afterMilliseconds: 100, code } };
  harness.createPod('job', { restartPolicy });
  await running('job');
  await harness.advance(100);
  await harness.until(async () => (await harness.phase('job')) === phase);
  expect(harness.engine.starts).toHaveLength(1);
  expect((await harness.status('job'))?.state?.terminated?.exitCode).toBe(code);
  // Its logs stay until it is deleted; its network does not.
  expect((await harness.engine.list()).map(({ role }) => role)).toEqual(['container']);
});

test('an image that cannot be pulled shows ErrImagePull, then ImagePullBackOff, and starts once it can', async () => {
  harness.createPod('web', { containers: [container('app', { image: 'registry.example/app:9' })] });
  const reason = async () => (await harness.status('web'))?.state?.waiting?.reason;
  await harness.until(async () => (await reason()) === 'ErrImagePull');
  await harness.advance(2_000);
  expect(await reason()).toBe('ImagePullBackOff');
  await harness.client.patch(
    pods,
    { namespace: 'default', name: 'web' },
    { type: 'merge', body: { spec: { containers: [container('app')] } } },
  );
  await running();
});

test.each([
  ['ErrImageNeverPull', container('app', { image: 'other:1', imagePullPolicy: 'Never' })],
  ['InvalidImageName', container('app', { image: 'Not A Name' })],
  [
    'CreateContainerConfigError',
    container('app', { env: [{ name: 'A', valueFrom: { secretKeyRef: { name: 'none', key: 'a' } } }] }),
  ],
  ['CreateContainerConfigError', container('app', { securityContext: { runAsNonRoot: true } })],
])('%s is told', async (reason, spec) => {
  harness.createPod('web', { containers: [spec] });
  await harness.until(async () => (await harness.status('web'))?.state?.waiting?.reason === reason);
  expect(await harness.phase('web')).toBe('Pending');
});

test('a container that cannot start counts as a crash and says why', async () => {
  behaviours.app = { startError: 'exec: "nothing": executable file not found' };
  harness.createPod('web');
  await harness.until(async () => (await harness.status('web'))?.state?.waiting?.reason === 'CrashLoopBackOff');
  expect((await harness.status('web'))?.lastState?.terminated).toMatchObject({
    exitCode: 128,
    reason: 'StartError',
    message: behaviours.app?.startError,
  });
});

test('a deleted pod is stopped, cleaned up and removed from the server', async () => {
  harness.createPod('web');
  await running();
  await deletePod();
  await harness.advance(5_000);
  await gone();
  expect(await harness.engine.list()).toEqual([]);
  expect(harness.network.pods.size).toBe(0);
});

test('SIGTERM waits for the proxies, five seconds at most', async () => {
  harness.createPod('web');
  await running();
  await deletePod();
  const containers = async () =>
    (await harness.engine.list()).filter(({ role, state }) => role === 'container' && state === 'running');
  await harness.advance(4_900);
  expect(await containers()).toHaveLength(1);
  const pod = await harness.pod('web');
  const conditions = [...(pod?.status?.conditions ?? []), { type: 'orlop.dev/EndpointsDrained', status: 'True' }];
  await harness.client.patch(
    pods,
    { namespace: 'default', name: 'web' },
    { type: 'merge', body: { status: { conditions } } },
    { subresource: 'status' },
  );
  await gone();
});

test('preStop comes before SIGTERM, and what ignores SIGTERM is killed when the grace period is over', async () => {
  behaviours.app = { ignoresSigterm: true };
  const preStop = { exec: { command: ['bye'] } };
  harness.createPod('web', { containers: [container('app', { lifecycle: { preStop } })] });
  await running();
  await deletePod('web', 10);
  await harness.advance(5_000);
  expect(harness.checks).toContainEqual(preStop);
  await harness.advance(4_900);
  expect(await harness.pod('web')).toBeDefined();
  await harness.advance(200);
  await gone();
});

test('a pod that was deleted by force is stopped within ten seconds', async () => {
  behaviours.app = { ignoresSigterm: true };
  harness.createPod('web');
  await running();
  await deletePod('web', 0);
  await harness.advance(9_900);
  expect(await harness.engine.list()).not.toEqual([]);
  await harness.advance(200);
  await harness.until(async () => (await harness.engine.list()).length === 0);
});

test('a dead sandbox is replaced, and the containers with it; the address stays', async () => {
  harness.createPod('web');
  await running();
  const sandbox = (await harness.engine.list()).find(({ role }) => role === 'sandbox');
  harness.engine.crash(sandbox?.id ?? '', 137);
  await harness.until(async () => (await harness.status('web'))?.restartCount === 1);
  await running();
  const sandboxes = (await harness.engine.list()).filter(({ role }) => role === 'sandbox');
  expect(sandboxes).toMatchObject([{ attempt: 1, state: 'running' }]);
  expect((await harness.pod('web'))?.status?.podIP).toBe('10.42.0.2');
});

test('activeDeadlineSeconds ends a pod', async () => {
  harness.createPod('job', { activeDeadlineSeconds: 60, restartPolicy: 'Never' });
  await running('job');
  await harness.advance(60_000);
  await harness.until(async () => (await harness.phase('job')) === 'Failed');
  expect((await harness.pod('job'))?.status?.reason).toBe('DeadlineExceeded');
});

test('a changed image restarts the container with the new one', async () => {
  harness.createPod('web');
  await running();
  await harness.client.patch(
    pods,
    { namespace: 'default', name: 'web' },
    { type: 'merge', body: { spec: { containers: [container('app', { image: 'app:2' })] } } },
  );
  await harness.until(async () => (await harness.status('web'))?.image === 'app:2');
  expect((await harness.status('web'))?.restartCount).toBe(1);
});

test('an OOM kill is told as such', async () => {
  behaviours.app = { exit: { afterMilliseconds: 100, code: 137, oomKilled: true } };
  harness.createPod('job', { restartPolicy: 'Never' });
  await running('job');
  await harness.advance(100);
  await harness.until(async () => (await harness.status('job'))?.state?.terminated?.reason === 'OOMKilled');
});

test('a failed postStart hook restarts the container', async () => {
  harness.check = () => ({ ok: false, message: 'no' });
  harness.createPod('web', {
    containers: [container('app', { lifecycle: { postStart: { exec: { command: ['hello'] } } } })],
  });
  await harness.until(async () => (await harness.status('web'))?.restartCount === 1);
});

test('volumes that fail while the image is still sought are no failure of the agent', async () => {
  const unheard: unknown[] = [];
  const hear = (reason: unknown) => unheard.push(reason);
  process.on('unhandledRejection', hear);
  harness.createPod('web', {
    containers: [container('app', { image: 'absent:1' })],
    volumes: [{ name: 'late', configMap: { name: 'late' } }],
  });
  await harness.until(async () => (await harness.status('web'))?.state?.waiting?.reason === 'ErrImagePull');
  // A rejection is told of once the event loop has come round.
  await new Promise((resolve) => setImmediate(resolve));
  process.off('unhandledRejection', hear);
  expect(unheard).toEqual([]);
});
