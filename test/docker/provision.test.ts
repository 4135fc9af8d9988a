import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { pack } from 'tar-stream';
import type { Connection, HostAddress } from '../../runtime/provision/connection';
import { ConnectionPool } from '../../runtime/provision/connection-pool';
import { ImageArchive } from '../../runtime/provision/images/archive';
import { carryImage, imageOnHost, removeImage } from '../../runtime/provision/images/carry';
import { LocalEngine } from '../../runtime/provision/images/local-engine';
import { type InstallRequest, install } from '../../runtime/provision/installer';
import { readBundle, writeManifest } from '../../runtime/provision/runtime-bundle';
import { makeSshKeyPair } from '../../runtime/provision/ssh-key';
import { uninstall } from '../../runtime/provision/uninstall';
import { buildNodeImage, docker, NodeContainer } from './node-container';

jest.setTimeout(180_000);

const image = 'orlop-provision-test:2';
let host: NodeContainer;
let pool: ConnectionPool;
let address: HostAddress;
let connection: Connection;
let folder: string;

beforeAll(async () => {
  await buildNodeImage();
  folder = await mkdtemp(join(tmpdir(), 'orlop-provision-'));
  const key = makeSshKeyPair();
  host = await NodeContainer.start('provision', { authorizedKey: key.public });
  pool = new ConnectionPool();
  address = { host: '127.0.0.1', port: await host.port('22/tcp'), user: 'root', privateKey: key.private };
  // The container's SSH server is just starting: the pool tries again.
  connection = await pool.get(address, { retryForMs: 60_000 });
});

afterAll(async () => {
  await pool?.closeAll();
  await host?.remove();
  await docker
    .getImage(image)
    .remove({ force: true })
    .catch(() => undefined);
  await rm(folder, { recursive: true, force: true });
});

describe('SSH to a real server', () => {
  it('keeps arguments, ends programs in time and forwards to a Unix socket', async () => {
    const hostile = ['', '$(id)', "it's", 'a\nb\n', '*', '\\', 'ä😀'];
    const { stdout } = await connection.run(['printf', '%s\\0', ...hostile]);
    expect(stdout.split('\0').slice(0, -1)).toEqual(hostile);
    const late = await connection.run(['sleep', '60'], { timeoutMs: 200 });
    expect(late).toMatchObject({ timedOut: true, code: null });
    await host.eventually(30, 'docker', 'version');
    const socket = await connection.forward({ socketPath: '/var/run/docker.sock' });
    socket.write('GET /_ping HTTP/1.0\r\n\r\n');
    let answer = '';
    for await (const chunk of socket) answer += String(chunk);
    expect(answer).toContain('200 OK');
  });

  it('refuses another host key before anything is sent', async () => {
    const expectedHostKey = `SHA256:${'B'.repeat(43)}`;
    await expect(pool.get({ ...address, expectedHostKey })).rejects.toMatchObject({
      code: 'host-key-mismatch',
      message: expect.stringContaining(connection.hostKey),
    });
  });
});

/** What stands for the runtime: notes that it runs, and waits. */
const program = `const [command] = process.argv.slice(2);
if (command !== 'node-cleanup') { console.log(command, process.version); setInterval(() => {}, 1e6); }`;

async function request(name: string): Promise<InstallRequest> {
  const dir = join(folder, name);
  await (await import('node:fs/promises')).mkdir(dir, { recursive: true });
  await writeFile(join(dir, 'orlop.js'), `${program}\n// ${name}`);
  await writeManifest(dir);
  return { bundle: await readBundle(dir), agent: { nodeName: 'n', serverUrl: 'https://s:6443' }, server: {} };
}

