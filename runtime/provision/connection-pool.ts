import { createHash } from 'node:crypto';
import { type Clock, systemClock } from '../util/clock';
import { type Connection, ConnectionError, type HostAddress } from './connection';
import { connectSsh } from './ssh-connection';

export interface PoolOptions {
  clock?: Clock;
  /** Opens one connection; one attempt. @default connectSsh */
  connect?: (address: HostAddress, attemptTimeoutMs: number) => Promise<Connection>;
}

export interface ConnectOptions {
  /** Milliseconds in which a host that does not answer yet is tried again. @default 0 (one attempt) */
  retryForMs?: number;
  signal?: AbortSignal;
}

/** What is worth another attempt: a host that is still starting. A refused key or a wrong host key stays wrong. */
const transient = new Set(['unreachable', 'timeout', 'broken']);
const attemptTimeoutMs = 10_000;
/** A name without an address is misspelt more often than new. */
const unknownNameMs = 3_000;

/** One SSH connection per host and user, shared by every operation of the process. */
export class ConnectionPool {
  private readonly open = new Map<string, Promise<Connection>>();
  private readonly clock: Clock;
  private readonly connect: (address: HostAddress, attemptTimeoutMs: number) => Promise<Connection>;

  constructor(options: PoolOptions = {}) {
    this.clock = options.clock ?? systemClock;
    this.connect =
      options.connect ??
      (async (address, connectTimeoutMs) => connectSsh(address, { connectTimeoutMs, clock: this.clock }));
  }

  /**
   * The connection to a host, opened where there is none that lives. Two callers with one address share one attempt.
   * @throws ConnectionError the last attempt's.
   */
  async get(address: HostAddress, options: ConnectOptions = {}): Promise<Connection> {
    const key = keyOf(address);
    const present = this.open.get(key);
    if (present) {
      const connection = await present.catch(() => undefined);
      if (connection && isAlive(connection)) return connection;
      if (this.open.get(key) === present) this.open.delete(key);
      else return this.get(address, options);
    }
    const opening = this.attempt(address, options);
    this.open.set(key, opening);
    opening.catch(() => {
      if (this.open.get(key) === opening) this.open.delete(key);
    });
    return opening;
  }

  async closeAll(): Promise<void> {
    const all = [...this.open.values()];
    this.open.clear();
    await Promise.allSettled(all.map(async (opening) => (await opening).close()));
  }

  private async attempt(address: HostAddress, options: ConnectOptions): Promise<Connection> {
    const started = this.clock.monotonic();
    const deadline = started + (options.retryForMs ?? 0);
    const nameDeadline = started + unknownNameMs;
    for (let delay = 100; ; delay = Math.min(delay * 2, 2000)) {
      try {
        return await this.connect(address, attemptTimeoutMs);
      } catch (error) {
        const again = error instanceof ConnectionError && transient.has(error.code);
        const late =
          this.clock.monotonic() + delay > (isUnknownName(error) ? Math.min(deadline, nameDeadline) : deadline);
        if (!again || options.signal?.aborted || late) throw error;
      }
      await this.clock.sleep(delay, options.signal);
    }
  }
}

function isUnknownName(error: unknown): boolean {
  return error instanceof ConnectionError && (error.cause as NodeJS.ErrnoException | undefined)?.code === 'ENOTFOUND';
}

function isAlive(connection: Connection): boolean {
  return !('alive' in connection) || connection.alive === true;
}

/** The private key is part of the name of a connection, but never in clear. */
function keyOf(address: HostAddress): string {
  const secret = createHash('sha256').update(address.privateKey).digest('hex');
  return JSON.stringify([address.host, address.port, address.user, address.expectedHostKey ?? '', secret]);
}
