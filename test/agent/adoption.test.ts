import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { UnreachableError } from '../../runtime/client/client';
import { configMaps, pods } from '../../runtime/kube/resource';
import { AgentHarness, container } from './harness';

jest.setTimeout(60_000);
let harness: AgentHarness;
beforeEach(async () => {
  harness = await AgentHarness.start({ images: ['app:1'] });
});
afterEach(() => harness.stop());

const running = (name: string) => harness.until(async () => (await harness.phase(name)) === 'Running');
const away = () => {
  harness.client.intercept = () => {
    throw new UnreachableError('the server is away');
  };
};
const podWrites = () => harness.client.writes.filter((write) => /pods/.test(write));

test('an agent that starts again finds its pods, restarts none and writes nothing', async () => {
  const readinessProbe = { exec: { command: ['ready'] } };
  harness.createPod('web', { containers: [container('app', { readinessProbe })], initContainers: [container('init')] });
  harness.createPod('job', { restartPolicy: 'Never' });
  await harness.until(() => harness.engine.starts.length === 2);
  const init = (await harness.engine.list()).find(({ name }) => name === 'init');
  harness.engine.crash(init?.id ?? '', 0);
  await harness.until(async () => (await harness.condition('web', 'Ready')) === 'True');
  await harness.advance(2_000);
  await harness.agent?.stop();
  const [starts, writes] = [harness.engine.starts.length, podWrites().length];
  harness.check = () => ({ ok: false, message: 'not yet' });
  await harness.startAgent();
  await harness.advance(500);
  expect(harness.engine.starts).toHaveLength(starts);
  expect(podWrites()).toHaveLength(writes);
  expect(await harness.condition('web', 'Ready')).toBe('True');
});

test('what ended while no agent looked is taken up', async () => {
  harness.createPod('web');
  await running('web');
  await harness.agent?.stop();
  const app = (await harness.engine.list()).find(({ name }) => name === 'app');
  harness.engine.crash(app?.id ?? '', 9);
  await harness.startAgent();
  await harness.until(async () => (await harness.status('web'))?.restartCount === 1);
  expect((await harness.status('web'))?.lastState?.terminated?.exitCode).toBe(9);
});

test('a pod that was deleted while no agent looked is taken down; what nobody knows is removed', async () => {
  harness.createPod('web');
  harness.createPod('lost');
  await running('web');
  await running('lost');
  await harness.agent?.stop();
  await harness.client.delete(pods, { namespace: 'default', name: 'web' });
  await harness.client.delete(pods, { namespace: 'default', name: 'lost' }, { gracePeriodSeconds: 0 });
  await harness.startAgent();
  await harness.advance(5_000);
  await harness.until(async () => (await harness.engine.list()).length === 0 && harness.network.pods.size === 0);
  expect(await harness.pod('web')).toBeUndefined();
});

test('while the server is away its pods are healed, by an agent that runs and by one that starts', async () => {
  harness.createPod('web');
  await running('web');
  await harness.advance(2_000);
  away();
  const crash = async () => {
    const app = (await harness.engine.list()).find(({ name, state }) => name === 'app' && state === 'running');
    harness.engine.crash(app?.id ?? '', 1);
  };
  await crash();
  await harness.until(() => harness.engine.starts.length === 2);
  await harness.agent?.stop();
  const again = harness.startAgent();
  await harness.advance(1_000);
  await again;
  await harness.settle();
  await crash();
  await harness.until(() => harness.engine.starts.length === 3);
  harness.client.intercept = undefined;
  await harness.advance(10_000);
  expect((await harness.status('web'))?.restartCount).toBe(2);
});

test('an event that was lost is made up for within a minute', async () => {
  harness.createPod('web');
  await running('web');
  const app = (await harness.engine.list()).find(({ name }) => name === 'app');
  harness.engine.loseEvents = true;
  harness.engine.crash(app?.id ?? '', 1);
  harness.engine.loseEvents = false;
  await harness.settle();
  expect(harness.engine.starts).toHaveLength(1);
  await harness.advance(60_000);
  await harness.until(async () => (await harness.status('web'))?.restartCount === 1);
});

test('a ConfigMap that comes later starts the container that waits for it', async () => {
  harness.createPod('web', { containers: [container('app', { envFrom: [{ configMapRef: { name: 'conf' } }] })] });
  await harness.until(
    async () => (await harness.status('web'))?.state?.waiting?.reason === 'CreateContainerConfigError',
  );
  harness.client.seed(configMaps, {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'conf', namespace: 'default' },
    data: {},
  });
  await running('web');
});

test('a volume whose ConfigMap comes later is whole in every pod that waited for it', async () => {
  const names = Array.from({ length: 10 }, (_each, index) => `web-${index}`);
  const volumes = [{ name: 'late', configMap: { name: 'late' } }];
  for (const name of names) harness.createPod(name, { volumes });
  const waits = (name: string) => async () =>
    (await harness.status(name))?.state?.waiting?.reason === 'ContainerCreating' &&
    /not found/.test((await harness.status(name))?.state?.waiting?.message ?? '');
  for (const name of names) await harness.until(waits(name));
  const metadata = { name: 'late', namespace: 'default' };
  harness.client.seed(configMaps, { apiVersion: 'v1', kind: 'ConfigMap', metadata, data: { x: 'here' } });
  for (const name of names) await running(name);
  await harness.settle();
  const shown = (name: string) =>
    readFile(join(harness.folder, `pods/uid-${name}/volumes/kubernetes.io~configmap/late/x`), 'utf8');
  expect(await Promise.all(names.map(shown))).toEqual(names.map(() => 'here'));
});
