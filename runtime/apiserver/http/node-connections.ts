import type { TLSSocket } from 'node:tls';
import { userOfSocket } from '../auth/authn/client-certificate';
import { nodeNameOf } from '../auth/user';

/** `open`: the first connection of the node's agent; `closed`: its last one ended. */
export type NodeConnectionListener = (node: string, state: 'open' | 'closed') => void;

/** Counts the connections of each node's agent: a node whose last one breaks may be gone. */
export class NodeConnections {
  private readonly counts = new Map<string, number>();
  private readonly listeners = new Set<NodeConnectionListener>();

  /** Whether the node's agent is connected now. */
  isConnected(node: string): boolean {
    return this.counts.has(node);
  }

  listen(listener: NodeConnectionListener): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /** Follows a connection from its handshake to its end. */
  follow(socket: TLSSocket): void {
    const node = nodeOf(socket);
    if (node === undefined) return;
    const before = this.counts.get(node) ?? 0;
    this.counts.set(node, before + 1);
    if (before === 0) this.tell(node, 'open');
    socket.once('close', () => {
      const left = (this.counts.get(node) ?? 1) - 1;
      if (left > 0) this.counts.set(node, left);
      else {
        this.counts.delete(node);
        this.tell(node, 'closed');
      }
    });
  }

  private tell(node: string, state: 'open' | 'closed'): void {
    for (const listener of [...this.listeners]) listener(node, state);
  }
}

function nodeOf(socket: TLSSocket): string | undefined {
  try {
    return nodeNameOf(userOfSocket(socket));
  } catch {
    return undefined;
  }
}
