import { mkdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { writeManifest } from '../../runtime/provision/runtime-bundle';
import { makeSshKeyPair } from '../../runtime/provision/ssh-key';
import { Terraform } from '../system/terraform';
import { buildNodeImage, docker, NodeContainer } from './node-container';

jest.setTimeout(180_000);

let terraform: Terraform;
let host: NodeContainer;
let target: Record<string, unknown>;
const key = () => join(terraform.folder, 'key');

beforeAll(async () => {
  await buildNodeImage();
  terraform = await Terraform.start();
});
afterAll(async () => {
  await host?.remove();
  await terraform.remove();
});

const sshKey = { orlop_ssh_key: { key: { path: 'key' } } };

it('makes an SSH key whose private half is in no state', async () => {
  await terraform.configure({}, sshKey);
  expect((await terraform.apply()).code).toBe(0);
  expect((await stat(key())).mode & 0o777).toBe(0o600);
  const attributes = await terraform.attributes('orlop_ssh_key.key');
  expect(attributes?.public_key).toMatch(/^ssh-ed25519 /);
  expect(await terraform.state()).not.toContain((await readFile(key(), 'utf8')).split('\n')[1]);
  expect((await terraform.plan()).code).toBe(0);

  host = await NodeContainer.start('provision-tf', { authorizedKey: attributes?.public_key as string });
  target = { host: '127.0.0.1', port: await host.port('22/tcp'), private_key_file: 'key' };
});

describe('an image', () => {
  const image = async () => (await docker.getImage('debian:bookworm-slim').inspect()).Id as string;
  const resources = async (nodes: object) => ({
    ...sshKey,
    orlop_image: { app: { name: 'app:1', image_id: `${await image()}app:1`, nodes } },
  });

  it('is carried to a node, and again when it is gone there', async () => {
    await terraform.configure({}, await resources({ a: target }));
    const applied = await terraform.apply();
    expect(applied.text).toContain('1 added');
    await host.run('docker', 'image', 'inspect', 'app:1');
    expect((await terraform.plan()).code).toBe(0);
    await host.run('docker', 'rmi', 'app:1');
    expect((await terraform.plan()).text).toContain('1 to change');
    expect((await terraform.apply()).code).toBe(0);
    await host.run('docker', 'image', 'inspect', 'app:1');
  });

  it('goes with its resource', async () => {
    await terraform.configure({}, sshKey);
    expect((await terraform.apply()).code).toBe(0);
    await expect(host.run('docker', 'image', 'inspect', 'app:1')).rejects.toThrow();
  });
});

describe('a node whose host cannot be used', () => {
  const refused = async (change: object, seconds: number, ...words: string[]) => {
    const runtimeDir = join(terraform.folder, 'runtime');
    await mkdir(runtimeDir, { recursive: true });
    await writeManifest(runtimeDir);
    const node = { name: 'n', role: 'server', ...target, ...change };
    await terraform.configure({ runtime_dir: runtimeDir }, { ...sshKey, orlop_node: { n: node } });
    const started = Date.now();
    const { code, text } = await terraform.apply();
    expect(code).toBe(1);
    for (const word of words) expect(text.replace(/[\s│]+/g, ' ')).toContain(word);
    expect((Date.now() - started) / 1000).toBeLessThan(seconds);
    expect(await host.run('ls', '/var/lib/orlop')).toBe('logs\nservices\nssh\n');
  };

  it('is refused at once with a wrong key, a wrong host key or a wrong name', async () => {
    await writeFile(join(terraform.folder, 'other'), makeSshKeyPair().private);
    await refused({ private_key_file: 'other' }, 10, 'the host refused the key for user "root"', 'authorized_keys');
    await refused({ private_key_file: 'absent' }, 10, 'the private key file absent cannot be read (ENOENT)');
    await refused({ host_key: `SHA256:${'C'.repeat(43)}` }, 10, `SHA256:${'C'.repeat(43)} is expected`);
    await refused({ host: 'no-such-host.invalid' }, 15, 'the name "no-such-host.invalid" has no address');
  });
});

it('takes its own key away again, and nobody else’s', async () => {
  await terraform.configure({}, {});
  expect((await terraform.apply()).code).toBe(0);
  await expect(stat(key())).rejects.toThrow();
  await writeFile(key(), makeSshKeyPair().private, { mode: 0o600 });
  await terraform.configure({}, sshKey);
  expect((await terraform.apply()).code).toBe(0);
  await terraform.configure({}, {});
  expect((await terraform.apply()).code).toBe(0);
  await stat(key());
  await rm(key());
});
