import type { EventEmitter } from 'node:events';
import { StatusError } from '../../kube/status-error';
import type { Clock } from '../../util/clock';
import type { Response } from './exchange';
import type { RequestInfo } from './request-info';

/** As in Kubernetes: the longest that any other than a long-running request may take. */
const maxTimeoutMs = 60_000;
const longRunning = ['exec', 'attach', 'portforward', 'proxy', 'log'];
const unitMs: Record<string, number> = { ns: 1e-6, us: 1e-3, µs: 1e-3, ms: 1, s: 1000, m: 60_000, h: 3_600_000 };

/** Whether the answer lasts as long as the client wants. */
export function isLongRunning({ verb, resource }: RequestInfo): boolean {
  return verb === 'watch' || longRunning.includes(resource?.subresource ?? '');
}

/**
 * How long a request may take, in milliseconds: what it asks for with `timeout`, a minute at most.
 * @throws StatusError 400 for a timeout that is no duration
 */
export function timeoutOf({ query }: RequestInfo): number {
  const text = query.get('timeout');
  if (!text) return maxTimeoutMs;
  const ms = durationMs(text);
  if (ms === undefined) {
    const why = `invalid timeout specified in the request URL - time: invalid duration ${JSON.stringify(text.slice(0, 64))}`;
    throw new StatusError('BadRequest', why);
  }
  return ms === 0 ? maxTimeoutMs : Math.min(ms, maxTimeoutMs);
}

/** A duration as Go writes it (`1m30s`), in milliseconds; undefined for anything else. */
function durationMs(text: string): number | undefined {
  if (text.length > 64) return undefined;
  if (text === '0') return 0;
  if (!/^(\d+(\.\d+)?(ns|us|µs|ms|s|m|h))+$/.test(text)) return undefined;
  let sum = 0;
  for (const [, amount, unit = ''] of text.matchAll(/(\d+(?:\.\d+)?)(ns|us|µs|ms|s|m|h)/g)) {
    sum += Number(amount) * (unitMs[unit] ?? 0);
  }
  return sum;
}

/**
 * Does the work for a request and ends it when it takes too long, be it with the work or with sending the answer.
 * @throws StatusError 504 when the work is not done in time; it goes on, and nobody hears of it
 */
export async function withDeadline(
  clock: Clock,
  ms: number,
  response: Pick<Response, 'destroy' | 'once'>,
  work: () => Promise<void>,
): Promise<void> {
  let expire: (error: StatusError) => void = () => {};
  const expired = new Promise<never>((_, reject) => (expire = reject));
  let working = true;
  const timer = clock.after(ms, () => (working ? expire(timedOut()) : response.destroy()));
  response.once('close', () => timer.cancel());
  try {
    await Promise.race([work(), expired]);
  } finally {
    working = false;
  }
}

/** Ends what is answered and still not closed after a minute. */
export function destroyLater(clock: Clock, answered: { destroy(): unknown } & Pick<EventEmitter, 'once'>): void {
  const timer = clock.after(maxTimeoutMs, () => answered.destroy());
  answered.once('close', () => timer.cancel());
}

function timedOut(): StatusError {
  const why = 'Timeout: request did not complete within requested timeout - context deadline exceeded';
  return new StatusError('Timeout', why, {});
}
