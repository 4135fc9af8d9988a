import type { Duplex } from 'node:stream';
import type { Connection, RunOptions, RunResult } from './connection';
import { uploadThrough } from './upload';

/** A connection whose programs run as root through `sudo -n`, for a user who is not root. Closing it closes the one beneath. */
export class ElevatedConnection implements Connection {
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

  async download(path: string): Promise<Buffer> {
    const chunks: Buffer[] = [];
    const result = await this.run(['cat', '--', path], { onStdout: (chunk) => chunks.push(chunk) });
    if (result.code !== 0) throw new Error(`reading ${path} failed: ${result.stderr.trim()}`);
    return Buffer.concat(chunks);
  }

  forward(target: { host: string; port: number } | { socketPath: string }): Promise<Duplex> {
    return this.inner.forward(target);
  }

  close(): Promise<void> {
    return this.inner.close();
  }
}
