import type { Entry, Store } from '../store';

/** All entries of a store at one revision. */
export interface Snapshot {
  revision: number;
  count: number;
  entries(): AsyncIterable<Entry> | Iterable<Entry>;
  close(): Promise<void>;
}

/**
 * How far a restored store's revisions are ahead of those in the backup. Clients have seen revisions from after the
 * backup, which the restored store must not give out again for something else; at 6,000 writes a second this is two days.
 */
export const revisionBump = 1_000_000_000;

const pageSize = 1000;

/** A snapshot by lists at one revision: good for as long as the store is not compacted beyond it (five minutes). */
export async function snapshotByLists(store: Store): Promise<Snapshot> {
  const { revision, entries: first, remaining } = await store.list('/', { limit: pageSize });
  return {
    revision,
    count: first.length + remaining,
    async *entries() {
      yield* first;
      for (let after = first.at(-1)?.key, more = remaining; after !== undefined && more > 0; ) {
        const page = await store.list('/', { limit: pageSize, after, revision });
        yield* page.entries;
        after = page.entries.at(-1)?.key;
        more = page.remaining;
      }
    },
    close: () => store.close(),
  };
}
