import type { Store, StoreEvent } from '../../runtime/store/store';

/** Collects what a watch delivers; `until` waits for an event count without sleeping. */
export function collect(store: Store, prefix: string, after: number) {
  const events: StoreEvent[] = [];
  const abort = new AbortController();
  let wake: (() => void) | undefined;
  const done = store.watch(
    prefix,
    after,
    (batch) => {
      events.push(...batch);
      wake?.();
    },
    abort.signal,
  );
  done.catch(() => wake?.());
  return {
    events,
    done,
    async until(count: number) {
      while (events.length < count) await new Promise<void>((resolve) => (wake = resolve));
      return events;
    },
    stop() {
      abort.abort();
      return done;
    },
  };
}

export interface StoreBackend {
  name: string;
  open(): Promise<Store>;
  /** Opens again what an earlier `open` wrote; absent for a store that keeps nothing. */
  reopen?(): Promise<Store>;
  cleanUp(): Promise<void>;
  /** Runs of the property-based tests. @default 100 */
  propertyRuns?: number;
}
