import { spawn } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { type Duplex, Readable } from 'node:stream';
import { type Clock, systemClock } from '../util/clock';
import { type Connection, ConnectionError, type RunOptions, type RunResult } from './connection';
import { uploadThrough } from './transfer';

/** This machine as a host: the same contract without SSH. For tests, which give the installer a root folder of their own. */
export class LocalConnection implements Connection {
  readonly hostKey = 'SHA256:local';
  private closed = false;

  private readonly clock: Clock;

  constructor(private readonly options: { clock?: Clock; env?: NodeJS.ProcessEnv } = {}) {
    this.clock = options.clock ?? systemClock;
  }

  run(argv: string[], options: RunOptions = {}): Promise<RunResult> {
    const [program, ...rest] = argv;
    if (!program) throw new RangeError('an argument vector starts with the name of a program');
    if (this.closed) return Promise.reject(new ConnectionError('broken', 'the connection is closed'));
    return new Promise((resolve, reject) => {
      const child = spawn(program, rest, { stdio: 'pipe', detached: true, env: this.options.env ?? process.env });
      const input = options.stdin;
      const stdout: Buffer[] = [];
      const stderr: Buffer[] = [];
      let timedOut = false;
      const timer =
        options.timeoutMs === undefined
          ? undefined
          : this.clock.after(options.timeoutMs, () => {
              timedOut = true;
              if (child.pid) process.kill(-child.pid, 'SIGKILL');
            });
      child.stdout.on('data', (chunk: Buffer) => {
        if (options.onStdout) options.onStdout(chunk);
        else stdout.push(chunk);
      });
      child.stderr.on('data', (chunk: Buffer) => {
        options.onStderr?.(chunk);
        stderr.push(chunk);
      });
      // A program that ends before it has read all its input: its exit code says what happened.
      child.stdin.on('error', () => undefined);
      child.on('error', (error: NodeJS.ErrnoException) => {
        timer?.cancel();
        // What a shell says of a program that is not there, as it is over SSH.
        if (error.code === 'ENOENT') resolve(result(127, `${program}: not found`));
        else if (error.code === 'EACCES') resolve(result(126, `${program}: Permission denied`));
        else reject(new ConnectionError('broken', `running ${program} failed: ${error.message}`, { cause: error }));
      });
      const settle = (code: number | null, signal: NodeJS.Signals | null) => {
        timer?.cancel();
        if (input instanceof Readable && input.errored) return reject(input.errored);
        resolve({ ...result(code, Buffer.concat(stderr).toString('utf8')), signal: signal?.slice(3), timedOut });
      };
      const result = (code: number | null, errorText: string): RunResult => ({
        code,
        stdout: Buffer.concat(stdout).toString('utf8'),
        stderr: errorText,
        timedOut: false,
      });
      child.on('close', settle);
      if (input instanceof Readable) {
        input.once('error', () => child.stdin.destroy());
        if (input.destroyed) child.stdin.destroy();
        else input.pipe(child.stdin);
      } else {
        child.stdin.end(input);
      }
    });
  }

  upload(...[content, path, options]: Parameters<Connection['upload']>): Promise<void> {
    return uploadThrough(this.run.bind(this), content, path, options);
  }

  async download(path: string): Promise<Buffer> {
    return readFile(path).catch((error: Error) => {
      throw new ConnectionError('broken', `reading ${path} failed: ${error.message}`, { cause: error });
    });
  }

  forward(target: { host: string; port: number } | { socketPath: string }): Promise<Duplex> {
    return new Promise((resolve, reject) => {
      const socket = 'socketPath' in target ? connect(target.socketPath) : connect(target.port, target.host);
      socket.once('connect', () => resolve(socket));
      socket.once('error', (error) =>
        reject(new ConnectionError('broken', `forwarding failed: ${error.message}`, { cause: error })),
      );
    });
  }

  async close(): Promise<void> {
    this.closed = true;
  }
}
