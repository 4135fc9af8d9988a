import { type ContainerEngine, type ContainerSpec, EngineError, type EngineEvent } from '../../runtime/engine/engine';

/** What a container of the suite does; each engine has its own way to say it. */
export type Program = 'sleep' | 'ignore-sigterm' | 'exit-3' | 'print' | 'cannot-start';

export interface EngineHarness {
  engine: ContainerEngine;
  image: string;
  command: Record<Program, string[]>;
  /** Lets whatever is under way happen, until `done` says so. */
  until(done: () => Promise<boolean> | boolean): Promise<void>;
  close(): Promise<void>;
}

let serial = 0;

/** The behaviours that every ContainerEngine shares. */
export function engineSuite(make: () => Promise<EngineHarness>): void {
  let harness: EngineHarness;
  let engine: ContainerEngine;
  const pod = () => ({
    podUid: `agent-test-${process.pid}-${++serial}`,
    podName: `web-${serial}`,
    podNamespace: 'default',
  });

  beforeAll(async () => {
    harness = await make();
    engine = harness.engine;
  });
  afterAll(async () => {
    for (const { id, podUid } of await engine.list())
      if (podUid.startsWith(`agent-test-${process.pid}-`)) await engine.remove(id);
    await harness.close();
  });

  const startSandbox = (labels: ReturnType<typeof pod>) =>
    engine.startSandbox({
      ...labels,
      attempt: 0,
      hostname: labels.podName,
      hostNetwork: false,
      hostPid: false,
      hostIpc: false,
      sysctls: {},
      cgroupParent: '',
      annotations: { purpose: 'test' },
    });
  const specOf = (
    labels: ReturnType<typeof pod>,
    sandboxId: string,
    program: Program,
    more: Partial<ContainerSpec> = {},
  ): ContainerSpec => ({
    ...labels,
    name: 'app',
    attempt: 0,
    sandboxId,
    image: harness.image,
    command: harness.command[program],
    args: [],
    workingDir: '',
    env: [{ name: 'GREETING', value: 'hello' }],
    mounts: [],
    resources: { cpuShares: 2, cpuQuota: 0, memoryBytes: 0, oomScoreAdj: 0 },
    security: {
      privileged: false,
      user: '',
      supplementalGroups: [],
      addCapabilities: [],
      dropCapabilities: [],
      readOnlyRootFilesystem: false,
      noNewPrivileges: false,
      seccomp: '',
      apparmor: '',
    },
    tty: false,
    stdin: false,
    stdinOnce: false,
    sharePidWithSandbox: false,
    hash: 'abc',
    annotations: { note: 'a "quoted" text' },
    ...more,
  });
  const started = async (program: Program) => {
    const labels = pod();
    const sandbox = await startSandbox(labels);
    const id = await engine.createContainer(specOf(labels, sandbox.id, program));
    await engine.startContainer(id);
    return { labels, sandbox, id };
  };
  const exited = (id: string) => harness.until(async () => (await engine.inspect(id))?.state === 'exited');

  test('a pod is found again by its labels, with everything an adoption needs', async () => {
    const { labels, sandbox, id } = await started('sleep');
    const mine = (await engine.list()).filter(({ podUid }) => podUid === labels.podUid);
    expect(mine.find(({ role }) => role === 'sandbox')).toMatchObject({
      ...labels,
      id: sandbox.id,
      state: 'running',
      attempt: 0,
      annotations: { purpose: 'test' },
      pid: sandbox.pid,
    });
    expect(mine.find(({ role }) => role === 'container')).toMatchObject({
      ...labels,
      id,
      name: 'app',
      state: 'running',
      hash: 'abc',
      imageName: harness.image,
      annotations: { note: 'a "quoted" text' },
    });
  });

  test('a container that ends by itself keeps its exit code and times', async () => {
    const { id } = await started('exit-3');
    await exited(id);
    const info = await engine.inspect(id);
    expect(info).toMatchObject({ state: 'exited', exitCode: 3, oomKilled: false });
    expect(info?.finishedAt).toBeGreaterThanOrEqual(info?.startedAt ?? Number.NaN);
  });

  test('stop ends a container with its signal, and one that ignores it with SIGKILL after the grace', async () => {
    const polite = await started('sleep');
    const stubborn = await started('ignore-sigterm');
    let stopped = false;
    await engine.stopContainer(polite.id, 30);
    void engine.stopContainer(stubborn.id, 1).then(() => {
      stopped = true;
    });
    await harness.until(() => stopped);
    expect((await engine.inspect(polite.id))?.exitCode).toBe(143);
    expect((await engine.inspect(stubborn.id))?.exitCode).toBe(137);
  });

  test('events tell of start, exit and removal, with the pod and the container', async () => {
    const seen: EngineEvent[] = [];
    const abort = new AbortController();
    engine.events((event) => seen.push(event), abort.signal);
    const { labels, id } = await started('sleep');
    await engine.kill(id, 'SIGKILL');
    await exited(id);
    await engine.remove(id);
    const mine = () => seen.filter((event) => event.id === id);
    await harness.until(() => mine().some(({ type }) => type === 'remove'));
    abort.abort();
    expect(mine().map(({ type }) => type)).toEqual(['start', 'exit', 'remove']);
    expect(mine()[1]).toMatchObject({ podUid: labels.podUid, containerName: 'app', exitCode: 137 });
  });

  test('logs: whole, tail, and followed to the end', async () => {
    const { id } = await started('print');
    const read = async (options: { tailLines?: number; follow?: boolean; limitBytes?: number }) => {
      const stream = await engine.logs(id, {
        follow: false,
        stdout: true,
        stderr: true,
        timestamps: false,
        ...options,
      });
      let text = '';
      for await (const chunk of stream) text += String(chunk);
      return text;
    };
    await exited(id);
    expect(await read({})).toBe('one\ntwo\nthree\n');
    expect(await read({ tailLines: 1 })).toBe('three\n');
    expect(await read({ limitBytes: 5 })).toBe('one\nt');
    expect(await read({ follow: true })).toBe('one\ntwo\nthree\n');
  });

  test('a container that cannot start says why', async () => {
    const labels = pod();
    const sandbox = await startSandbox(labels);
    const id = await engine.createContainer(specOf(labels, sandbox.id, 'cannot-start'));
    await expect(engine.startContainer(id)).rejects.toMatchObject({ code: 'start-failed' });
    expect((await engine.inspect(id))?.error).toMatch(/not found|no such file/);
  });

  test('what is missing or taken is told apart', async () => {
    const { labels, sandbox } = await started('sleep');
    const create = (more: Partial<ContainerSpec>) => engine.createContainer(specOf(labels, sandbox.id, 'sleep', more));
    await expect(create({})).rejects.toMatchObject({ code: 'name-in-use' });
    await expect(create({ attempt: 1, image: 'orlop.local/missing:1' })).rejects.toMatchObject({
      code: 'image-not-found',
    });
    await expect(engine.startContainer('no-such-container')).rejects.toBeInstanceOf(EngineError);
    expect(await engine.image('orlop.local/missing:1')).toBeUndefined();
    expect(await engine.inspect('no-such-container')).toBeUndefined();
    await engine.remove('no-such-container');
  });
}
