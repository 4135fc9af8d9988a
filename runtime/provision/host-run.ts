import { type Connection, ConnectionError, type RunOptions, type RunResult } from './connection';

/** What is being done, for a message: `starting orlop-agent`. */
export type HostStep = string;

/** Runs a program that must succeed. @throws ConnectionError with what was attempted and what the host said. */
export async function mustRun(
  connection: Connection,
  argv: string[],
  what: HostStep,
  options?: RunOptions,
): Promise<RunResult> {
  const result = await connection.run(argv, options);
  if (result.code === 0) return result;
  const said = result.stderr.trim().split('\n').slice(-5).join('; ');
  const how = result.timedOut ? 'took too long' : `exit code ${result.code ?? result.signal ?? 'unknown'}`;
  const message = `${what} failed on the host (${how})${said ? `: ${said}` : ''}`;
  if (/No space left|Disk quota/i.test(said)) {
    throw new ConnectionError('disk-full', `${message}. Free space on the host and run again.`);
  }
  if (/Permission denied|Read-only file system/i.test(said)) throw new ConnectionError('permission-denied', message);
  throw new ConnectionError('broken', message);
}
