import type { Duplex } from 'node:stream';
import type { Connection, RunOptions, RunResult } from './connection';
import { downloadThrough, uploadThrough } from './transfer';

/** A connection whose programs run as root through `sudo -n`, for a user who is not root. Closing it closes the one beneath. */
class ElevatedConnection implements Connection {
  constructor(private readonly inner: Connection) {}

  get hostKey(): string {
    return this.inner.hostKey;
  }

  run(argv: string[], options?: RunOptions): Promise<RunResult> {
    return this.inner.run(['sudo', '-n', '--', ...argv], options);
  }

  upload(...[content, path, options]: Parameters<Connection['upload']>): Promise<void> {
    return uploadThrough(this.run.bind(this), content, path, options);
  }

  download(path: string): Promise<Buffer> {
    return downloadThrough(this.run.bind(this), path);
  }

  forward(target: { host: string; port: number } | { socketPath: string }): Promise<Duplex> {
    return this.inner.forward(target);
  }

  close(): Promise<void> {
    return this.inner.close();
  }
}

const elevated = new WeakMap<Connection, Promise<Connection>>();

/** The connection as root's: as it is where the user is root, else through sudo where that asks for no password; otherwise as it is. */
export function connectAsRoot(connection: Connection): Promise<Connection> {
  let known = elevated.get(connection);
  if (!known) {
    known = decide(connection);
    elevated.set(connection, known);
    known.catch(() => elevated.delete(connection));
  }
  return known;
}

async function decide(connection: Connection): Promise<Connection> {
  if ((await connection.run(['id', '-u'])).stdout.trim() === '0') return connection;
  // Where sudo asks for a password the preflight says so, in one sentence.
  return (await connection.run(['sudo', '-n', 'true'])).code === 0 ? new ElevatedConnection(connection) : connection;
}
