import { execFileSync } from 'node:child_process';
import { measureFootprint, withPods } from '../../bench/footprint';
import { measurePodStart } from '../../bench/pod-start';
import type { HttpApiClient } from '../../runtime/client/http-client';
import { pods } from '../../runtime/kube/resource';
import { shared } from './support/shared';
import { observed } from './support/wait';

// Each benchmark at its smallest, so that it still runs when somebody needs its figures.
let client: HttpApiClient;
let image: string;

beforeAll(async () => {
  client = await shared.client();
  const { items } = await client.list(pods, { namespace: 'default' });
  image = items[0]?.spec?.containers[0]?.image as string;
}, 60_000);

afterAll(() => client.close());

test('pod-start measures a pod beside its peer and leaves neither', async () => {
  const { pod, docker } = await measurePodStart(client, { image, samples: 1 });
  expect([pod.length, docker.length]).toEqual([1, 1]);
  observed('pod start', pod[0] as number);
  observed('docker start', docker[0] as number);
  const { items } = await client.list(pods, { namespace: 'default' });
  expect(items.filter(({ metadata }) => metadata.name?.startsWith('bench-'))).toEqual([]);
  expect(execFileSync('docker', ['ps', '-aq', '--filter', `ancestor=${image}`], { encoding: 'utf8' }).trim()).toBe('');
}, 120_000);

test('footprint measures server and agent while pods run', async () => {
  const containers = ['server', 'agent-1'].map((node) => `${shared.stack}-${node}`);
  const usage = await withPods(client, { node: 'agent-1', image, count: 1 }, () =>
    measureFootprint({ containers, seconds: 1 }),
  );
  expect(usage.map((each) => each.process)).toEqual(['server', 'agent']);
  for (const { rssMiB, pssMiB, cpu } of usage) {
    expect(pssMiB).toBeGreaterThan(10);
    expect(rssMiB).toBeGreaterThanOrEqual(pssMiB);
    expect(cpu).toBeGreaterThanOrEqual(0);
  }
}, 120_000);
