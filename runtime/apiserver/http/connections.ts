import type { Socket } from 'node:net';
import { Shares } from '../../util/shares';
import type { User } from '../auth/user';
import type { Limits } from './limits';

/** What names a connection, of a TCP socket and of the TLS socket over it alike. */
type Ends = Pick<Socket, 'remoteAddress' | 'remotePort' | 'localAddress' | 'localPort'>;

interface Connection {
  socket: Pick<Socket, 'destroy'>;
  /** Whose it is; undefined until somebody has said it. */
  user?: string;
  release?: () => void;
}

/**
 * The connections of clients, from before their TLS handshake on. Those of nobody known are few and give way to newer
 * ones, so that a client who only opens connections shuts nobody out; a user has a part of all and no more.
 */
export class Connections {
  private readonly all = new Map<string, Connection>();
  /** Oldest first. */
  private readonly unidentified = new Map<string, Connection>();
  private readonly shares: Shares;
  /** Sockets and sessions that are known to be somebody's: what each further request is spared to look up. */
  private readonly identified = new WeakSet<object>();

  constructor(private readonly limits: Limits) {
    this.shares = new Shares(limits.connections, limits.perUser);
  }

  /** Takes in a connection as it comes. */
  add(socket: Socket): void {
    const key = keyOf(socket);
    if (key === undefined || this.all.size >= this.limits.connections) {
      socket.destroy();
      return;
    }
    const connection: Connection = { socket };
    this.all.set(key, connection);
    this.unidentified.set(key, connection);
    socket.once('close', () => {
      this.all.delete(key);
      this.unidentified.delete(key);
      connection.release?.();
    });
    if (this.unidentified.size > this.limits.unidentified) {
      for (const [oldest, { socket: idle }] of this.unidentified) {
        this.unidentified.delete(oldest);
        idle.destroy();
        break;
      }
    }
  }

  /**
   * Says whose a connection is; the first who makes a request on it counts.
   * @param carrier the same object for every request of the connection
   * @returns false when he has too many
   */
  identify(carrier: object, socket: Ends, { name }: User): boolean {
    if (this.identified.has(carrier)) return true;
    const key = keyOf(socket);
    const connection = key === undefined ? undefined : this.all.get(key);
    // One that is gone already.
    if (key === undefined || !connection) return true;
    if (connection.user === undefined) {
      const release = this.shares.take(name);
      if (!release) return false;
      connection.user = name;
      connection.release = release;
      this.unidentified.delete(key);
    }
    this.identified.add(carrier);
    return true;
  }
}

function keyOf({ remoteAddress, remotePort, localAddress, localPort }: Ends): string | undefined {
  return remotePort === undefined ? undefined : `${remoteAddress} ${remotePort} ${localAddress} ${localPort}`;
}
