import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { makeSshKeyPair } from '../../runtime/provision/ssh-key';
import { type CommandResult, command, Project } from './support/project';
import { eventually, observed } from './support/wait';

jest.setTimeout(240_000);

const instance = Number(process.env.ORLOP_E2E_INSTANCE ?? 0);
const project = new Project(`e2e${instance}s`, 'test/e2e/fixture/single.ts');
const host = `e2e${instance}-bad-host`;
const keyFile = join(project.folder, 'key');
let sshPort: string;

const flat = (text: string) => text.replace(/[\s│╷╵]+/g, ' ');
const docker = async (...args: string[]) => {
  const result = await command('docker', args);
  if (result.code !== 0) throw new Error(`docker ${args.join(' ')}: ${result.stderr}`);
  return result.stdout.trim();
};

/** A host that is there, with an SSH server, a Docker Engine, and 100 MiB where the runtime would go. */
beforeAll(async () => {
  mkdirSync(project.folder, { recursive: true });
  const { public: publicKey, private: privateKey } = makeSshKeyPair();
  writeFileSync(keyFile, privateKey, { mode: 0o600 });
  const built = await docker('build', '-q', join(__dirname, '../../runtime/node-image'));
  await command('docker', ['rm', '-f', '-v', host]);
  await docker(
    'create',
    '--name',
    host,
    '--cap-add=SYS_ADMIN',
    '--cap-add=NET_ADMIN',
    '--cap-add=SYS_PTRACE',
    '--security-opt=seccomp=unconfined',
    '--security-opt=apparmor=unconfined',
    '--cgroupns=private',
    '--tmpfs=/run:rw,nosuid,nodev,exec,mode=755',
    '--tmpfs=/var/lib/orlop:rw,exec,size=100m',
    '--publish=127.0.0.1::22',
    built,
  );
  writeFileSync(join(project.folder, 'authorized_keys'), `${publicKey}\n`);
  mkdirSync(join(project.folder, 'ssh'), { recursive: true, mode: 0o700 });
  writeFileSync(join(project.folder, 'ssh', 'authorized_keys'), `${publicKey}\n`, { mode: 0o600 });
  await docker('cp', join(project.folder, 'ssh'), `${host}:/root/.ssh`);
  await docker('start', host);
  sshPort = (await docker('port', host, '22/tcp')).split(':').at(-1) as string;
  await eventually(
    'Docker in the host',
    async () => (await command('docker', ['exec', host, 'docker', 'info'])).code === 0,
  );
});

afterAll(async () => {
  await project.terraform(['destroy', '-auto-approve', '-input=false', '-no-color']);
  await command('docker', ['rm', '-f', '-v', host]);
  project.remove();
});

/** What an apply of one server says, as one line; it must fail, within so many seconds of terraform's own time. */
async function refused(env: NodeJS.ProcessEnv, seconds: number): Promise<string> {
  const synthesized = await project.synth(env);
  expect(synthesized).toMatchObject({ code: 0 });
  expect(await project.terraform(['init', '-input=false', '-no-color'])).toMatchObject({ code: 0 });
  const started = performance.now();
  const applied: CommandResult = await project.terraform(['apply', '-input=false', '-no-color', '-auto-approve'], env);
  const took = performance.now() - started;
  observed('refused after', took);
  expect(applied).toMatchObject({ code: 1 });
  expect(took / 1000).toBeLessThan(seconds);
  return flat(applied.stderr);
}

const ssh = (change: NodeJS.ProcessEnv = {}) => ({
  E2E_HOST: '127.0.0.1',
  E2E_PORT: sshPort,
  E2E_KEY: keyFile,
  ...change,
});

/** Nothing of ours is on the host but what its image brings. */
async function expectUntouched(): Promise<void> {
  const files = (await docker('exec', host, 'ls', '-A', '/var/lib/orlop')).split('\n').filter(Boolean).sort();
  expect(files.filter((each) => !['logs', 'services', 'ssh'].includes(each))).toEqual([]);
  expect(await docker('exec', host, 'docker', 'ps', '-aq')).toBe('');
}