describe('the installer on a real host', () => {
  it('installs Node.js and the services, and does nothing the second time', async () => {
    const wanted = await request('one');
    const first = await install(connection, wanted, { target: 'node' });
    expect(first.restarted).toEqual(['orlop-server', 'orlop-agent']);
    expect(first.facts).toMatchObject({ systemd: false, docker: { running: true } });
    await host.eventually(10, 'grep', '-q', 'agent v24', '/var/lib/orlop/logs/orlop-agent.log');
    const again = await install(connection, wanted, { target: 'node' });
    expect(again.restarted).toEqual([]);
  });

  it('upgrades without sending Node.js again', async () => {
    let total = 0;
    const result = await install(connection, await request('two'), {
      target: 'node',
      onProgress: ({ totalBytes }) => {
        total = Math.max(total, totalBytes ?? 0);
      },
    });
    expect(result.restarted).toHaveLength(2);
    expect(total).toBeLessThan(10_000);
  });

  it('starts again with the container', async () => {
    await host.run('sh', '-c', ': >/var/lib/orlop/logs/orlop-agent.log');
    await host.container.restart({ t: 5 });
    address = { ...address, port: await host.port('22/tcp') };
    await host.eventually(20, 'grep', '-q', 'agent v24', '/var/lib/orlop/logs/orlop-agent.log');
    connection = await pool.get(address, { retryForMs: 60_000 });
  });

  it('refuses a disk that is too full, with the bytes, and changes nothing', async () => {
    await host.run('sh', '-c', 'mkdir /small && mount -t tmpfs -o size=40m none /small');
    const refused = install(connection, await request('one'), { target: 'node', root: '/small/orlop' });
    await expect(refused).rejects.toMatchObject({
      code: 'disk-full',
      message: expect.stringMatching(/41943040 bytes available, \d+ are needed/),
    });
    expect(await host.run('ls', '-A', '/small')).toBe('');
  });
});

describe('an image', () => {
  it('is carried whole once, and later only what is new of it', async () => {
    const sizes: number[] = [];
    const onProgress = (_sent: number, total: number) => sizes.push(total);
    const base = await saved('debian:bookworm-slim');
    const id = await carryImage(connection, base, 'base:1', { onProgress });
    expect(id).toBe((await docker.getImage('debian:bookworm-slim').inspect()).Id);
    expect(sizes.at(-1)).toBe(base.sizeFrom(0));
    await base.close();

    await buildOnTop();
    const next = await saved(image);
    sizes.length = 0;
    const nextId = await carryImage(connection, next, image, { onProgress });
    expect(sizes.at(-1)).toBe(next.sizeFrom(next.layers.length - 1));
    expect(sizes.at(-1)).toBeLessThan(100_000);
    await next.close();
    expect(await imageOnHost(connection, image)).toMatchObject({ id: nextId });
    expect(await host.run('docker', 'run', '--rm', '--network', 'none', image, 'cat', '/hello')).toContain('hello');

    await removeImage(connection, image);
    expect(await imageOnHost(connection, image)).toBeUndefined();
    await removeImage(connection, image);
  });

  it('that this machine lacks is named', async () => {
    await expect(new LocalEngine().save(`sha256:${'0'.repeat(64)}`)).rejects.toThrow(/no image sha256:0000/);
  });

  async function saved(name: string): Promise<ImageArchive> {
    return ImageArchive.read(await new LocalEngine().save(name));
  }

  async function buildOnTop(): Promise<void> {
    const context = pack();
    context.entry({ name: 'Dockerfile' }, 'FROM debian:bookworm-slim\nCOPY hello /hello\n');
    context.entry({ name: 'hello' }, 'hello');
    context.finalize();
    const stream = await docker.buildImage(context as unknown as NodeJS.ReadableStream, { t: image });
    await new Promise((done) => docker.modem.followProgress(stream as Readable, done));
  }
});

it('leaves nothing of ours on the host, pods included', async () => {
  await host.run('docker', 'create', '--label', 'dev.orlop.role=container', '--network', 'none', 'base:1', 'true');
  // What a pod mounts: a token's memory, and through a subPath a folder of the host.
  const pods = '/var/lib/orlop/agent/pods';
  await host.run(
    'sh',
    '-c',
    `mkdir -p ${pods}/a/token "${pods}/a/sub path" /srv/own && echo kept > /srv/own/file && ` +
      `mount -t tmpfs tmpfs ${pods}/a/token && mount --bind /srv/own "${pods}/a/sub path"`,
  );
  await uninstall(connection);
  expect(await host.run('cat', '/srv/own/file')).toBe('kept\n');
  expect(await host.run('sh', '-c', 'grep orlop/agent /proc/self/mountinfo || true')).toBe('');
  expect(await host.run('docker', 'ps', '-aq')).toBe('');
  expect((await host.run('ls', '-A', '/var/lib/orlop')).split('\n').filter(Boolean).sort()).toEqual(['logs', 'ssh']);
  expect(await host.run('sh', '-c', 'ls /var/lib/orlop/logs | grep orlop || true')).toBe('');
  expect(await host.run('sh', '-c', 'ps -ef | grep -c "[o]rlop.js" || true')).toBe('0\n');
});
