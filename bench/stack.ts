import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { HttpApiClient } from '../runtime/client/http-client';
import { parseKubeconfig } from '../runtime/client/kubeconfig';

const root = join(__dirname, '..');

export interface Summary {
  nodes: Array<{ name: string; ready: boolean }>;
  pods: Array<{ namespace: string; name: string; ready: boolean }>;
  /** Seconds of each step of `npm run up`. */
  seconds: Record<string, number>;
}

/** Runs `npm run up` or `npm run down`; its output is shown only when it fails. Returns its seconds. */
export async function npmRun(script: 'up' | 'down'): Promise<number> {
  const started = performance.now();
  const child = spawn('npm', ['run', '--silent', script], { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk: Buffer) => {
      output += chunk.toString('utf8');
    });
  }
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  if (code !== 0) throw new Error(`npm run ${script} ended with ${code}:\n${output}`);
  return (performance.now() - started) / 1000;
}

/** Whether `npm run up` has left a stack; `npm run down` removes its state file. */
export function isDeployed(): boolean {
  return existsSync(join(root, 'terraform.hello.tfstate'));
}

/** What the last `npm run up` left. */
export function summary(): Summary {
  return JSON.parse(readFileSync(join(root, '.orlop', 'summary.json'), 'utf8')) as Summary;
}

export async function clusterClient(): Promise<HttpApiClient> {
  return new HttpApiClient(await parseKubeconfig(readFileSync(join(root, '.orlop', 'kubeconfig'), 'utf8')));
}

/** Runs against the stack of main.ts: the one that stands, else one deployed for the while. */
export async function withStack<T>(run: (client: HttpApiClient) => Promise<T>): Promise<T> {
  const standing = isDeployed();
  if (!standing) await npmRun('up');
  const client = await clusterClient();
  try {
    return await run(client);
  } finally {
    await client.close();
    if (!standing) await npmRun('down');
  }
}
