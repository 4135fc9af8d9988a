import { connect } from 'node:net';
import type { NodeProbe } from '../controllers';

const silentAfterMs = 300;

/** Asks a node's agent port for a sign of life: a refusal is one of the host, if not of the agent. */
export const tcpNodeProbe: NodeProbe = {
  probe(node) {
    const host = node.status?.addresses?.find((address) => address.type === 'InternalIP')?.address;
    const port = node.status?.daemonEndpoints?.kubeletEndpoint?.Port;
    if (!host || !port) return Promise.resolve('silent');
    return new Promise((resolve) => {
      const socket = connect({ host, port, timeout: silentAfterMs });
      const answer = (what: 'alive' | 'refused' | 'silent') => {
        socket.destroy();
        resolve(what);
      };
      socket.once('connect', () => answer('alive'));
      socket.once('timeout', () => answer('silent'));
      socket.once('error', (error: NodeJS.ErrnoException) =>
        answer(error.code === 'ECONNREFUSED' ? 'refused' : 'silent'),
      );
    });
  },
};
