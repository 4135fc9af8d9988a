import { readFile, statfs } from 'node:fs/promises';

/** Pressure on the node's resources now. */
export interface NodePressure {
  memory: boolean;
  disk: boolean;
  pid: boolean;
  /** Why pods cannot run here now; undefined when they can. */
  notReady?: string;
}

/** Kubernetes' default eviction thresholds. */
const leastMemoryBytes = 100 * 2 ** 20;
export const leastDiskFraction = 0.1;
const leastInodeFraction = 0.05;
const leastPidFraction = 0.1;

/** Looks at the node's memory, the disk that holds `folder`, and process ids. What cannot be read is taken as fine. */
export async function readPressure(folder: string): Promise<Omit<NodePressure, 'notReady'>> {
  const [memory, disk, pid] = await Promise.all(
    [memoryPressure(), diskPressure(folder), pidPressure()].map((check) => check.catch(() => false)),
  );
  return { memory: memory ?? false, disk: disk ?? false, pid: pid ?? false };
}

/** Size in bytes of the file system that holds `folder`. */
export async function diskSize(folder: string): Promise<number> {
  const { bsize, blocks } = await statfs(folder);
  return bsize * blocks;
}

async function memoryPressure(): Promise<boolean> {
  const available = /^MemAvailable:\s+(\d+) kB/m.exec(await readFile('/proc/meminfo', 'utf8'))?.[1];
  return available !== undefined && Number(available) * 1024 < leastMemoryBytes;
}

async function diskPressure(folder: string): Promise<boolean> {
  const { bavail, blocks, ffree, files } = await statfs(folder);
  return bavail < blocks * leastDiskFraction || (files > 0 && ffree < files * leastInodeFraction);
}

async function pidPressure(): Promise<boolean> {
  const [load, max] = await Promise.all(
    ['/proc/loadavg', '/proc/sys/kernel/pid_max'].map((file) => readFile(file, 'utf8')),
  );
  const threads = Number(load?.split(' ')[3]?.split('/')[1]);
  return threads > Number(max) * (1 - leastPidFraction);
}
