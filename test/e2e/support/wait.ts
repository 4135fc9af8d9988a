import { setTimeout as sleep } from 'node:timers/promises';

/** Asks until the answer is there; what is outside this process can only be asked. Returns the answer and how long it took. */
export async function eventually<T>(
  what: string,
  ask: () => Promise<T | undefined | false>,
  timeoutMs = 60_000,
): Promise<{ value: T; ms: number }> {
  const started = performance.now();
  let last: unknown;
  while (performance.now() - started < timeoutMs) {
    try {
      const value = await ask();
      if (value) return { value, ms: performance.now() - started };
    } catch (error) {
      last = error;
    }
    await sleep(50);
  }
  throw new Error(`${what}: not within ${timeoutMs / 1000} s${last ? ` (last: ${String(last)})` : ''}`);
}

/** Prints an observed time beside the test's name, for the reader of the run. */
export function observed(what: string, ms: number): void {
  process.stderr.write(`      observed: ${what}: ${(ms / 1000).toFixed(2)} s\n`);
}
