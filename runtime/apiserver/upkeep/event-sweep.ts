import type { Event } from '../../kube/generated/types';
import { events } from '../../kube/resource';
import { ConflictError } from '../../store/store';
import type { RegistryContext } from '../registry/context';
import { resourcePrefix } from '../registry/store-key';

/** As in Kubernetes: an Event is kept for an hour after it was last seen. */
const eventTtlMs = 3600_000;

/** Deletes the Events that are too old. */
export async function sweepEvents({ cache, store, clock }: Pick<RegistryContext, 'cache' | 'store' | 'clock'>) {
  const prefix = resourcePrefix(events);
  const oldest = clock.now() - eventTtlMs;
  for (const stored of cache.resource(prefix).list(prefix)) {
    if (lastSeen(stored.object as unknown as Event) > oldest) continue;
    try {
      await store.delete(stored.key, stored.revision);
    } catch (error) {
      // It was seen again in between.
      if (!(error instanceof ConflictError)) throw error;
    }
  }
}

function lastSeen({ metadata, lastTimestamp, eventTime, series }: Event): number {
  const times = [metadata.creationTimestamp, lastTimestamp, eventTime, series?.lastObservedTime];
  return Math.max(...times.map((time) => Date.parse(time ?? '') || 0));
}
