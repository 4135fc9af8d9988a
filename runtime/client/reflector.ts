import type { KubeObject } from '../kube/object';
import type { Resource } from '../kube/resource';
import { isStatusError } from '../kube/status-error';
import type { Clock } from '../util/clock';
import type { Logger } from '../util/logger';
import { Backoff } from './backoff';
import type { ApiClient } from './client';

export interface ReflectorOptions<T extends KubeObject> {
  client: ApiClient;
  resource: Resource<T>;
  clock: Clock;
  /** Uniform in [0, 1). */
  random: () => number;
  logger: Logger;
  query?: { namespace?: string; labelSelector?: string; fieldSelector?: string };
}

/** Short, since nothing heals while nobody looks; a server that is down costs the asking no more than a refusal. */
const LONGEST_WAIT_MS = 2_000;
/** Longer than a request that is never answered may take. */
const LONG_MS = 60_000;

/** Gets what a reflector sees. The objects are shared: read them, never change them. */
export interface ReflectorSink<T extends KubeObject> {
  /** The whole state, after a list. */
  replace(objects: T[], resourceVersion: string): void;
  apply(type: 'ADDED' | 'MODIFIED' | 'DELETED', object: T, resourceVersion: string): void;
  /** Nothing changed up to this resourceVersion. */
  bookmark(resourceVersion: string): void;
}

/**
 * Keeps a sink in step with the server: a list, then a watch from it, for ever. A watch that ends is taken up where it
 * ended; one that is too old (410) lists again at once; any other failure waits 50 ms to 2 s with jitter, so that a
 * server that comes back is not met by everybody at the same moment. Of failures in a row the first is told, and one
 * that fails in another way. Returns when the signal aborts; never throws.
 */
export async function reflect<T extends KubeObject>(
  options: ReflectorOptions<T>,
  sink: ReflectorSink<T>,
  signal: AbortSignal,
): Promise<void> {
  const { client, resource, clock, random, logger, query = {} } = options;
  const backoff = new Backoff(50, LONGEST_WAIT_MS, random);
  let told: string | undefined;
  let resourceVersion: string | undefined;
  while (!signal.aborted) {
    const started = clock.monotonic();
    try {
      if (resourceVersion === undefined) {
        const list = await client.list(resource, query);
        if (signal.aborted) return;
        resourceVersion = list.metadata.resourceVersion ?? '0';
        sink.replace(list.items, resourceVersion);
      }
      const watch = client.watch(resource, { ...query, resourceVersion, allowWatchBookmarks: true }, signal);
      for await (const event of watch) {
        backoff.reset();
        told = undefined;
        const version: string = event.object.metadata.resourceVersion ?? resourceVersion;
        if (event.type === 'BOOKMARK') sink.bookmark(version);
        else sink.apply(event.type, event.object, version);
        resourceVersion = version;
        if (signal.aborted) return;
      }
      // A server that closes each watch at once must not be asked in a tight loop.
      if (clock.monotonic() - started > 1_000) backoff.reset();
      if (!signal.aborted) await clock.sleep(backoff.next(), signal);
    } catch (error) {
      if (signal.aborted) return;
      if (isStatusError(error) && error.code === 410 && resourceVersion !== undefined) {
        logger.info({ resource: resource.plural, resourceVersion }, 'watch is too old; listing again');
        resourceVersion = undefined;
        continue;
      }
      // A watch without events was well for as long as it lasted.
      if (clock.monotonic() - started > LONG_MS) {
        backoff.reset();
        told = undefined;
      }
      const wait = backoff.next();
      const message = error instanceof Error ? error.message : String(error);
      const fields = { resource: resource.plural, error: message, retryMs: Math.round(wait) };
      logger[message === told ? 'debug' : 'warn'](fields, 'list or watch failed');
      told = message;
      await clock.sleep(wait, signal);
    }
  }
}
