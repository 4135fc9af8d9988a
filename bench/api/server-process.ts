import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Order, Question, Reading } from './messages';

const root = join(__dirname, '..', '..');
const bundle = join(root, 'node_modules', '.cache', 'orlop-bench', 'serve.js');

/** Bundles what the server processes run, as what is installed on hosts is bundled. */
export async function bundleServer(): Promise<void> {
  const { build } = await import('esbuild');
  mkdirSync(join(bundle, '..'), { recursive: true });
  await build({
    entryPoints: [join(__dirname, 'serve.ts')],
    outfile: bundle,
    bundle: true,
    platform: 'node',
    target: 'node20',
    // Native modules stay where they are.
    external: ['lmdb'],
    minify: true,
    keepNames: true,
    logLevel: 'error',
  });
}

/** A server in a process of its own, so that the load's own work is none of its. */
export class ServerProcess {
  private constructor(
    private readonly child: ChildProcess,
    readonly port: number,
  ) {}

  static async start(order: Order): Promise<ServerProcess> {
    const child = fork(bundle, [], {
      execArgv: ['--expose-gc'],
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    });
    child.send(order);
    const { port } = await answerOf<{ port: number }>(child);
    return new ServerProcess(child, port);
  }

  /** Resident memory after a collection of garbage, in bytes. */
  async rss(): Promise<number> {
    return (await this.read('memory')).rss;
  }

  /** What `work` gives, with the processor seconds that the server took for it. */
  async measured<T extends object>(work: () => Promise<T>): Promise<T & { cpuSeconds: number }> {
    const before = (await this.read('processor')).cpuSeconds;
    const result = await work();
    return { ...result, cpuSeconds: (await this.read('processor')).cpuSeconds - before };
  }

  private read(read: Question['read']): Promise<Reading> {
    this.child.send({ read });
    return answerOf<Reading>(this.child);
  }

  async stop(): Promise<void> {
    const exited = once(this.child, 'exit');
    this.child.disconnect();
    await exited;
  }
}

function answerOf<T>(child: ChildProcess): Promise<T> {
  return new Promise((resolve, reject) => {
    const ended = (code: number | null) => reject(new Error(`the server process ended with ${code}`));
    child.once('exit', ended);
    child.once('message', (message) => {
      child.off('exit', ended);
      resolve(message as T);
    });
  });
}
