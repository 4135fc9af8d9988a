import type { ContainerEngine } from '../../engine/engine';
import type { Clock } from '../../util/clock';
import { ended } from '../streams';
import type { CheckResult } from './network-check';

/** The most of a command's output that is kept for a message. */
const outputLimit = 10 * 1024;

/** Runs a command in a container; exit code 0 within the time is success. A command that takes longer is killed. */
export async function execCheck(
  engine: ContainerEngine,
  clock: Clock,
  containerId: string,
  command: string[],
  timeoutMilliseconds: number,
): Promise<CheckResult> {
  const abort = new AbortController();
  const finished = new AbortController();
  let late = false;
  const limit = clock.sleep(timeoutMilliseconds, finished.signal).then(() => {
    if (finished.signal.aborted) return;
    late = true;
    abort.abort();
  });
  try {
    const session = await engine.exec(containerId, { command, stdin: false, tty: false, signal: abort.signal });
    let output = '';
    const collect = (chunk: Buffer) => {
      if (output.length < outputLimit) output += chunk.toString('utf8').slice(0, outputLimit - output.length);
    };
    session.stdout.on('data', collect);
    session.stderr?.on('data', collect);
    await Promise.race([session.exit, limit]);
    if (late) return { ok: false, message: `command timed out after ${timeoutMilliseconds / 1000}s` };
    const code = await session.exit;
    await Promise.all([ended(session.stdout), session.stderr && ended(session.stderr)]);
    return { ok: code === 0, message: code === 0 ? '' : output.trim() || `command terminated with exit code ${code}` };
  } catch (error) {
    return { ok: false, message: error instanceof Error ? error.message : String(error) };
  } finally {
    finished.abort();
  }
}
