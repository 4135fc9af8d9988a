import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { writeKubeconfig } from '../../runtime/client/kubeconfig';
import { issueKeyPair } from '../../runtime/pki/issue';
import { systemClock } from '../../runtime/util/clock';
import { kubeClients } from '../../tools/kube-clients';
import { type ControlPlane, controlPlane, FakeNodes } from '../controllers/control-plane';

let plane: ControlPlane;
let folder: string;
let program: string;
let beat: NodeJS.Timeout;

beforeAll(async () => {
  plane = await controlPlane(systemClock);
  const nodes = new FakeNodes(plane, systemClock);
  for (const name of ['a', 'b']) await nodes.join(name);
  beat = setInterval(() => void nodes.beat().catch(() => undefined), 1000);
  const { port } = await plane.api.listen(0, '127.0.0.1');
  const names = { commonName: 'admin', organizations: ['system:masters'] };
  const pair = await issueKeyPair(plane.ca, { ...names, usages: ['client'], validSeconds: 3600 }, Date.now());
  folder = await mkdtemp(join(tmpdir(), 'orlop-kubectl-'));
  const identity = { server: `https://127.0.0.1:${port}`, ca: plane.ca.cert, ...pair };
  await writeKubeconfig(join(folder, 'kubeconfig'), identity);
  program = (await kubeClients()).kubectl;
});
afterAll(async () => {
  clearInterval(beat);
  await plane.stop();
  await rm(folder, { recursive: true, force: true });
});

function kubectl(...argv: string[]): Promise<string> {
  const env = { PATH: process.env.PATH, HOME: folder, KUBECONFIG: join(folder, 'kubeconfig') };
  return new Promise((resolve, reject) =>
    execFile(program, argv, { env, timeout: 60_000 }, (error, stdout, stderr) =>
      error ? reject(new Error(`kubectl ${argv.join(' ')}: ${stderr}${stdout}`)) : resolve(stdout + stderr),
    ),
  );
}

const image = () => kubectl('get', 'deployment', 'web', '-o', 'jsonpath={.spec.template.spec.containers[0].image}');
const revisions = async () =>
  [...(await kubectl('rollout', 'history', 'deployment/web')).matchAll(/^(\d+)\s+(.*?)\s*$/gm)].map(
    ([, number, why]) => [number, why],
  );

it('a rollout has a history, and goes back by a step or to a revision', async () => {
  await kubectl('create', 'deployment', 'web', '--image=web:1', '--replicas=3');
  expect(await kubectl('rollout', 'status', 'deployment/web', '--timeout=60s')).toContain('successfully rolled out');
  await kubectl('set', 'image', 'deployment/web', 'web=web:2');
  await kubectl('annotate', 'deployment/web', 'kubernetes.io/change-cause=the second');
  await kubectl('rollout', 'status', 'deployment/web', '--timeout=60s');
  await kubectl('set', 'image', 'deployment/web', 'web=web:3');
  await kubectl('rollout', 'status', 'deployment/web', '--timeout=60s');
  expect((await revisions()).map(([number]) => number)).toEqual(['1', '2', '3']);
  expect(await kubectl('rollout', 'history', 'deployment/web', '--revision=2')).toMatch(/Image:\s+web:2/);

  expect(await kubectl('rollout', 'undo', 'deployment/web')).toContain('rolled back');
  await kubectl('rollout', 'status', 'deployment/web', '--timeout=60s');
  expect(await image()).toBe('web:2');
  expect(await revisions()).toEqual([
    ['1', '<none>'],
    ['3', 'the second'],
    ['4', 'the second'],
  ]);

  await kubectl('rollout', 'undo', 'deployment/web', '--to-revision=1');
  await kubectl('rollout', 'status', 'deployment/web', '--timeout=60s');
  expect(await image()).toBe('web:1');
  await expect(kubectl('rollout', 'undo', 'deployment/web', '--to-revision=1')).rejects.toThrow(/unable to find/);
});

it('a paused rollout waits, and a restart replaces every pod', async () => {
  await kubectl('create', 'deployment', 'paused', '--image=web:1', '--replicas=2');
  await kubectl('rollout', 'status', 'deployment/paused', '--timeout=60s');
  const names = () => kubectl('get', 'pods', '-l', 'app=paused', '-o', 'name', '--sort-by=.metadata.name');
  const before = (await names()).split('\n').filter(Boolean);
  await kubectl('rollout', 'pause', 'deployment/paused');
  await kubectl('set', 'image', 'deployment/paused', 'web=web:2');
  expect((await names()).split('\n').filter(Boolean)).toEqual(before);
  await kubectl('rollout', 'resume', 'deployment/paused');
  await kubectl('rollout', 'status', 'deployment/paused', '--timeout=60s');
  await kubectl('rollout', 'restart', 'deployment/paused');
  await kubectl('rollout', 'status', 'deployment/paused', '--timeout=60s');
  expect((await names()).split('\n').filter((name) => before.includes(name))).toEqual([]);
});
