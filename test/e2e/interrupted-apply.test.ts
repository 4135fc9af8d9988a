import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { command, Project, repository } from './support/project';
import { eventually, observed } from './support/wait';

jest.setTimeout(300_000);

const name = `e2e${process.env.ORLOP_E2E_INSTANCE ?? 0}s`;
const env = { E2E_WORKLOAD: '1' };
const project = new Project(name, 'test/e2e/fixture/single.ts');

beforeAll(async () => {
  expect(await project.synth(env)).toMatchObject({ code: 0 });
  expect(await project.terraform(['init', '-input=false', '-no-color'])).toMatchObject({ code: 0 });
});

afterAll(async () => {
  await project.terraform(['destroy', '-auto-approve', '-input=false', '-no-color']);
  project.remove();
});

/** Resolves once a run prints a line like this, and the provider processes that it has started by then. */
function printed(run: ChildProcess, pattern: RegExp): Promise<void> {
  return new Promise((resolve, reject) => {
    let text = '';
    const see = (chunk: Buffer) => {
      text += chunk.toString();
      if (pattern.test(text)) resolve();
    };
    run.stdout?.on('data', see);
    run.stderr?.on('data', see);
    run.once('exit', () => reject(new Error(`terraform ended before ${pattern}:\n${text}`)));
  });
}

async function childrenOf(pid: number): Promise<string[]> {
  const { stdout } = await command('ps', ['-o', 'pid=', '--ppid', String(pid)]);
  return stdout.split('\n').flatMap((line) => line.trim() || []);
}

/** Kills a run with -9 as soon as it prints `pattern`, or some milliseconds later, and waits until its providers are gone. */
async function killedAt(args: string[], pattern: RegExp, afterMs = 0): Promise<void> {
  const run = project.start(args, env);
  const gone = once(run, 'exit');
  await printed(run, pattern);
  if (afterMs > 0) await new Promise((resolve) => setTimeout(resolve, afterMs));
  const providers = await childrenOf(run.pid as number);
  expect(providers.length).toBeGreaterThan(0);
  run.kill('SIGKILL');
  await gone;
  const { ms } = await eventually(
    'no provider process left',
    async () => providers.every((pid) => !existsSync(`/proc/${pid}`)),
    15_000,
  );
  observed(`killed at ${pattern.source}: its providers gone after`, ms);
  // What a person does whose terraform was killed: nobody else holds the lock.
  rmSync(join(repository, `.terraform.${name}.tfstate.lock.info`), { force: true });
}

const apply = ['apply', '-input=false', '-no-color', '-auto-approve'];
const destroy = ['destroy', '-input=false', '-no-color', '-auto-approve'];

async function named(kind: 'container' | 'volume' | 'network'): Promise<string[]> {
  const format = kind === 'container' ? '{{.Names}}' : '{{.Name}}';
  const args = kind === 'container' ? ['ps', '-a'] : [kind, 'ls'];
  const { stdout } = await command('docker', [...args, '--format', format]);
  return stdout.split('\n').filter((each) => each === name || each.startsWith(`${name}-`));
}

it('an apply killed with -9 at any moment is finished by the next one, nothing doubled', async () => {
  await killedAt(apply, /docker_image\.\S+.*Creating\.\.\./);
  await killedAt(apply, /docker_container\.\S+.*Creating\.\.\./);
  await killedAt(apply, /orlop_node\.\S+.*Creating\.\.\./);
  await killedAt(apply, /orlop_node\.\S+.*Creating\.\.\./, 700);
  await killedAt(apply, /orlop_node\.\S+.*Creating\.\.\./, 1_500);
  // The next resources begin at this moment: an object and an image.
  await killedAt(apply, /orlop_node\.\S+.*Creation complete/);
  await killedAt(apply, /orlop_object\.\S+_web_\S+.*Creating\.\.\./, 300);

  const applied = await project.terraform(apply, env);
  expect(applied.stdout).toContain('Apply complete!');
  expect(await project.terraform(['plan', '-input=false', '-detailed-exitcode'], env)).toMatchObject({ code: 0 });
  expect(await named('container')).toEqual([`${name}-server`]);
  expect(await named('volume')).toHaveLength(2);
  expect(await named('network')).toEqual([name]);
  const pods = JSON.parse(await project.kube('get', 'pods', '-o', 'json')).items;
  expect(pods).toHaveLength(2);
  expect(JSON.parse(await project.kube('get', 'nodes', '-o', 'json')).items).toHaveLength(1);
});

it('an interrupted apply ends in seconds, and the next one goes on', async () => {
  await project.kube('delete', 'deployment', 'web');
  const run = project.start(apply, env);
  const gone = once(run, 'exit');
  await printed(run, /orlop_object\.\S+_web_\S+.*Creating\.\.\./);
  const started = performance.now();
  run.kill('SIGINT');
  await gone;
  observed('an apply ends after SIGINT', performance.now() - started);
  expect(performance.now() - started).toBeLessThan(15_000);
  expect((await project.terraform(apply, env)).stdout).toContain('Apply complete!');
});

it('machines lost with all their data are made anew by one apply, objects included', async () => {
  const uid = async () => JSON.parse(await project.kube('get', 'configmap', 'settings', '-o', 'json')).metadata.uid;
  const before = await uid();
  expect(await command('docker', ['rm', '-f', ...(await named('container'))])).toMatchObject({ code: 0 });
  expect(await command('docker', ['volume', 'rm', ...(await named('volume'))])).toMatchObject({ code: 0 });
  const applied = await project.terraform(apply, env);
  expect(applied.stdout).toContain('Apply complete!');
  project.forgetKubeconfig();
  expect(await uid()).not.toBe(before);
  const deployment = JSON.parse(await project.kube('get', 'deployment', 'web', '-o', 'json'));
  expect(deployment.status).toMatchObject({ readyReplicas: 2 });
  expect(await project.terraform(['plan', '-input=false', '-detailed-exitcode'], env)).toMatchObject({ code: 0 });
});

it('a destroy killed with -9 is finished by the next one, and nothing is left', async () => {
  await killedAt(destroy, /orlop_object\.\S+.*Destroying\.\.\./);
  await killedAt(destroy, /orlop_node\.\S+.*Destroying\.\.\./);
  expect((await project.terraform(destroy, env)).stdout).toContain('Destroy complete!');
  expect([...(await named('container')), ...(await named('volume')), ...(await named('network'))]).toEqual([]);
  expect(existsSync(join(project.folder, '.orlop', `${name}-${name}.ed25519`))).toBe(false);
});
