import { StatusError } from '../../kube/status-error';
import type { Cache } from '../watch/cache';

const waitMs = 3000;

/** A resourceVersion as a number; undefined for "" and none. @throws StatusError 400 for anything else. */
export function parseResourceVersion(text: string | undefined): number | undefined {
  if (text === undefined || text === '') return undefined;
  if (/^\d{1,15}$/.test(text)) return Number(text);
  throw new StatusError('BadRequest', `invalid resource version ${JSON.stringify(text)}: must be a decimal number`);
}

/**
 * Waits until the cache has seen `revision`.
 * @throws StatusError 504 "Too large resource version" when it does not within three seconds
 */
export async function waitForRevision(
  cache: Cache,
  clock: { after(ms: number, fn: () => void): { cancel(): void } },
  revision: number,
): Promise<void> {
  if (cache.revision >= revision) return;
  const abort = new AbortController();
  const timer = clock.after(waitMs, () => abort.abort());
  await cache.reached(revision, abort.signal);
  timer.cancel();
  if (cache.revision >= revision) return;
  throw new StatusError('Timeout', `Too large resource version: ${revision}, current: ${cache.revision}`, {
    causes: [{ reason: 'ResourceVersionTooLarge', message: 'Too large resource version' }],
    retryAfterSeconds: 1,
  });
}

/** The 410 that tells a client to list again. */
export function expired(revision: number, oldest: number): StatusError {
  return new StatusError('Expired', `too old resource version: ${revision} (${oldest})`);
}
