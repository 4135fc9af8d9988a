import type { Node } from '../../kube/generated/types';

/** The server's connections from agents: tells when a node's last one broke. */
export interface NodeConnections {
  onClosed(listener: (nodeName: string) => void): void;
}

/**
 * Whether a node's agent answers on its port: `alive` (it does), `accepted` (its kernel took the connection and nobody
 * spoke: the agent hangs), `refused` (the host does, so only the agent is down), `silent` (nothing came back in time).
 */
export interface NodeProbe {
  probe(node: Node): Promise<'alive' | 'accepted' | 'refused' | 'silent'>;
}
