import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { readdir, readFile, readlink, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { hostFacts } from '../../runtime/provision/host-facts';
import { configText, driftOf, type InstallRequest } from '../../runtime/provision/installer';
import { uninstall } from '../../runtime/provision/uninstall';
import { eventually, FakeHost } from './fake-host';

let host: FakeHost;
beforeEach(async () => {
  host = await FakeHost.start();
});
afterEach(async () => {
  await uninstall(host.connection, { root: host.root, dockerSocket: '/nonexistent' }).catch(() => undefined);
  await host.remove();
});

const agent = { nodeName: 'n1', serverUrl: 'https://s:6443' };
const server = { dataDir: '/x' };

async function request(text = 'one'): Promise<InstallRequest> {
  return { bundle: await host.bundle(text), agent, joinToken: async () => 'ca.id.secret' };
}

/** A process that has ended but was not yet waited for is not alive. */
const alive = (pid: string | undefined) => {
  try {
    return !/^\d+ \(.*\) Z/.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return false;
  }
};

it('installs the runtime, the configuration and a running service', async () => {
  const wanted = await request();
  const steps: string[] = [];
  let sent = 0;
  const result = await host.install(wanted, {
    onStep: (step) => steps.push(step),
    onProgress: ({ bytes }) => {
      sent = bytes ?? sent;
    },
  });
  const version = wanted.bundle.version;
  expect(result).toMatchObject({ version, restarted: ['orlop-agent'] });
  expect(await readlink(join(host.root, 'runtime/current'))).toBe(version);
  const files = (await readdir(join(host.root, 'runtime', version), { recursive: true })).sort();
  expect(files).toEqual(['node', 'orlop.js', 'sub', `sub/lmdb-${process.arch}.node`]);
  expect(sent).toBeGreaterThan(0);
  expect(await readFile(join(host.root, 'config/agent.json'), 'utf8')).toBe(configText(agent));
  for (const secret of ['config/agent.json', 'config/join-token']) {
    expect((await stat(join(host.root, secret))).mode & 0o777).toBe(0o600);
  }
  await eventually(async () => (await host.starts()).length === 1);
  expect((await host.starts())[0]).toEqual(['agent', version, expect.any(String)]);
  expect(steps).toContain('upload the runtime');
});

describe('a host that lacks programs', () => {
  const use = async (apt: string) => {
    await host.remove();
    host = await FakeHost.start({ apt });
  };
  const makeNft = 'printf "#!/bin/sh\\n" >$bin/nft; chmod +x $bin/nft';

  it('gets them from the distribution, as a step that is announced', async () => {
    await use(`[ "$1" = install ] && { ${makeNft}; }`);
    const steps: string[] = [];
    await host.install(await request(), { onStep: (step) => steps.push(step) });
    expect(steps).toContain('install packages: nftables');
    expect(await host.aptCalls()).toEqual([expect.stringMatching(/^install -y .*nftables$/)]);
    steps.length = 0;
    await host.install(await request(), { onStep: (step) => steps.push(step) });
    expect(steps.join()).not.toContain('install packages');
  });

  it('fetches the lists of packages where the host has none', async () => {
    await use(`[ "$1" = update ] && touch $bin/updated; [ -e $bin/updated ] && { ${makeNft}; }`);
    await host.install(await request());
    expect((await host.aptCalls()).map((call) => call.split(' ')[0])).toEqual(['install', 'update', 'install']);
  });

  it('is left as it is, with what apt-get said, when they cannot be had', async () => {
    await use('echo "E: Unable to locate package nftables" >&2; exit 100');
    await expect(host.install(await request())).rejects.toThrow(
      'root@fake:22 lacks the packages nftables, and apt-get could not install them (E: Unable to locate package nftables). Install them and run again.',
    );
    expect(await readdir(host.root).catch(() => [])).toEqual([]);
  });
});

it('changes and restarts nothing when run again', async () => {
  const wanted = await request();
  await host.install(wanted);
  await eventually(async () => (await host.starts()).length === 1);
  const steps: string[] = [];
  const again = await host.install(wanted, {
    onStep: (step) => steps.push(step),
  });
  expect(again.restarted).toEqual([]);
  expect(steps.join()).not.toMatch(/upload|start/);
  expect(await host.starts()).toHaveLength(1);
});

it('finishes what a killed run began, at every step', async () => {
  const wanted = { ...(await request()), server };
  const steps: string[] = [];
  const probe = await FakeHost.start();
  await probe.install({ ...wanted, bundle: await probe.bundle('one') }, { onStep: (step) => steps.push(step) });
  await uninstall(probe.connection, { root: probe.root, dockerSocket: '/nonexistent' }).catch(() => undefined);
  await probe.remove();
  expect(steps.length).toBeGreaterThan(8);
  for (const killedAt of steps) {
    const kill = (step: string) => {
      if (step === killedAt) throw new Error(`killed at ${step}`);
    };
    await host.install(wanted, { onStep: kill }).then(
      () => undefined,
      (error: Error) => expect(error.message).toContain('killed'),
    );
  }
  await host.install(wanted);
  const facts = await hostFacts(host.connection, host.root);
  expect(driftOf(facts, { server, agent, version: wanted.bundle.version })).toEqual({ version: false, configs: [] });
  await eventually(async () => {
    const running = (await host.starts()).filter(([, , pid]) => alive(pid));
    return (
      running
        .map(([command]) => command)
        .sort()
        .join() === 'agent,server'
    );
  });
  expect((await readdir(join(host.root, 'runtime'))).filter((name) => name.startsWith('.incoming'))).toEqual([]);
}, 30_000);

it('upgrades in place, shares unchanged content and keeps the version before', async () => {
  const first = await request('one');
  await host.install(first);
  const second = await request('two');
  const result = await host.install(second);
  expect(result.restarted).toEqual(['orlop-agent']);
  const node = (version: string) => stat(join(host.root, 'runtime', version, 'node'));
  expect((await node(first.bundle.version)).ino).toBe((await node(second.bundle.version)).ino);
  const third = await request('three');
  await host.install(third);
  const facts = await hostFacts(host.connection, host.root);
  expect(facts.versions.sort()).toEqual([second.bundle.version, third.bundle.version].sort());
  expect(facts.currentVersion).toBe(third.bundle.version);
  await eventually(async () => (await host.starts()).at(-1)?.[1] === third.bundle.version);
  const running = (await host.starts()).filter(([, , pid]) => alive(pid));
  expect(running).toHaveLength(1);
});

it('restarts only the service whose configuration changed', async () => {
  const wanted = { ...(await request()), server };
  await host.install(wanted);
  const result = await host.install({ ...wanted, agent: { ...agent, labels: { a: 'b' } } });
  expect(result.restarted).toEqual(['orlop-agent']);
});

it('asks for a token only while the agent has no valid certificate of this cluster', async () => {
  const wanted = await request();
  let asked = 0;
  const joinToken = async () => `token-${++asked}`;
  const run = (ca: string) => host.install({ ...wanted, joinToken, clusterCa: async () => ca });
  const token = join(host.root, 'config/join-token');
  await run('ca-1');
  expect(asked).toBe(1);
  const identity = (text: string) =>
    host.connection.upload(text, join(host.root, 'agent/identity.json'), { mode: 0o600 });
  await identity('-----BEGIN CERTIFICATE-----');
  await host.connection.run(['rm', token]);
  await run('ca-1');
  expect(asked).toBe(1);
  await identity('-----BEGIN CERTIFICATE----- expired');
  await run('ca-1');
  expect(asked).toBe(2);
  await identity('-----BEGIN CERTIFICATE-----');
  await run('ca-2');
  expect(asked).toBe(3);
  expect(await readFile(token, 'utf8')).toBe('token-3\n');
});

it('lets one run at a time change a host', async () => {
  const wanted = await request();
  const results = await Promise.all([host.install(wanted), host.install(wanted)]);
  expect(results.map((result) => result.restarted.length).sort()).toEqual([0, 1]);
});

it('changes nothing on a host whose Docker Engine does not answer', async () => {
  const dead = await FakeHost.start({ docker: false });
  try {
    await expect(dead.install({ bundle: await dead.bundle('one'), agent }, { dockerWaitMs: 0 })).rejects.toMatchObject({
      code: 'no-docker',
      message: expect.stringContaining('root@fake:22'),
    });
    expect(await readdir(dead.folder)).not.toContain('root');
  } finally {
    await dead.remove();
  }
});

it('refuses a bundle whose Node.js is not the pinned one', async () => {
  const bundle = await host.bundle('one');
  bundle.manifest.node.packages.x64.integrity = 'sha512-AAAA';
  bundle.manifest.node.packages.arm64.integrity = 'sha512-AAAA';
  await expect(host.install({ bundle, agent })).rejects.toThrow(/integrity .* is pinned/);
});

describe('the supervisor', () => {
  it('leaves no process behind when the service is removed', async () => {
    await host.install(await request());
    await uninstall(noContainers(host), { root: host.root });
    const left = () => execFileSync('ps', ['ax', '-o', 'args='], { encoding: 'utf8' }).includes(host.root);
    await eventually(async () => !left());
  });

  const folder = () => join(host.root, 'services/orlop-agent');
  const lastPid = async () => (await host.starts()).at(-1)?.[2];

  beforeEach(async () => {
    await host.install(await request());
    await eventually(async () => (await host.starts()).length === 1);
  });

  it('starts the service again when it dies', async () => {
    process.kill(Number(await lastPid()), 'SIGKILL');
    await eventually(async () => (await host.starts()).length === 2);
  });

  it('is single, also after it was killed itself', async () => {
    const first = await lastPid();
    execFileSync('sh', ['-c', 'setsid "$1" </dev/null >/dev/null 2>&1 & wait', 'sh', join(folder(), 'supervise')]);
    expect(await host.starts()).toHaveLength(1);
    process.kill(Number(await readFile(join(folder(), 'supervisor.pid'), 'utf8')), 'SIGKILL');
    expect(alive(first)).toBe(true);
    await host.install(await request());
    await eventually(async () => (await host.starts()).length === 2);
    expect(alive(first)).toBe(false);
  });
});

it('uninstalls everything, and a host without us is fine', async () => {
  await host.install({ ...(await request()), server });
  await eventually(async () => (await host.starts()).length === 2);
  const pids = (await host.starts()).map(([, , pid]) => pid);
  await uninstall(noContainers(host), { root: host.root });
  expect(pids.filter(alive)).toEqual([]);
  expect(await readdir(host.folder)).not.toContain('root');
  await uninstall(noContainers(host), { root: host.root });
  expect(await readdir(host.folder)).not.toContain('root');
});

/** The host, with an engine that has no containers. */
function noContainers({ connection }: FakeHost): FakeHost['connection'] {
  return new Proxy(connection, {
    get(target, key) {
      if (key !== 'forward') return Reflect.get(target, key, target);
      return async () => {
        const { Duplex } = await import('node:stream');
        const answer = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\n[]';
        const stream: InstanceType<typeof Duplex> = new Duplex({
          read: () => undefined,
          write(_chunk, _encoding, done) {
            stream.push(answer);
            done();
          },
        });
        return stream;
      };
    },
  });
}
