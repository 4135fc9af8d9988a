import type { HttpApiClient } from '../../../runtime/client/http-client';
import type { AnyObject } from '../../../runtime/kube/object';
import { deployments } from '../../../runtime/kube/resource';
import { waitForRollout } from '../../../runtime/terraform/orlop/object/wait';
import type { DiagnosticError } from '../../../runtime/terraform/protocol/diagnostics';
import { FakeClock } from '../../../runtime/util/fake-clock';

const revision = (value: string) => ({ 'deployment.kubernetes.io/revision': value });

/** A cluster as the wait sees it; tests change it while the clock moves. */
function world() {
  const state = {
    status: { observedGeneration: 1, updatedReplicas: 0, availableReplicas: 0 } as Record<string, unknown>,
    pods: [] as object[],
    log: '',
  };
  const set = (uid: string, of: string) => ({ metadata: { uid, annotations: revision(of) } });
  const client = {
    get: async () => ({
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: 'web', namespace: 'default', generation: 1, annotations: revision('2') },
      spec: {
        replicas: 1,
        selector: { matchLabels: { app: 'web' } },
        template: { spec: { containers: [{ name: 'web', image: 'web:2' }] } },
      },
      status: state.status,
    }),
    list: async ({ plural }: { plural: string }) => {
      if (plural === 'pods') return { items: state.pods };
      if (plural === 'replicasets') return { items: [set('old', '1'), set('new', '2')] };
      return { items: [{ type: 'Warning', reason: 'Failed', message: 'no such image', count: 3, metadata: {} }] };
    },
    raw: async () => ({ body: [Buffer.from(state.log)] }),
  } as unknown as HttpApiClient;
  return { state, client };
}

const pod = (owner: string, waiting: object) => ({
  metadata: { name: `${owner}-1`, namespace: 'default', uid: owner, ownerReferences: [{ uid: owner }] },
  spec: { containers: [{ name: 'web' }] },
  status: { containerStatuses: [{ name: 'web', ready: false, restartCount: 0, state: { waiting } }] },
});
const noImage = { reason: 'ImagePullBackOff', message: 'Back-off pulling image "web:2"' };

function wait(client: HttpApiClient, clock: FakeClock, signal = new AbortController().signal) {
  const lines: string[] = [];
  const result: Promise<AnyObject | DiagnosticError> = waitForRollout(
    client,
    deployments as never,
    { namespace: 'default', name: 'web' },
    { clock, signal, timeoutMs: 60_000, progress: (line) => lines.push(line) },
  ).catch((error: DiagnosticError) => error);
  return { result, lines };
}

it('ends when the rollout is done, with progress on the way', async () => {
  const { client, state } = world();
  const clock = new FakeClock();
  const { result, lines } = wait(client, clock);
  await clock.advance(12_000);
  state.status = { observedGeneration: 1, replicas: 1, updatedReplicas: 1, availableReplicas: 1 };
  await clock.advance(2_000);
  expect(await result).toMatchObject({ kind: 'Deployment' });
  expect(lines).toHaveLength(2);
  expect(lines[0]).toContain('Deployment default/web: 0 of 1 replicas updated');
});

it('fails within seconds where waiting is hopeless: pod, reason, events, log, place', async () => {
  const { client, state } = world();
  state.pods = [pod('new', noImage)];
  state.log = 'line 1\nline 2\n';
  const clock = new FakeClock();
  const { result } = wait(client, clock);
  await clock.advance(10_000);
  const error = (await result) as DiagnosticError;
  expect(error.summary).toBe('Deployment default/web cannot roll out');
  expect(error.detail).toContain(
    'container web of pod default/new-1: ImagePullBackOff: Back-off pulling image "web:2"',
  );
  expect(error.detail).toContain('Warning Failed: no such image (3 times)');
  expect(error.detail).toContain('  line 2');
  expect(error.attribute).toEqual(['manifest', 'spec', 'template', 'spec', 'containers', 0, 'image']);
});

it('does not start over while the next attempt is under way', async () => {
  const { client, state } = world();
  state.pods = [pod('new', noImage)];
  const clock = new FakeClock();
  const { result } = wait(client, clock);
  await clock.advance(5_000);
  state.pods = [pod('new', { reason: 'ContainerCreating' })];
  await clock.advance(5_000);
  state.pods = [pod('new', noImage)];
  await clock.advance(1_000);
  expect(((await result) as DiagnosticError).summary).toBe('Deployment default/web cannot roll out');
});

it('does not blame pods of the template before', async () => {
  const { client, state } = world();
  state.pods = [pod('old', noImage)];
  const clock = new FakeClock();
  const { result } = wait(client, clock);
  await clock.advance(30_000);
  state.status = { observedGeneration: 1, replicas: 1, updatedReplicas: 1, availableReplicas: 1 };
  await clock.advance(2_000);
  expect(await result).not.toBeInstanceOf(Error);
});

it('gives up when its time is over, or when it is interrupted', async () => {
  const clock = new FakeClock();
  const slow = wait(world().client, clock);
  await clock.advance(61_000);
  expect(((await slow.result) as DiagnosticError).summary).toBe('Deployment default/web did not roll out within 60 s');

  const interrupt = new AbortController();
  const stopped = wait(world().client, clock, interrupt.signal);
  await clock.advance(1_000);
  interrupt.abort();
  expect(((await stopped.result) as DiagnosticError).summary).toMatch(/Interrupted/);
});
