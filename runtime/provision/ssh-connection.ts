import type { Duplex } from 'node:stream';
import { Readable } from 'node:stream';
import { type Algorithms, Client, type ClientChannel, utils } from 'ssh2';
import type { Clock } from '../util/clock';
import { systemClock } from '../util/clock';
import { Limiter } from '../util/limiter';
import { argvProgram, encodeArgv } from './argv-program';
import { type Connection, ConnectionError, type HostAddress, type RunOptions, type RunResult } from './connection';
import { fingerprint, parseHostKey } from './host-key';
import { connectError, targetOf } from './ssh-errors';
import { downloadThrough, uploadThrough } from './transfer';

/** No CBC and no SHA-1; AES-GCM first, as it is the fastest in Node.js. */
export const algorithms: Algorithms = {
  kex: [
    'curve25519-sha256',
    'curve25519-sha256@libssh.org',
    'ecdh-sha2-nistp256',
    'ecdh-sha2-nistp384',
    'ecdh-sha2-nistp521',
    'diffie-hellman-group-exchange-sha256',
    'diffie-hellman-group16-sha512',
    'diffie-hellman-group18-sha512',
    'diffie-hellman-group14-sha256',
  ],
  cipher: ['aes128-gcm@openssh.com', 'aes256-gcm@openssh.com', 'aes128-ctr', 'aes192-ctr', 'aes256-ctr'],
  serverHostKey: [
    'ssh-ed25519',
    'ecdsa-sha2-nistp256',
    'ecdsa-sha2-nistp384',
    'ecdsa-sha2-nistp521',
    'rsa-sha2-512',
    'rsa-sha2-256',
  ],
  hmac: ['hmac-sha2-256-etm@openssh.com', 'hmac-sha2-512-etm@openssh.com', 'hmac-sha2-256', 'hmac-sha2-512'],
  compress: ['none'],
};

export interface SshOptions {
  /** Milliseconds until the connection must be up, keys exchanged and the user authenticated. @default 10000 */
  connectTimeoutMs?: number;
  clock?: Clock;
}

/** sshd allows 10 sessions on a connection (MaxSessions); two stay free for whoever shares it. */
const maxSessions = 8;
/** A program that has ignored TERM for so long is sent KILL; as much later its channel is given up. */
const killAfterMs = 2000;

/** Opens an SSH connection with key authentication alone and the host's key pinned. @throws ConnectionError */
export function connectSsh(address: HostAddress, options: SshOptions = {}): Promise<Connection> {
  const expected = address.expectedHostKey ? parseHostKey(address.expectedHostKey) : undefined;
  const key = utils.parseKey(address.privateKey, address.passphrase);
  if (key instanceof Error) {
    throw new ConnectionError(
      'auth-failed',
      `SSH connection to ${targetOf(address)} was not tried: the private key cannot be read (${key.message}). ` +
        'Give an OpenSSH or PEM private key, without a passphrase.',
    );
  }
  return new Promise((resolve, reject) => {
    const client = new Client();
    let shown = '';
    let mismatch: ConnectionError | undefined;
    const fail = (error: unknown) => {
      client.removeAllListeners();
      // Whatever the socket still says after this has no listener of its own.
      client.on('error', () => undefined);
      client.destroy();
      reject(mismatch ?? connectError(address, error));
    };
    client.once('error', fail);
    client.once('close', () => fail(new Error('connection closed')));
    // Small requests and answers alternate: with Nagle's algorithm each would wait for the other side's delayed ACK.
    client.once('connect', () => client.setNoDelay(true));
    client.once('ready', () => {
      client.removeAllListeners();
      resolve(new SshConnection(client, address, shown, options.clock ?? systemClock));
    });
    client.connect({
      host: address.host,
      port: address.port,
      username: address.user,
      privateKey: address.privateKey,
      passphrase: address.passphrase,
      algorithms,
      authHandler: ['publickey'],
      readyTimeout: options.connectTimeoutMs ?? 10_000,
      keepaliveInterval: 5_000,
      keepaliveCountMax: 3,
      hostVerifier: (blob: Buffer) => {
        shown = fingerprint(blob);
        if (expected === undefined || expected === shown) return true;
        mismatch = new ConnectionError(
          'host-key-mismatch',
          `the host key of ${targetOf(address)} is ${shown}, but ${expected} is expected. Either the host was ` +
            'reinstalled (then set the expected key to the new one), or somebody stands between: nothing was sent to it.',
        );
        return false;
      },
    });
  });
}

class SshConnection implements Connection {
  private readonly sessions = new Limiter(maxSessions);
  private broken: Error | undefined;
  private closed = false;

  constructor(
    private readonly client: Client,
    private readonly address: HostAddress,
    readonly hostKey: string,
    private readonly clock: Clock,
  ) {
    client.on('error', (error) => {
      this.broken = error;
    });
    client.on('close', () => {
      this.broken ??= new Error('connection closed');
    });
  }

