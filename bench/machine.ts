import { execFileSync } from 'node:child_process';
import { cpus, loadavg, totalmem } from 'node:os';

/** One line on the machine and how busy it is: the 1-minute load says what the figures are worth. */
export function machine(): string {
  const engine = engineVersion();
  const memory = Math.round(totalmem() / 2 ** 30);
  const [load = 0] = loadavg();
  return `${cpus().length} x ${cpus()[0]?.model.trim()}, ${memory} GiB, Node.js ${process.versions.node}, Docker Engine ${engine}; load at the start ${load.toFixed(2)}`;
}

/** Says so when other work disturbs the figures. */
export function noise(): string | undefined {
  const [load = 0] = loadavg();
  return load > 0.5 ? `The machine was not quiet: the load at the start was ${load.toFixed(2)}.` : undefined;
}

function engineVersion(): string {
  try {
    return run('docker', ['version', '--format', '{{.Server.Version}}']);
  } catch {
    return 'none';
  }
}

function run(program: string, args: string[]): string {
  return execFileSync(program, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
}
