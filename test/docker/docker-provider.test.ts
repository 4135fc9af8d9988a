import { execFileSync, spawn } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { buildSync } from 'esbuild';
import { DockerodeEngine } from '../../runtime/terraform/docker/dockerode-engine';

/**
 * The provider as users get it: one bundled file, the real Terraform, a real Engine. What each attribute does is in the
 * unit tests; here stands what only the real ones can show.
 */
jest.setTimeout(120_000);

const engine = new DockerodeEngine('unix:///var/run/docker.sock');
const root = mkdtempSync(join(tmpdir(), 'orlop-docker-provider-'));
const context = join(root, 'context');
const name = `docker-provider-${process.pid}`;
const label = [{ label: 'dev.orlop.test', value: name }];

const container = {
  name: `${name}-node`,
  hostname: 'node',
  image: '${docker_image.web.image_id}',
  restart: 'unless-stopped',
  memory: 64,
  capabilities: { add: ['CAP_NET_ADMIN', 'CAP_SYS_PTRACE'] },
  security_opts: ['seccomp=unconfined', 'apparmor=unconfined'],
  cgroupns_mode: 'private',
  tmpfs: { '/run': 'rw,nosuid,nodev,exec,mode=755' },
  destroy_grace_seconds: 1,
  labels: label,
  networks_advanced: [{ name: '${docker_network.net.name}', aliases: [name, 'other'] }],
  volumes: [{ volume_name: '${docker_volume.data.name}', container_path: '/data' }],
  ports: [
    { ip: '127.0.0.1', internal: 22 },
    { ip: '127.0.0.1', internal: 80, external: 21987 },
  ],
  upload: [{ file: '/root/.ssh/authorized_keys', content: 'ssh-ed25519 AAAA\n', permissions: '0600' }],
};

function configuration(change: Record<string, unknown> = {}, extra: Record<string, unknown> = {}) {
  return {
    terraform: { required_providers: { docker: { source: 'orlop.local/orlop/docker' } } },
    resource: {
      docker_image: { web: { name: `${name}:1`, build: { context, build_args: { WHO: 'tester' } } } },
      docker_network: { net: { name: `${name}-net`, labels: label } },
      docker_volume: { data: { name: `${name}-data` } },
      docker_container: { node: { ...container, ...change }, ...extra },
    },
  };
}

const write = (content: unknown) => writeFileSync(join(root, 'main.tf.json'), JSON.stringify(content));
const env = {
  ...process.env,
  CHECKPOINT_DISABLE: '1',
  TF_IN_AUTOMATION: '1',
  TF_CLI_CONFIG_FILE: join(root, 'terraformrc'),
};

function terraform(...args: string[]): Promise<{ code: number | null; text: string }> {
  const child = spawn('terraform', [...args, '-no-color'], { cwd: root, env });
  return new Promise((done) => {
    let text = '';
    child.stdout.on('data', (chunk) => (text += chunk));
    child.stderr.on('data', (chunk) => (text += chunk));
    child.on('close', (code) => done({ code, text }));
  });
}

async function apply(): Promise<string> {
  const { code, text } = await terraform('apply', '-auto-approve');
  if (code !== 0) throw new Error(text);
  return text;
}

/** 0: nothing to do; 2: changes. */
const plan = async () => await terraform('plan', '-detailed-exitcode');
const node = async () => await engine.inspectContainer(container.name);
const inside = (...command: string[]) => execFileSync('docker', ['exec', container.name, ...command]).toString();

beforeAll(async () => {
  const plugins = join(
    root,
    'terraform.d/plugins/orlop.local/orlop/docker/0.0.1',
    `${process.platform}_${process.arch === 'x64' ? 'amd64' : process.arch}`,
  );
  mkdirSync(plugins, { recursive: true });
  mkdirSync(context);
  writeFileSync(join(root, 'terraformrc'), 'disable_checkpoint = true\n');
  writeFileSync(
    join(context, 'Dockerfile'),
    'FROM debian:bookworm-slim\nARG WHO\nRUN echo $WHO >/who\nCOPY . /src\nCMD ["sleep", "600"]\n',
  );
  writeFileSync(join(context, '.dockerignore'), 'secret\n');
  writeFileSync(join(context, 'secret'), 'x');
  const outfile = join(plugins, 'terraform-provider-docker');
  buildSync({
    entryPoints: [resolve(__dirname, '../../runtime/terraform/docker/main.ts')],
    bundle: true,
    minify: true,
    platform: 'node',
    target: 'node20',
    external: ['cpu-features'],
    loader: { '.node': 'empty' },
    banner: { js: '#!/usr/bin/env node' },
    outfile,
  });
  chmodSync(outfile, 0o755);
  write(configuration());
  const { code, text } = await terraform('init');
  if (code !== 0) throw new Error(text);
  await apply();
});

