import { FakeApiClient } from '../../../runtime/client/fake-client';
import { leases, nodes } from '../../../runtime/kube/resource';
import { waitForNode } from '../../../runtime/terraform/orlop/node/node-ready';
import { FakeClock } from '../../../runtime/util/fake-clock';

const key = { namespace: 'kube-node-lease', name: 'agent-1' };

async function readyNode() {
  const clock = new FakeClock();
  const client = new FakeApiClient(clock);
  await client.create(nodes, {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { name: 'agent-1' },
    status: { conditions: [{ type: 'Ready', status: 'True' }] },
  });
  await client.create(leases, { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', metadata: key });
  const wait = (restarted: boolean) =>
    waitForNode(client, 'agent-1', {
      clock,
      signal: new AbortController().signal,
      timeoutMs: 10_000,
      progress: () => undefined,
      restarted,
    });
  return { clock, client, wait };
}

test('a node that says Ready is ready', async () => {
  const { wait } = await readyNode();
  expect(await wait(false)).toHaveProperty('node');
});

test('of a restarted agent, only its next heartbeat counts', async () => {
  const { clock, client, wait } = await readyNode();
  const waiting = wait(true);
  await clock.advance(1000);
  await client.patch(leases, key, { type: 'merge', body: { metadata: { annotations: { renewed: 'again' } } } });
  await clock.advance(200);
  expect(await waiting).toHaveProperty('node');
});

test('a restarted agent that does not come back is a problem, whatever its node said before', async () => {
  const { clock, wait } = await readyNode();
  const waiting = wait(true);
  await clock.advance(11_000);
  expect(await waiting).toEqual({ problem: 'its restarted agent has given no sign of life yet' });
});
