import { readlinkSync } from 'node:fs';
import { DockerEngine } from '../../runtime/engine/docker/docker-engine';
import { engineSuite } from '../engine/engine-suite';

jest.setTimeout(60_000);

async function until(done: () => Promise<boolean> | boolean): Promise<void> {
  for (let i = 0; i < 500 && !(await done()); i++) await new Promise((resolve) => setTimeout(resolve, 20));
}

describe('Docker engine', () => {
  engineSuite(async () => {
    const engine = new DockerEngine();
    return {
      engine,
      image: 'debian:bookworm-slim',
      command: {
        sleep: ['sh', '-c', 'trap "exit 143" TERM; sleep 1000 & wait'],
        'ignore-sigterm': ['sh', '-c', 'trap "" TERM; sleep 1000'],
        'exit-3': ['sh', '-c', 'exit 3'],
        print: ['sh', '-c', 'echo one; echo two; echo three'],
        'cannot-start': ['/nothing'],
      },
      until,
      close: async () => engine.close(),
    };
  });
});

describe('Docker engine: what only a real one can show', () => {
  const engine = new DockerEngine();
  const labels = { podUid: `agent-test-real-${process.pid}`, podName: 'web-0', podNamespace: 'default' };
  let sandbox: { id: string; pid: number };
  let id: string;

  beforeAll(async () => {
    sandbox = await engine.startSandbox({
      ...labels,
      attempt: 0,
      hostname: 'web-0',
      hostNetwork: false,
      hostPid: false,
      hostIpc: false,
      sysctls: { 'net.ipv4.ip_unprivileged_port_start': '7' },
      cgroupParent: '',
      annotations: {},
    });
    id = await engine.createContainer({
      ...labels,
      name: 'app',
      attempt: 0,
      sandboxId: sandbox.id,
      image: 'debian:bookworm-slim',
      command: ['sleep', '1000'],
      args: [],
      workingDir: '/tmp',
      env: [{ name: 'GREETING', value: 'hello' }],
      mounts: [{ hostPath: '/etc', containerPath: '/host', readOnly: true }],
      resources: { cpuShares: 512, cpuQuota: 50_000, memoryBytes: 64 << 20, oomScoreAdj: 900 },
      security: {
        privileged: false,
        user: '1234:5678',
        supplementalGroups: [4321],
        addCapabilities: [],
        dropCapabilities: ['ALL'],
        readOnlyRootFilesystem: true,
        noNewPrivileges: true,
        seccomp: '',
        apparmor: '',
      },
      tty: false,
      stdin: false,
      stdinOnce: false,
      sharePidWithSandbox: false,
      hash: '',
      annotations: {},
    });
    await engine.startContainer(id);
  });
  afterAll(async () => {
    await engine.remove(id);
    await engine.remove(sandbox.id);
    engine.close();
  });

  async function run(script: string, input?: string) {
    const session = await engine.exec(id, { command: ['sh', '-c', script], stdin: input !== undefined, tty: false });
    session.stdin?.end(input);
    const read = async (stream?: AsyncIterable<unknown>) => {
      let text = '';
      for await (const chunk of stream ?? []) text += String(chunk);
      return text;
    };
    const [stdout, stderr, exit] = await Promise.all([read(session.stdout), read(session.stderr), session.exit]);
    return { stdout, stderr, exit };
  }

  test('the pod has a network namespace of its own, with nothing but a loopback, and its own hostname', async () => {
    expect(readlinkSync(`/proc/${sandbox.pid}/ns/net`)).not.toBe(readlinkSync('/proc/self/ns/net'));
    const { stdout } = await run('hostname; ls /sys/class/net; cat /proc/sys/net/ipv4/ip_unprivileged_port_start');
    expect(stdout).toBe('web-0\nlo\n7\n');
  });

  test('user, groups, environment, directory, limits and a read-only root arrive', async () => {
    const { stdout } = await run(
      'id -u; id -G; echo $GREETING; pwd; cat /proc/self/oom_score_adj; test -r /host/passwd; echo $?',
    );
    expect(stdout).toBe('1234\n5678 4321\nhello\n/tmp\n900\n0\n');
    expect((await run('echo x > /root-file')).exit).not.toBe(0);
    expect((await engine.stats(id)).workingSetBytes).toBeGreaterThan(0);
  });

  test('exec keeps stdout, stderr, stdin and the exit code apart', async () => {
    expect(await run('cat; echo err >&2; exit 7', 'typed')).toEqual({ stdout: 'typed', stderr: 'err\n', exit: 7 });
  });

  test('a terminal prints on after its input has ended, and has the size that it was given', async () => {
    const script = 'until stty size 2>/dev/null | grep -q " 77"; do sleep 0.05; done; stty size; exit 4';
    const session = await engine.exec(id, { command: ['sh', '-c', script], stdin: true, tty: true });
    session.stdin?.end();
    await session.resize(77, 33);
    let printed = '';
    for await (const chunk of session.stdout) printed += String(chunk);
    expect(printed).toBe('33 77\r\n');
    expect(await session.exit).toBe(4);
  });

  test('an aborted exec kills its command', async () => {
    const abort = new AbortController();
    const options = { command: ['sleep', '987'], stdin: false, tty: false, signal: abort.signal };
    const session = await engine.exec(id, options);
    abort.abort();
    await session.exit;
    await until(async () => !(await run('cat /proc/*/cmdline')).stdout.includes('987'));
  });

  test('an image that no registry has is told as such', async () => {
    await expect(engine.pullImage('127.0.0.1:9/none:1')).rejects.toMatchObject({ code: 'registry-unreachable' });
  });
});
