import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

export interface NodeUsage {
  /** CPU time used so far, in nanoseconds. */
  cpuNanoseconds: number;
  /** Memory in use that cannot be given back, in bytes. */
  workingSetBytes: number;
}

/** Time that /proc/stat counts, in nanoseconds: a hundredth of a second on every Linux. */
const tickNanoseconds = 10_000_000;

/**
 * What the whole node uses: of a node that is a container, its control group's figures (v2, else v1); of a machine,
 * where the root group tells less, the kernel's.
 */
export async function readNodeUsage(root = '/'): Promise<NodeUsage> {
  const text = (path: string) => readFile(join(root, path), 'utf8').catch(() => undefined);
  const [cpu, memory] = await Promise.all([cpuTime(text), workingSet(text)]);
  return { cpuNanoseconds: cpu, workingSetBytes: memory };
}

type Read = (path: string) => Promise<string | undefined>;

async function cpuTime(text: Read): Promise<number> {
  const unified = field(await text('sys/fs/cgroup/cpu.stat'), /^usage_usec (\d+)$/m);
  if (unified !== undefined) return unified * 1000;
  const old = field(await text('sys/fs/cgroup/cpuacct/cpuacct.usage'), /^(\d+)/);
  if (old !== undefined) return old;
  const [, ...ticks] = (await text('proc/stat'))?.split('\n', 1)[0]?.trim().split(/\s+/).map(Number) ?? [];
  // All but idle and waiting for disks; what virtual machines used is in user time already.
  const [user = 0, nice = 0, system = 0, , , irq = 0, softIrq = 0, steal = 0] = ticks;
  return (user + nice + system + irq + softIrq + steal) * tickNanoseconds;
}

async function workingSet(text: Read): Promise<number> {
  const groups = [
    { usage: 'sys/fs/cgroup/memory.current', stat: 'sys/fs/cgroup/memory.stat', cache: /^inactive_file (\d+)$/m },
    {
      usage: 'sys/fs/cgroup/memory/memory.usage_in_bytes',
      stat: 'sys/fs/cgroup/memory/memory.stat',
      cache: /^total_inactive_file (\d+)$/m,
    },
  ];
  for (const { usage, stat, cache } of groups) {
    const used = field(await text(usage), /^(\d+)/);
    if (used !== undefined) return Math.max(0, used - (field(await text(stat), cache) ?? 0));
  }
  const info = await text('proc/meminfo');
  const kibibytes = (name: string) => field(info, new RegExp(`^${name}:\\s+(\\d+) kB`, 'm')) ?? 0;
  return (kibibytes('MemTotal') - kibibytes('MemAvailable')) * 1024;
}

function field(text: string | undefined, pattern: RegExp): number | undefined {
  const found = text === undefined ? undefined : pattern.exec(text)?.[1];
  return found === undefined ? undefined : Number(found);
}