  /** Whether a new operation has a chance; the pool asks before it hands the connection out again. */
  get alive(): boolean {
    return !this.broken && !this.closed;
  }

  run(argv: string[], options: RunOptions = {}): Promise<RunResult> {
    // The host ends the program itself (ssh2 sends no signal once standard input has ended), also if we are gone by then.
    const { timeoutMs } = options;
    const limit = timeoutMs === undefined ? [] : ['timeout', '-k', `${killAfterMs / 1000}`, `${timeoutMs / 1000}`];
    const line = encodeArgv([...limit, ...argv]);
    return this.sessions.run(async () => {
      const channel = await this.open<ClientChannel>((done) => this.client.exec(argvProgram, done));
      return this.finish(channel, line, argv[0] as string, options);
    });
  }

  upload(...[content, path, options]: Parameters<Connection['upload']>): Promise<void> {
    return uploadThrough(this.run.bind(this), content, path, options);
  }

  download(path: string): Promise<Buffer> {
    return downloadThrough(this.run.bind(this), path);
  }

  forward(target: { host: string; port: number } | { socketPath: string }): Promise<Duplex> {
    return this.open<ClientChannel>((done) =>
      'socketPath' in target
        ? this.client.openssh_forwardOutStreamLocal(target.socketPath, done)
        : this.client.forwardOut('127.0.0.1', 0, target.host, target.port, done),
    );
  }

  close(): Promise<void> {
    this.closed = true;
    return new Promise((resolve) => {
      if (this.broken) return resolve();
      this.client.once('close', () => resolve());
      this.client.end();
    });
  }

  private open<T>(start: (done: (error: Error | undefined, channel: T) => void) => void): Promise<T> {
    return new Promise((resolve, reject) => {
      if (!this.alive) return reject(this.brokenError(this.broken));
      const onClose = () => reject(this.brokenError(this.broken));
      this.client.once('close', onClose);
      try {
        start((error, channel) => {
          this.client.removeListener('close', onClose);
          if (error) reject(this.brokenError(error));
          else resolve(channel);
        });
      } catch (error) {
        this.client.removeListener('close', onClose);
        reject(this.brokenError(error));
      }
    });
  }

  private finish(channel: ClientChannel, line: Buffer, program: string, options: RunOptions): Promise<RunResult> {
    return new Promise((resolve, reject) => {
      const stdout: Buffer[] = [];
      const stderr: Buffer[] = [];
      let exit: { code: number | null; signal?: string } | undefined;
      const started = this.clock.monotonic();
      const late = () => options.timeoutMs !== undefined && this.clock.monotonic() - started >= options.timeoutMs;
      const timer =
        options.timeoutMs === undefined
          ? undefined
          : this.clock.after(options.timeoutMs + 2 * killAfterMs, () => channel.destroy());
      channel.on('data', (chunk: Buffer) => {
        if (options.onStdout) options.onStdout(chunk);
        else stdout.push(chunk);
      });
      channel.stderr.on('data', (chunk: Buffer) => {
        options.onStderr?.(chunk);
        stderr.push(chunk);
      });
      channel.on('exit', (code: number | null, signal?: string) => {
        exit = code === null ? { code, signal } : { code };
      });
      // A program that ends before it has read all its input closes the pipe: its exit code says what happened.
      channel.on('error', () => undefined);
      channel.on('close', () => {
        timer?.cancel();
        input?.unpipe?.(channel);
        if (input?.errored) return reject(input.errored);
        // What timeout(1) exits with: 124 after TERM, 137 after KILL.
        const timedOut = late() && (!exit || exit.code === 124 || exit.code === 137 || exit.code === null);
        if (!exit && !timedOut) {
          return reject(this.brokenError(this.broken ?? new Error(`no exit status from ${program}`)));
        }
        resolve({
          code: timedOut ? null : (exit?.code ?? null),
          signal: exit?.signal,
          stdout: Buffer.concat(stdout).toString('utf8'),
          stderr: Buffer.concat(stderr).toString('utf8'),
          timedOut,
        });
      });
      channel.write(line);
      const input = options.stdin instanceof Readable ? options.stdin : undefined;
      if (input) {
        // The program is told the end and waited for: what cleans up after it must not come before it.
        input.once('error', () => channel.end());
        if (input.destroyed) channel.end();
        else input.pipe(channel);
      } else {
        channel.end(options.stdin as Uint8Array | string | undefined);
      }
    });
  }

  private brokenError(cause: unknown): ConnectionError {
    if (cause instanceof ConnectionError) return cause;
    const message = cause instanceof Error ? cause.message : 'connection closed';
    return new ConnectionError('broken', `SSH connection to ${targetOf(this.address)} broke: ${message}. Run again.`, {
      cause,
    });
  }
}
