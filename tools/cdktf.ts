import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

const root = join(__dirname, '..');

/** Seconds that each part of a run took, in the order in which they ended. */
export type StepSeconds = Record<string, number>;

export interface CdktfResult {
  code: number;
  steps: StepSeconds;
  /** `Apply complete!` and the like. */
  added: number;
  changed: number;
  destroyed: number;
  output: string;
}

export interface CdktfOptions {
  /** The project's folder. @default this repository */
  cwd?: string;
  env?: NodeJS.ProcessEnv;
  onLine?: (line: string) => void;
  signal?: AbortSignal;
}

/** Runs the real cdktf command line, and times its parts by what it prints. */
export function cdktf(args: string[], options: CdktfOptions = {}): Promise<CdktfResult> {
  const child = spawn(process.execPath, [join(root, 'node_modules/cdktf-cli/bundle/bin/cdktf'), ...args], {
    cwd: options.cwd ?? root,
    env: {
      ...process.env,
      CHECKPOINT_DISABLE: '1',
      DISABLE_VERSION_CHECK: '1',
      // The shared cache would hold links into this project's output.
      CDKTF_DISABLE_PLUGIN_CACHE_ENV: '1',
      CI: '1',
      FORCE_COLOR: '0',
      ...options.env,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
    signal: options.signal,
    killSignal: 'SIGINT',
  });
  const started = Date.now();
  const marks: Array<[step: string, at: number]> = [];
  const result: CdktfResult = { code: 1, steps: {}, added: 0, changed: 0, destroyed: 0, output: '' };
  const onLine = (line: string) => {
    result.output += `${line}\n`;
    const mark = partThatEnded(line);
    if (mark && !marks.some(([step]) => step === mark)) marks.push([mark, Date.now()]);
    const counts = /(\d+) added, (\d+) changed, (\d+) destroyed|Destroy complete! Resources: (\d+) destroyed/.exec(
      line,
    );
    if (counts) {
      result.added = Number(counts[1] ?? 0);
      result.changed = Number(counts[2] ?? 0);
      result.destroyed = Number(counts[3] ?? counts[4] ?? 0);
    }
    options.onLine?.(line);
  };
  for (const stream of [child.stdout, child.stderr]) createInterface({ input: stream }).on('line', onLine);
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => {
      result.code = code ?? 1;
      let last = started;
      for (const [step, at] of [...marks, ['apply', Date.now()] as [string, number]]) {
        result.steps[step] = (at - last) / 1000;
        last = at;
      }
      resolve(result);
    });
  });
}

/** The part of a deploy that is over once this line is printed. */
function partThatEnded(line: string): string | undefined {
  if (/Initializing the backend/.test(line)) return 'synth';
  if (/has been successfully initialized/.test(line)) return 'init';
  if (/^\S*\s*(Plan: \d+ to add|No changes\.)/.test(line)) return 'plan';
  return undefined;
}
