import { type LoadResult, underLoad } from './support/load';
import { shared } from './support/shared';
import { observed } from './support/wait';
import { WebApp } from './support/web-app';

jest.setTimeout(300_000);

let app: WebApp;

beforeAll(async () => {
  app = new WebApp(shared, await shared.client());
  await app.settled();
});
afterAll(() => app.client.close());

const kubectl = (...args: string[]) => shared.kube(...args);
const rolledOut = () => kubectl('rollout', 'status', 'deployment/web', '--timeout=120s');

function expectNothingLost(what: string, load: LoadResult): void {
  observed(
    `${what}: ${load.answered} requests answered, ${load.failed} failed; slowest ${load.latency.max} ms, in`,
    load.seconds * 1000,
  );
  expect(load.reasons).toEqual([]);
  expect(load.failed).toBe(0);
  expect(load.answered).toBeGreaterThan(100);
}

describe('under 200 requests a second from outside the cluster, none fails', () => {
  test('while the pods are replaced one after the other, again and again', async () => {
    const before = (await app.settled()).map((pod) => pod.metadata.name);
    const load = await underLoad(app.url, async () => {
      for (let round = 0; round < 3; round++) {
        await kubectl('rollout', 'restart', 'deployment/web');
        await rolledOut();
        await app.settled();
      }
    });
    expectNothingLost('three rolling updates', load);
    const after = (await app.settled()).map((pod) => pod.metadata.name);
    expect(after.filter((name) => before.includes(name))).toEqual([]);
  });

  test('while a new environment variable rolls out and is undone', async () => {
    const load = await underLoad(app.url, async () => {
      await kubectl('set', 'env', 'deployment/web', 'FLAVOUR=blue');
      await rolledOut();
      await app.settled();
      expect(
        await kubectl('get', 'deployment', 'web', '-o', 'jsonpath={.spec.template.spec.containers[0].env[*].name}'),
      ).toContain('FLAVOUR');
      await kubectl('rollout', 'undo', 'deployment/web');
      await rolledOut();
      await app.settled();
    });
    expectNothingLost('set env and rollout undo', load);
    expect(
      await kubectl('get', 'deployment', 'web', '-o', 'jsonpath={.spec.template.spec.containers[0].env[*].name}'),
    ).not.toContain('FLAVOUR');
  });

  test('while the Deployment grows to five pods and shrinks to two', async () => {
    const load = await underLoad(app.url, async () => {
      await kubectl('scale', 'deployment/web', '--replicas=5');
      await app.settled(5);
      await kubectl('scale', 'deployment/web', '--replicas=2');
      await app.settled(2);
      await kubectl('scale', 'deployment/web', '--replicas=3');
      await app.settled(3);
    });
    expectNothingLost('scale 3 → 5 → 2 → 3', load);
  });

  test('while cdktf deploys a changed template', async () => {
    const load = await underLoad(app.url, async () => {
      const deployed = await shared.deploy({ E2E_GENERATION: '2' });
      if (deployed.code !== 0) throw new Error(deployed.output);
      await app.settled();
    });
    expectNothingLost('cdktf deploy', load);
    const [pod] = await app.settled();
    expect(pod?.metadata.annotations?.['example.com/generation']).toBe('2');
  });
});
