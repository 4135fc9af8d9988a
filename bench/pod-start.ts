import Docker from 'dockerode';
import type { ApiClient, WatchEvent } from '../runtime/client/client';
import type { Pod } from '../runtime/kube/generated/types';
import { isPodReady } from '../runtime/kube/pod-status';
import { pods } from '../runtime/kube/resource';
import { machine, noise } from './machine';
import { percentile, table } from './statistics';

const namespace = 'default';
const command = ['sleep', '3600'];

export interface PodStartOptions {
  /** An image that the nodes and this machine's Docker Engine have. */
  image: string;
  samples: number;
  docker?: Docker;
}

export interface PodStart {
  /** Milliseconds from the POST of a pod to the watch event that shows it Ready. */
  pod: number[];
  /** Milliseconds of the same container by create and start on Docker's bridge network. */
  docker: number[];
}

/**
 * Starts pods one at a time, and between any two of them the peer: the same container made and started by this machine's
 * Docker Engine on its bridge network, as `docker run -d` does (without the time that its command line takes). The nodes'
 * own engines have no bridge, so the peer runs beside the nodes: same version, storage driver and disk.
 */
export async function measurePodStart(client: ApiClient, options: PodStartOptions): Promise<PodStart> {
  const docker = options.docker ?? new Docker();
  const result: PodStart = { pod: [], docker: [] };
  for (let sample = 0; sample < options.samples; sample++) {
    result.pod.push(await startPod(client, `bench-${process.pid}-${sample}`, options.image));
    result.docker.push(await startContainer(docker, options.image));
  }
  return result;
}

async function startPod(client: ApiClient, name: string, image: string): Promise<number> {
  const abort = new AbortController();
  const { metadata } = await client.list(pods, { namespace, limit: 1 });
  const query = { namespace, fieldSelector: `metadata.name=${name}`, resourceVersion: metadata.resourceVersion };
  const events = client.watch(pods, query, abort.signal);
  try {
    // Opened before the clock runs: a user's watch is open as well.
    const ready = until(events, (pod) => pod !== undefined && isPodReady(pod));
    const started = performance.now();
    await client.create(pods, {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name, namespace },
      spec: {
        terminationGracePeriodSeconds: 0,
        containers: [{ name: 'main', image, imagePullPolicy: 'Never', command }],
      },
    });
    await ready;
    return performance.now() - started;
  } finally {
    abort.abort();
    await removePod(client, name);
  }
}

async function removePod(client: ApiClient, name: string): Promise<void> {
  const abort = new AbortController();
  try {
    const { metadata } = await client.list(pods, { namespace, limit: 1 });
    const query = { namespace, fieldSelector: `metadata.name=${name}`, resourceVersion: metadata.resourceVersion };
    const gone = until(client.watch(pods, query, abort.signal), (pod) => pod === undefined);
    await client.delete(pods, { namespace, name }, { gracePeriodSeconds: 0 });
    await gone;
  } finally {
    abort.abort();
  }
}

/** Reads events until the pod is as asked; undefined stands for one that is deleted. */
async function until(
  events: AsyncIterable<WatchEvent<Pod>>,
  isReached: (pod: Pod | undefined) => boolean,
): Promise<void> {
  for await (const event of events) {
    if (event.type === 'BOOKMARK') continue;
    if (isReached(event.type === 'DELETED' ? undefined : event.object)) return;
  }
  throw new Error('the watch ended before the pod was as expected');
}

async function startContainer(docker: Docker, image: string): Promise<number> {
  const started = performance.now();
  const container = await docker.createContainer({ Image: image, Cmd: command });
  try {
    await container.start();
    return performance.now() - started;
  } finally {
    await container.remove({ force: true });
  }
}

export async function benchPodStart(client: ApiClient, samples: number): Promise<string> {
  const about = machine();
  const disturbed = noise();
  const image = await localImage(client);
  // The first pods pay for what is loaded once.
  await measurePodStart(client, { image, samples: 3 });
  const result = await measurePodStart(client, { image, samples });
  return [about, ...(disturbed ? [disturbed] : []), '', podStartTable(result)].join('\n');
}

export function podStartTable({ pod, docker }: PodStart): string {
  const figures = (samples: number[]) => [Math.min(...samples), ...[0.5, 0.99].map((p) => percentile(samples, p))];
  const [ours, theirs] = [figures(pod), figures(docker)];
  return table([
    [`ms, ${pod.length} starts each`, 'min', 'p50', 'p99'],
    ['pod: POST until Ready on a watch', ...ours.map((each) => each.toFixed(0))],
    ['peer: docker create + start, bridge', ...theirs.map((each) => each.toFixed(0))],
    ['ratio', ...ours.map((each, index) => (each / (theirs[index] ?? Number.NaN)).toFixed(2))],
  ]);
}

/** The image that main.ts builds and carries to the nodes. */
async function localImage(client: ApiClient): Promise<string> {
  const { items } = await client.list(pods, { namespace });
  const image = items[0]?.spec?.containers[0]?.image;
  if (!image) throw new Error('no pod runs in the namespace default: deploy main.ts as it is (npm run up)');
  return image;
}
