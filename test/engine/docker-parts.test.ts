import fc from 'fast-check';
import { containerConfig, sandboxConfig } from '../../runtime/engine/docker/container-config';
import { containerInfoOf } from '../../runtime/engine/docker/container-labels';
import { ByteLimit, FrameReader } from '../../runtime/engine/docker/demultiplex';
import { engineErrorOf, pullErrorOf } from '../../runtime/engine/docker/docker-errors';
import { pullQuery } from '../../runtime/engine/docker/docker-pull';
import type { DockerContainer } from '../../runtime/engine/docker/docker-types';
import type { ContainerSpec, SandboxSpec } from '../../runtime/engine/engine';
import { Limiter } from '../../runtime/util/limiter';

const pod = { podUid: 'u-1', podName: 'web', podNamespace: 'default' };
const sandbox: SandboxSpec = {
  ...pod,
  attempt: 2,
  hostname: 'web',
  hostNetwork: false,
  hostPid: false,
  hostIpc: false,
  sysctls: { 'net.core.somaxconn': '1024', 'kernel.shm_rmid_forced': '1' },
  cgroupParent: '',
  annotations: { a: 'b' },
};
const container: ContainerSpec = {
  ...pod,
  name: 'app',
  attempt: 1,
  sandboxId: 's-1',
  image: 'app:1',
  command: [],
  args: ['serve'],
  workingDir: '',
  env: [{ name: 'A', value: 'b=c' }],
  mounts: [{ hostPath: '/x', containerPath: '/y', readOnly: true, propagation: 'rslave' }],
  resources: { cpuShares: 102, cpuQuota: 50_000, memoryBytes: 1 << 20, oomScoreAdj: -997 },
  security: {
    privileged: false,
    user: '1000',
    supplementalGroups: [5],
    addCapabilities: ['NET_ADMIN'],
    dropCapabilities: ['ALL'],
    readOnlyRootFilesystem: true,
    noNewPrivileges: true,
    seccomp: 'unconfined',
    apparmor: '',
  },
  tty: false,
  stdin: false,
  stdinOnce: false,
  sharePidWithSandbox: false,
  hash: 'h',
  annotations: {},
};

describe('what Docker is asked for', () => {
  test('a sandbox makes its network namespace itself: host network, and the one capability that this takes', () => {
    expect(sandboxConfig(sandbox, 'pause:1', -1000)).toMatchObject({
      Cmd: [],
      Hostname: 'web',
      HostConfig: {
        NetworkMode: 'host',
        CapDrop: ['ALL'],
        CapAdd: ['SETPCAP', 'SYS_ADMIN'],
        ReadonlyRootfs: true,
        OomScoreAdj: -998,
        Sysctls: { 'kernel.shm_rmid_forced': '1' },
      },
    });
  });

  test('a sandbox on the host network is told to stay there, and gets less', () => {
    expect(sandboxConfig({ ...sandbox, hostNetwork: true }, 'pause:1', -1000)).toMatchObject({
      Cmd: ['host'],
      HostConfig: { CapAdd: ['SETPCAP'] },
    });
  });

  test('a container joins its sandbox and has limits, mounts and security', () => {
    expect(containerConfig(container, -1000)).toMatchObject({
      Cmd: ['serve'],
      Env: ['A=b=c'],
      User: '1000',
      Healthcheck: { Test: ['NONE'] },
      HostConfig: {
        NetworkMode: 'container:s-1',
        IpcMode: 'container:s-1',
        PidMode: '',
        Mounts: [{ Type: 'bind', Source: '/x', Target: '/y', ReadOnly: true, BindOptions: { Propagation: 'rslave' } }],
        RestartPolicy: { Name: 'no' },
        LogConfig: { Type: 'json-file', Config: { 'max-size': '10m', 'max-file': '5' } },
        CpuShares: 102,
        CpuPeriod: 100_000,
        CpuQuota: 50_000,
        Memory: 1 << 20,
        MemorySwap: 1 << 20,
        OomScoreAdj: -997,
        CapAdd: ['NET_ADMIN'],
        CapDrop: ['ALL'],
        SecurityOpt: ['no-new-privileges', 'seccomp=unconfined'],
      },
    });
    expect(containerConfig(container, -1000)).not.toHaveProperty('Entrypoint');
  });

  test('OOM scores stay within what the host allows', () => {
    expect(containerConfig(container, 0)).toMatchObject({ HostConfig: { OomScoreAdj: 0 } });
    expect(sandboxConfig(sandbox, 'pause:1', 0)).toMatchObject({ HostConfig: { OomScoreAdj: 0 } });
  });
});

