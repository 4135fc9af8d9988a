import { connect, type Socket } from 'node:net';
import { connect as secure } from 'node:tls';
import type { NodeProbe } from '../controllers';
import type { Clock } from '../util/clock';

/** More than a round trip between continents takes. */
const silentAfterMs = 300;
const unansweredAfterMs = 1_000;

/**
 * Asks a node's agent port for a sign of life. A refusal is one of the host, if not of the agent; so is a connection
 * alone, which the kernel accepts for a process that hangs: only a TLS handshake shows that the agent itself runs.
 */
export function agentPortProbe(clock: Clock): NodeProbe {
  return {
    probe(node) {
      const host = node.status?.addresses?.find((address) => address.type === 'InternalIP')?.address;
      const port = node.status?.daemonEndpoints?.kubeletEndpoint?.Port;
      if (!host || !port) return Promise.resolve('silent');
      return new Promise((resolve) => {
        const socket = connect({ host, port });
        const timer = clock.after(silentAfterMs, () => answer('silent'));
        const answer = (what: Awaited<ReturnType<NodeProbe['probe']>>) => {
          timer.cancel();
          socket.destroy();
          resolve(what);
        };
        const failed = (error: NodeJS.ErrnoException) => answer(error.code === 'ECONNREFUSED' ? 'refused' : 'silent');
        socket.once('error', failed);
        socket.once('connect', () => {
          timer.cancel();
          socket.removeListener('error', failed);
          void handshake(socket, clock).then(answer);
        });
      });
    },
  };
}

/** Whether whoever accepted the connection also speaks; what it says, and to whom it would say more, is no matter. */
function handshake(socket: Socket, clock: Clock): Promise<'alive' | 'accepted'> {
  return new Promise((resolve) => {
    const tls = secure({ socket, rejectUnauthorized: false });
    const timer = clock.after(unansweredAfterMs, () => resolve('accepted'));
    const answered = () => {
      timer.cancel();
      resolve('alive');
    };
    tls.once('secureConnect', answered);
    tls.on('error', answered);
    socket.on('error', answered);
  });
}
