import { execFile } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import type { ApiClient } from '../runtime/client/client';
import { isPodReady } from '../runtime/kube/pod-status';
import { nodes, pods } from '../runtime/kube/resource';
import { machine, noise } from './machine';
import { table } from './statistics';

const run = promisify(execFile);
const namespace = 'default';
const label = 'orlop.dev/bench=footprint';

export interface Usage {
  /** `server` or `agent`. */
  process: string;
  /** Node container that it runs in. */
  container: string;
  rssMiB: number;
  /** Proportional: what is shared with other processes counts in part. */
  pssMiB: number;
  /** Percent of one core. */
  cpu: number;
}

export interface FootprintOptions {
  /** Containers of the nodes. The server's process is read in the first, the agent's in the last. */
  containers: string[];
  /** Seconds over which processor time is counted. */
  seconds: number;
}

/** Memory and processor time of the server and of an agent, as the kernel counts them. */
export async function measureFootprint(options: FootprintOptions): Promise<Usage[]> {
  const [server = '', agent = ''] = [options.containers[0], options.containers.at(-1)];
  const targets = [
    { process: 'server', container: server },
    { process: 'agent', container: agent },
  ];
  const before = await Promise.all(targets.map(readProcess));
  const started = performance.now();
  await sleep(options.seconds * 1000);
  const after = await Promise.all(targets.map(readProcess));
  const elapsed = (performance.now() - started) / 1000;
  return targets.map((target, index) => {
    const [first, last] = [before[index], after[index]];
    if (!first || !last || first.pid !== last.pid) throw new Error(`the ${target.process} restarted meanwhile`);
    const cpu = ((last.ticks - first.ticks) / last.ticksPerSecond / elapsed) * 100;
    return { ...target, rssMiB: last.rssKiB / 1024, pssMiB: last.pssKiB / 1024, cpu };
  });
}

/** $1: `server` or `agent`. Prints pid, RSS and PSS in KiB, processor ticks, and ticks a second. */
const read = `for each in /proc/[0-9]*; do
  tr '\\0' ' ' <"$each/cmdline" 2>/dev/null | grep -q "orlop.js $1 --config" || continue
  case "$(readlink "$each/exe")" in */node | */blobs/* | */.blobs/*) ;; *) continue ;; esac
  echo "$(basename "$each") $(awk '/^Rss:/ { print $2 }' "$each/smaps_rollup") $(awk '/^Pss:/ { print $2 }' "$each/smaps_rollup")" \\
    "$(sed 's/.*) //' "$each/stat" | awk '{ print $12 + $13 }') $(getconf CLK_TCK)"
done`;

async function readProcess({ process, container }: { process: string; container: string }) {
  const { stdout } = await run('docker', ['exec', container, 'sh', '-c', read, 'sh', process]);
  const lines = stdout.trim().split('\n');
  const [pid = 0, rssKiB = 0, pssKiB = 0, ticks = 0, ticksPerSecond = 100] = (lines[0] ?? '').split(' ').map(Number);
  if (lines.length !== 1 || !pid) throw new Error(`${container} has not one process "orlop ${process}": ${stdout}`);
  return { pid, rssKiB, pssKiB, ticks, ticksPerSecond };
}

/** Runs so many pods on one node, waits until all are Ready, and removes them afterwards. */
export async function withPods<T>(
  client: ApiClient,
  options: { node: string; image: string; count: number },
  work: () => Promise<T>,
): Promise<T> {
  const [key = '', value = ''] = label.split('=');
  try {
    for (let index = 0; index < options.count; index++) {
      await client.create(pods, {
        apiVersion: 'v1',
        kind: 'Pod',
        metadata: { name: `bench-footprint-${index}`, namespace, labels: { [key]: value } },
        spec: {
          terminationGracePeriodSeconds: 0,
          nodeSelector: { 'kubernetes.io/hostname': options.node },
          containers: [{ name: 'main', image: options.image, imagePullPolicy: 'Never', command: ['sleep', '3600'] }],
        },
      });
    }
    await listed(client, (items) => items.length === options.count && items.every(isPodReady));
    return await work();
  } finally {
    const { items } = await client.list(pods, { namespace, labelSelector: label });
    for (const { metadata } of items) await client.delete(pods, { namespace, name: metadata.name ?? '' });
    await listed(client, (left) => left.length === 0);
  }
}

type Pods = Awaited<ReturnType<typeof podsOfBench>>;
const podsOfBench = async (client: ApiClient) => (await client.list(pods, { namespace, labelSelector: label })).items;

async function listed(client: ApiClient, isReached: (items: Pods) => boolean): Promise<void> {
  const deadline = performance.now() + 120_000;
  while (!isReached(await podsOfBench(client))) {
    if (performance.now() > deadline) throw new Error('the pods did not come up, or did not go, within 120 s');
    await sleep(200);
  }
}

export async function benchFootprint(client: ApiClient, seconds: number): Promise<string> {
  const about = machine();
  const disturbed = noise();
  const { items } = await client.list(nodes);
  const isServer = (labels: Record<string, string> = {}) => 'node-role.kubernetes.io/control-plane' in labels;
  const server = items.find(({ metadata }) => isServer(metadata.labels))?.metadata.name;
  const agent = items.find(({ metadata }) => !isServer(metadata.labels))?.metadata.name;
  const image = (await client.list(pods, { namespace })).items[0]?.spec?.containers[0]?.image;
  if (!server || !agent || !image)
    throw new Error('the cluster is not that of main.ts as it is: a server, agents, a pod');
  // A DockerNode's container is named after its cluster and itself.
  const options = { containers: [server, agent].map((name) => `hello-${name}`), seconds };
  await sleep(10_000);
  const idle = await measureFootprint(options);
  const busy = await withPods(client, { node: agent, image, count: 30 }, async () => {
    await sleep(5_000);
    return measureFootprint(options);
  });
  return [about, ...(disturbed ? [disturbed] : []), '', footprintTable(idle, busy)].join('\n');
}

export function footprintTable(idle: Usage[], busy: Usage[]): string {
  const rows = (usages: Usage[], when: string) =>
    usages.map(({ process, rssMiB, pssMiB, cpu }) => [
      `${process}, ${when}`,
      rssMiB.toFixed(1),
      pssMiB.toFixed(1),
      cpu.toFixed(2),
    ]);
  return table([
    ['process', 'RSS MiB', 'PSS MiB', 'CPU % of a core'],
    ...rows(idle, 'idle'),
    ...rows(busy, '30 more pods on the agent'),
  ]);
}
