import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

/** The etcd that set-up brought (tools/setup.mjs), or the one named by ORLOP_ETCD, or that of the PATH. */
export function etcdProgram(): string {
  const brought = join(__dirname, '../../../.orlop/tools/etcd');
  const onPath = (process.env.PATH ?? '').split(':').map((folder) => join(folder, 'etcd'));
  const found = [process.env.ORLOP_ETCD ?? '', brought, ...onPath].find((path) => path !== '' && existsSync(path));
  if (!found) throw new Error('these tests need etcd: put one on the PATH, name one in ORLOP_ETCD, or run "npm test"');
  return found;
}

/** One member on loopback ports of its own; its data outlives `kill` and `start`. */
export class EtcdServer {
  private child: ChildProcess | undefined;

  private constructor(
    readonly folder: string,
    readonly clientUrl: string,
    private readonly peerUrl: string,
    private readonly extra: string[],
  ) {}

  static async start(extra: string[] = [], scheme = 'http'): Promise<EtcdServer> {
    const [client, peer] = [await freePort(), await freePort()];
    const folder = mkdtempSync(join(tmpdir(), 'orlop-etcd-'));
    const server = new EtcdServer(folder, `${scheme}://127.0.0.1:${client}`, `http://127.0.0.1:${peer}`, extra);
    await server.run();
    return server;
  }

  async run(): Promise<void> {
    const { clientUrl, peerUrl } = this;
    const child = spawn(
      etcdProgram(),
      [
        ...['--name', 'test', '--data-dir', join(this.folder, 'data')],
        ...['--listen-client-urls', clientUrl, '--advertise-client-urls', clientUrl],
        ...['--listen-peer-urls', peerUrl, '--initial-advertise-peer-urls', peerUrl],
        ...['--initial-cluster', `test=${peerUrl}`, '--logger', 'zap', '--log-outputs', 'stderr'],
        ...this.extra,
      ],
      { stdio: ['ignore', 'ignore', 'pipe'] },
    );
    this.child = child;
    const log: string[] = [];
    await new Promise<void>((resolve, reject) => {
      createInterface({ input: child.stderr as NodeJS.ReadableStream }).on('line', (line) => {
        if (log.push(line) > 50) log.shift();
        if (/ready to serve client requests|serving client traffic/.test(line)) resolve();
      });
      child.once('error', reject);
      child.once('exit', (code, signal) => reject(new Error(`etcd ended (${code ?? signal}):\n${log.join('\n')}`)));
    });
  }

  /** SIGKILL; resolves when the process is gone. */
  async kill(): Promise<void> {
    const { child } = this;
    this.child = undefined;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    child.kill('SIGKILL');
    await once(child, 'exit');
  }

  async remove(): Promise<void> {
    await this.kill();
    rmSync(this.folder, { recursive: true, force: true });
  }
}

export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer().once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address ? address.port : 0));
    });
  });
}
