import { setTimeout as sleep } from 'node:timers/promises';

interface Counts {
  '2xx': number;
  non2xx: number;
  errors: number;
  timeouts: number;
  mismatches: number;
  duration: number;
  requests: { average: number; sent: number; total: number };
  latency: { p50: number; p99: number; max: number };
}

interface Run extends PromiseLike<Counts> {
  stop(): void;
  on(event: 'reqError', listener: (error: Error) => void): void;
}

// It brings no types of its own.
const autocannon = require('autocannon') as (options: Record<string, unknown>) => Run;

export interface LoadResult {
  /** Requests that were answered with 2xx. */
  answered: number;
  /** Everything else: connection errors, timeouts, other statuses. */
  failed: number;
  seconds: number;
  /** Milliseconds. */
  latency: { p50: number; p99: number; max: number };
  /** What went wrong, for the message of a failing test. */
  reasons: string[];
}

/**
 * Requests at a steady rate from outside the cluster while `meanwhile` runs, and for a second before and after it.
 * Ten connections that are kept alive, 200 requests a second together; a request not answered in 5 s has failed.
 */
export async function underLoad(url: string, meanwhile: () => Promise<unknown>): Promise<LoadResult> {
  const reasons: string[] = [];
  const started = performance.now();
  // The run ends when it is stopped; the duration only bounds a test that hangs.
  const run = autocannon({ url, connections: 10, overallRate: 200, duration: 600, timeout: 5 });
  run.on('reqError', (error) => {
    const at = ((performance.now() - started) / 1000).toFixed(2);
    reasons.push(`${at} s: ${error.message}`);
  });
  let failure: { error: unknown } | undefined;
  try {
    await sleep(1_000);
    await meanwhile();
    await sleep(1_000);
  } catch (error) {
    failure = { error };
  } finally {
    run.stop();
  }
  const counts = await run;
  if (failure) throw failure.error;
  const failed = counts.errors + counts.non2xx + counts.mismatches;
  if (counts.timeouts) reasons.push(`${counts.timeouts} timed out`);
  if (counts.non2xx) reasons.push(`${counts.non2xx} were answered with another status than 2xx`);
  return { answered: counts['2xx'], failed, seconds: counts.duration, latency: counts.latency, reasons };
}