describe('a host that cannot be had is refused in seconds, and not touched', () => {
  it('with a wrong key', async () => {
    const other = join(project.folder, 'other-key');
    writeFileSync(other, makeSshKeyPair().private, { mode: 0o600 });
    const text = await refused(ssh({ E2E_KEY: other }), 20);
    expect(text).toContain(
      `SSH connection to root@127.0.0.1:${sshPort} failed: the host refused the key for user "root"`,
    );
    expect(text).toContain('authorized_keys');
    await expectUntouched();
  });

  it('with another host key than expected, both fingerprints shown', async () => {
    const expected = `SHA256:${'C'.repeat(43)}`;
    const line = await docker('exec', host, 'ssh-keygen', '-lf', '/var/lib/orlop/ssh/ssh_host_ed25519_key.pub');
    const [, actual] = line.split(' ');
    const text = await refused(ssh({ E2E_HOST_KEY: expected }), 20);
    expect(text).toContain(`is ${actual}, but ${expected} is expected`);
    await expectUntouched();
  });

  it('with a full disk', async () => {
    const text = await refused(ssh(), 30);
    expect(text).toMatch(
      /the disk of root@127\.0\.0\.1:\d+ is too full: \/var\/lib\/orlop has \d+ .* available, .*are needed/,
    );
    expect(text).toContain('Free space there and run again');
    await expectUntouched();
  });

  it('at a closed port', async () => {
    const text = await refused(ssh({ E2E_PORT: '9' }), 20);
    expect(text).toContain('SSH connection to root@127.0.0.1:9 failed: nothing listens on port 9 (connection refused)');
  });

  it('at an address without a host', async () => {
    const address = await docker('inspect', host, '-f', '{{.NetworkSettings.IPAddress}}');
    const nobody = address.replace(/\.\d+$/, '.253');
    expect(nobody).toMatch(/^\d+\.\d+\.\d+\.253$/);
    const text = await refused(ssh({ E2E_HOST: nobody, E2E_PORT: '22' }), 30);
    expect(text).toMatch(new RegExp(`SSH connection to root@${nobody}:22 failed: no (route|SSH answer)`));
  });
});

it('a port of this machine that is taken is named, and freed it is used', async () => {
  const port = 16643 + instance;
  const server = await listen(port);
  const env = { E2E_API_PORT: String(port) };
  try {
    const text = await refused(env, 60);
    expect(text).toContain(`port 127.0.0.1:${port} is taken`);
  } finally {
    await new Promise((done) => server.close(done));
  }
  for (const command of ['apply', 'destroy']) {
    const run = await project.terraform([command, '-input=false', '-no-color', '-auto-approve'], env);
    if (run.code !== 0) throw new Error(`terraform ${command}: ${run.stderr}`);
  }
});

it('a docker attribute that is not served is refused at plan, by name', async () => {
  await project.synth();
  expect(await project.terraform(['init', '-input=false', '-no-color'])).toMatchObject({ code: 0 });
  const file = join(project.stackFolder, 'cdk.tf.json');
  const stack = JSON.parse(readFileSync(file, 'utf8'));
  for (const container of Object.values(stack.resource.docker_container) as Array<Record<string, unknown>>) {
    container.gpus = 'all';
  }
  writeFileSync(file, JSON.stringify(stack));
  const planned = await project.terraform(['plan', '-input=false', '-no-color']);
  expect(planned.code).toBe(1);
  expect(flat(planned.stderr)).toContain('gpus');
});

it('a prop of a wrong type, or an unknown one, is refused by synthesis with its path', async () => {
  const typed = await project.synth({ E2E_PROPS: '{"data":{"a":1}}' });
  expect(typed.code).not.toBe(0);
  expect(typed.output).toContain(`e2e${instance}s/e2e${instance}s/bad: invalid props`);
  expect(flat(typed.output)).toMatch(/data\.a: .*expected string.*received 1/);
  const unknown = await project.synth({ E2E_PROPS: '{"data":{},"colour":"red"}' });
  expect(unknown.code).not.toBe(0);
  expect(unknown.output).toContain('colour');
});

function listen(port: number): Promise<Server> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(port, '127.0.0.1', () => resolve(server));
  });
}
