import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { type NodeUsage, readNodeUsage } from '../../runtime/agent/stats/node-usage';
import { UsageSampler } from '../../runtime/agent/stats/usage-sampler';
import { type ContainerInfo, EngineError } from '../../runtime/engine/engine';
import { FakeClock } from '../../runtime/util/fake-clock';

describe('the use of a node and its containers', () => {
  const start = Date.parse('2026-01-01T00:00:00Z');
  const container = (id: string, pod: string, more: Partial<ContainerInfo> = {}) =>
    ({
      id,
      name: 'main',
      role: 'container',
      state: 'running',
      podUid: `uid-${pod}`,
      podName: pod,
      podNamespace: 'default',
      ...more,
    }) as ContainerInfo;
  let clock: FakeClock;
  let containers: ContainerInfo[];
  let looks: number;
  let sampler: UsageSampler;

  beforeEach(() => {
    clock = new FakeClock(start);
    containers = [container('a', 'web'), container('s', 'web', { role: 'sandbox', name: '' })];
    looks = 0;
    const passed = () => clock.now() - start;
    const engine = {
      list: async () => {
        looks++;
        return [...containers];
      },
      // Half a processor, and 1 MiB.
      stats: async (id: string) => {
        if (id === 'gone') throw new EngineError('not-found', 'gone');
        return { cpuNanoseconds: passed() * 500_000, workingSetBytes: 1 << 20, at: clock.now() };
      },
    };
    // Two processors.
    const nodeUsage = async (): Promise<NodeUsage> => ({
      cpuNanoseconds: passed() * 2_000_000,
      workingSetBytes: 1 << 30,
    });
    sampler = new UsageSampler({ nodeName: 'n1', engine, nodeUsage, clock });
  });

  async function summary() {
    const asked = sampler.summary();
    for (let turn = 0; turn < 5; turn++) await clock.advance(200);
    return asked;
  }

  test('is measured over a second when nobody asked before', async () => {
    expect(await summary()).toEqual({
      windowSeconds: 1,
      node: {
        nodeName: 'n1',
        cpu: { time: expect.any(String), usageNanoCores: 2e9, usageCoreNanoSeconds: 2e9 },
        memory: { time: expect.any(String), workingSetBytes: 1 << 30 },
      },
      pods: [
        {
          podRef: { name: 'web', namespace: 'default', uid: 'uid-web' },
          containers: [
            {
              name: 'main',
              cpu: { time: '2026-01-01T00:00:01Z', usageNanoCores: 5e8, usageCoreNanoSeconds: 5e8 },
              memory: { time: '2026-01-01T00:00:01Z', workingSetBytes: 1 << 20 },
            },
          ],
        },
      ],
    });
    expect(looks).toBe(2);
  });

  test('is measured since somebody asked last, if that is not long ago', async () => {
    await summary();
    await clock.advance(15_000);
    expect((await sampler.summary()).windowSeconds).toBe(15);
    expect(looks).toBe(3);
    await clock.advance(61_000);
    expect((await summary()).windowSeconds).toBe(1);
  });

  test('is measured anew when a container came', async () => {
    await summary();
    containers.push(container('b', 'db'));
    await clock.advance(15_000);
    const { pods, windowSeconds } = await summary();
    expect(pods.map(({ podRef }) => podRef.name).sort()).toEqual(['db', 'web']);
    expect(windowSeconds).toBe(1);
  });

  test('is one measurement for all who ask at once', async () => {
    await Promise.all([summary(), sampler.summary(), sampler.summary()]);
    expect(looks).toBe(2);
  });

  test('leaves out what does not run, or has just ended', async () => {
    containers.push(container('gone', 'old'), container('c', 'done', { state: 'exited' }));
    expect((await summary()).pods.map(({ podRef }) => podRef.name)).toEqual(['web']);
  });
});

describe('what a node uses', () => {
  let root: string;
  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'orlop-usage-'));
  });
  afterEach(() => rm(root, { recursive: true }));

  async function write(files: Record<string, string>): Promise<void> {
    for (const [path, text] of Object.entries(files)) {
      await mkdir(dirname(join(root, path)), { recursive: true });
      await writeFile(join(root, path), text);
    }
  }

  test('of control groups version 2', async () => {
    await write({
      'sys/fs/cgroup/cpu.stat': 'usage_usec 1500\nuser_usec 1000\n',
      'sys/fs/cgroup/memory.current': '5000\n',
      'sys/fs/cgroup/memory.stat': 'anon 3000\ninactive_file 1000\n',
    });
    expect(await readNodeUsage(root)).toEqual({ cpuNanoseconds: 1_500_000, workingSetBytes: 4000 });
  });

  test('of control groups version 1', async () => {
    await write({
      'sys/fs/cgroup/cpuacct/cpuacct.usage': '1234567\n',
      'sys/fs/cgroup/memory/memory.usage_in_bytes': '5000\n',
      'sys/fs/cgroup/memory/memory.stat': 'inactive_file 1\ntotal_inactive_file 2000\n',
    });
    expect(await readNodeUsage(root)).toEqual({ cpuNanoseconds: 1_234_567, workingSetBytes: 3000 });
  });

  test('of a machine, whose root group tells the time only', async () => {
    await write({
      'proc/stat': 'cpu  10 2 3 1000 50 1 1 3 0 0\ncpu0 1 1 1 1\n',
      'proc/meminfo': 'MemTotal:       1000 kB\nMemFree:         100 kB\nMemAvailable:    400 kB\n',
    });
    expect(await readNodeUsage(root)).toEqual({ cpuNanoseconds: 200_000_000, workingSetBytes: 600 * 1024 });
  });
});
