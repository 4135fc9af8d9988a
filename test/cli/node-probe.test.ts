import { createServer, type Server, type Socket } from 'node:net';
import { agentPortProbe } from '../../runtime/cli/node-probe';
import type { Node } from '../../runtime/kube/generated/types';
import { FakeClock } from '../../runtime/util/fake-clock';

const clock = new FakeClock();
const probe = agentPortProbe(clock);

const node = (Port: number): Node => ({
  apiVersion: 'v1',
  kind: 'Node',
  metadata: { name: 'n' },
  status: {
    addresses: [{ type: 'InternalIP', address: '127.0.0.1' }],
    daemonEndpoints: { kubeletEndpoint: { Port } },
  },
});

/** A server that does so with whoever has begun to speak. */
async function listening(spokenTo: (socket: Socket) => void): Promise<{ port: number; server: Server }> {
  const server = createServer((socket) => {
    socket.on('error', () => {});
    socket.once('data', () => spokenTo(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { port: (server.address() as { port: number }).port, server };
}

test('an answer of any kind is a sign of life; without anybody to give one the host refuses', async () => {
  const { port, server } = await listening((socket) => socket.end('no TLS here'));
  expect(await probe.probe(node(port))).toBe('alive');
  await new Promise((resolve) => server.close(resolve));
  expect(await probe.probe(node(port))).toBe('refused');
});

test('a connection on which nobody answers is told apart', async () => {
  const { port, server } = await listening(() => void clock.advance(1_000));
  expect(await probe.probe(node(port))).toBe('accepted');
  server.close();
});

test('a node without an address is silent', async () => {
  expect(await probe.probe({ ...node(1), status: {} })).toBe('silent');
});
