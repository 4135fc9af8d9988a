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
 * ended; one that is too old (410) lists again at once; any other failure waits 50 ms to 10 s with jitter, so that a
 * server that comes back is not met by everybody at the same moment. Returns when the signal aborts; never throws.
 */
export async function reflect<T extends KubeObject>(
  options: ReflectorOptions<T>,
  sink: ReflectorSink<T>,
  signal: AbortSignal,
): Promise<void> {
  const { client, resource, clock, random, logger, query = {} } = options;
  const backoff = new Backoff(50, 10_000, random);
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
      const wait = backoff.next();
      const message = error instanceof Error ? error.message : String(error);
      logger.warn({ resource: resource.plural, error: message, retryMs: Math.round(wait) }, 'list or watch failed');
      await clock.sleep(wait, signal);
    }
  }
}