describe('what Docker says of a container', () => {
  const docker = (state: Partial<DockerContainer['State']>, labels: Record<string, string> = {}): DockerContainer => ({
    Id: 'c-1',
    Created: '2026-01-01T00:00:00.5Z',
    Name: '/x',
    Image: 'sha256:1',
    State: {
      Status: 'exited',
      Running: false,
      Pid: 0,
      ExitCode: 0,
      OOMKilled: false,
      Error: '',
      StartedAt: '0001-01-01T00:00:00Z',
      FinishedAt: '0001-01-01T00:00:00Z',
      ...state,
    },
    Config: {
      Image: 'app:1',
      Tty: false,
      Labels: { 'dev.orlop.role': 'container', 'dev.orlop.attempt': '3', ...labels },
    },
  });

  test('one that never started has no times, and an error where there is one', () => {
    const info = containerInfoOf(docker({ Status: 'created', ExitCode: 127, Error: 'no such file' }));
    expect(info).toMatchObject({ state: 'created', attempt: 3, error: 'no such file' });
    expect(info?.startedAt).toBeUndefined();
    expect(info?.exitCode).toBeUndefined();
  });

  test('one that was killed was so for want of memory where the engine told that, if not in its record', () => {
    const ended = { Status: 'exited' as const, ExitCode: 137, OOMKilled: false };
    expect(containerInfoOf(docker(ended), true)?.oomKilled).toBe(true);
    expect(containerInfoOf(docker(ended), false)?.oomKilled).toBe(false);
    // Memory ran out for a child of it, and it ended by itself.
    expect(containerInfoOf(docker({ ...ended, ExitCode: 1 }), true)?.oomKilled).toBe(false);
    expect(containerInfoOf(docker({ Status: 'running', Running: true, ExitCode: 0 }), true)?.oomKilled).toBe(false);
  });

  test('one that is not ours is not looked at, and labels that somebody broke do no harm', () => {
    expect(containerInfoOf(docker({}, { 'dev.orlop.role': 'other' }))).toBeUndefined();
    expect(containerInfoOf(docker({}, { 'dev.orlop.annotations': '{' }))?.annotations).toEqual({});
  });
});

test.each([
  [404, '{"message":"No such image: a:1"}', 'image-not-found'],
  [404, '{"message":"No such container: x"}', 'not-found'],
  [409, '{"message":"Conflict. The container name \\"/a\\" is already in use by container b"}', 'name-in-use'],
  [409, '{"message":"container is not running"}', 'invalid'],
  [400, '{"message":"bad"}', 'invalid'],
  [500, 'no JSON', 'internal'],
])('an answer of %i %s is %s', (status, body, code) => {
  expect(engineErrorOf(status, body).code).toBe(code);
});

test.each([
  ['unauthorized: authentication required', 'unauthorized'],
  ['manifest unknown: manifest unknown', 'image-not-found'],
  ["pull access denied for x, repository does not exist or may require 'docker login'", 'image-not-found'],
  ['Get "https://r/v2/": dial tcp 127.0.0.1:9: connect: connection refused', 'registry-unreachable'],
  ['Get "https://r/v2/": net/http: TLS handshake timeout', 'registry-unreachable'],
])('a pull that says "%s" is %s', (message, code) => {
  expect(pullErrorOf('x', message).code).toBe(code);
});

test.each([
  ['nginx', { fromImage: 'nginx', tag: 'latest' }],
  ['r:5000/a/b', { fromImage: 'r:5000/a/b', tag: 'latest' }],
  ['r:5000/a/b:1.2', { fromImage: 'r:5000/a/b', tag: '1.2' }],
  ['a@sha256:12', { fromImage: 'a@sha256:12' }],
])('%s is pulled as %j', (image, query) => {
  expect(pullQuery(image)).toEqual(query);
});

test('frames come apart however the stream was cut', () => {
  const frame = fc.tuple(fc.constantFrom(1, 2), fc.uint8Array({ maxLength: 40 }));
  fc.assert(
    fc.property(
      fc.array(frame, { maxLength: 8 }),
      fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1 }),
      (frames, cuts) => {
        const stream = Buffer.concat(
          frames.map(([channel, data]) => {
            const header = Buffer.from([channel, 0, 0, 0, 0, 0, 0, 0]);
            header.writeUInt32BE(data.length, 4);
            return Buffer.concat([header, data]);
          }),
        );
        const seen: Record<number, Buffer[]> = { 1: [], 2: [] };
        const reader = new FrameReader((channel, data) => seen[channel]?.push(data));
        for (let at = 0, i = 0; at < stream.length; i++) {
          const length = cuts[i % cuts.length] ?? 1;
          reader.push(stream.subarray(at, at + length));
          at += length;
        }
        for (const channel of [1, 2]) {
          const sent = Buffer.concat(frames.filter(([each]) => each === channel).map(([, data]) => data));
          expect(Buffer.concat(seen[channel] ?? [])).toEqual(sent);
        }
      },
    ),
  );
});

test('a byte limit ends the stream at the byte', async () => {
  const limit = new ByteLimit(5);
  limit.write('abc');
  limit.write('defg');
  let text = '';
  for await (const chunk of limit) text += String(chunk);
  expect(text).toBe('abcde');
});

test('the limiter runs so many at once, and the next after one that failed', async () => {
  const limiter = new Limiter(2);
  const finish: Array<(error?: Error) => void> = [];
  const work = () =>
    limiter.run(
      () => new Promise<void>((resolve, reject) => finish.push((error) => (error ? reject(error) : resolve()))),
    );
  const first = work();
  first.catch(() => {});
  work();
  const third = work();
  expect(finish).toHaveLength(2);
  finish[0]?.(new Error('no'));
  await expect(first).rejects.toThrow('no');
  await Promise.resolve();
  expect(finish).toHaveLength(3);
  finish[2]?.();
  await third;
});