afterAll(async () => {
  write(configuration());
  await terraform('destroy', '-auto-approve');
  rmSync(root, { recursive: true, force: true });
});

test('a stack is made as declared, and the second plan is empty', async () => {
  expect(inside('sh', '-c', 'cat /who; ls /src; stat -c %a /root/.ssh/authorized_keys; hostname')).toBe(
    'tester\nDockerfile\n600\nnode\n',
  );
  expect(await plan()).toMatchObject({ code: 0 });
});

test('a killed container is started again in place', async () => {
  const before = await node();
  execFileSync('docker', ['kill', container.name]);
  expect((await plan()).text).toContain('must_run                                    = false -> true');
  expect(await apply()).toContain('0 added, 1 changed, 0 destroyed');
  expect(await node()).toMatchObject({ Id: before?.Id, State: { Running: true } });
  expect(await plan()).toMatchObject({ code: 0 });
});

test('limits and restart policy change in place, and a change by hand shows as drift', async () => {
  const before = await node();
  write(configuration({ memory: 256, restart: 'always', cpu_shares: 512 }));
  await apply();
  expect(await node()).toMatchObject({ Id: before?.Id, HostConfig: { Memory: 256 * 1024 ** 2, CpuShares: 512 } });
  execFileSync('docker', ['update', '--restart', 'no', container.name]);
  expect((await plan()).text).toMatch(/~ restart +=.*"no" -> "always"/);
  write(configuration());
  expect((await terraform('plan')).text).toMatch(/memory +=.*256 -> 64/);
});

test('what cannot be changed replaces the container, and its volume lives on', async () => {
  write(configuration());
  await apply();
  const before = await node();
  inside('sh', '-c', 'echo kept >/data/file');
  write(configuration({ env: ['A=1'] }));
  expect((await plan()).text).toContain('# forces replacement');
  await apply();
  expect((await node())?.Id).not.toBe(before?.Id);
  expect(inside('cat', '/data/file')).toBe('kept\n');
});

test('an imported container, network and volume need no change', async () => {
  write(configuration({ env: ['A=1'], upload: [] }));
  await apply();
  const addresses = ['docker_container.node', 'docker_network.net', 'docker_volume.data'];
  await terraform('state', 'rm', ...addresses);
  const ids = [container.name, `${name}-net`, `${name}-data`];
  for (const [index, address] of addresses.entries()) {
    expect(await terraform('import', address, ids[index] ?? '')).toMatchObject({ code: 0 });
  }
  expect((await plan()).text).not.toContain('forces replacement');
  expect(await apply()).toMatch(/0 added, \d changed, 0 destroyed/);
  expect(await plan()).toMatchObject({ code: 0 });
});

test.each<[string, Record<string, unknown>, string]>([
  ['a taken port', { ports: [{ ip: '127.0.0.1', internal: 1, external: 21987 }] }, 'port 127.0.0.1:21987 is taken'],
  ['a missing image', { image: 'localhost:1/none:1' }, 'Cannot pull image "localhost:1/none:1"'],
  ['a taken name', { name: container.name }, `A container named "${container.name}" exists already`],
  ['a command that fails', { command: ['sh', '-c', 'echo bad config; exit 3'] }, 'exited at once with code 3'],
])('%s is a clear error that leaves nothing behind', async (_what, change, message) => {
  const second = { name: `${name}-second`, image: 'debian:bookworm-slim', command: ['sleep', '600'], ...change };
  write(configuration({ env: ['A=1'], upload: [] }, { second }));
  const { code, text } = await terraform('apply', '-auto-approve');
  expect(code).toBe(1);
  expect(text).toContain(message);
  expect(await engine.inspectContainer(`${name}-second`)).toBeUndefined();
});

test('an attribute that is not served is refused at plan', async () => {
  write(configuration({ gpus: 'all' }));
  expect((await plan()).text).toContain('docker_container: gpus is not served');
});

test('an apply whose Terraform is killed is finished by the next', async () => {
  const slow = {
    name: `${name}-slow`,
    image: 'debian:bookworm-slim',
    command: ['sleep', '600'],
    wait: true,
    healthcheck: { test: ['CMD', 'test', '-e', '/ready'], interval: '1s' },
  };
  write(configuration({ env: ['A=1'], upload: [] }, { slow }));
  const killed = spawn('terraform', ['apply', '-auto-approve', '-lock=false'], { cwd: root, env });
  const gone = new Promise((done) => killed.on('close', done));
  while (!(await engine.inspectContainer(slow.name))?.State.Running) await new Promise((done) => setTimeout(done, 100));
  killed.kill('SIGKILL');
  await gone;
  write(configuration({ env: ['A=1'], upload: [] }, { slow: { ...slow, wait: false } }));
  expect((await terraform('apply', '-auto-approve', '-lock=false')).text).toContain('Apply complete');
  expect(await plan()).toMatchObject({ code: 0 });
});
