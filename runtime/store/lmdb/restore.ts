import type { ArchiveReader } from '../backup/archive';
import { revisionBump } from '../backup/snapshot';
import type { Entry } from '../store';
import { LmdbDatabase } from './database';

const batchSize = 1000;

/**
 * Writes a backup's entries into a new embedded store. Each gets a revision that was never given out, and everything up
 * to the last of them counts as compacted: whoever knew the former store is told to list again.
 */
export async function restoreLmdb(
  directory: string,
  archive: ArchiveReader,
  progress: (done: number) => void,
): Promise<void> {
  const database = new LmdbDatabase(directory);
  try {
    let revision = archive.header.revision + revisionBump;
    let done = 0;
    const write = (entries: Entry[]) =>
      database.root.transaction(() => {
        let { state } = database;
        for (const { key, value } of entries) {
          const version = { type: 'put', key, value, createRevision: ++revision, replaced: 0 } as const;
          state = database.write(state, version, revision);
        }
        database.state = { ...state, revision, compacted: revision };
      });
    let batch: Entry[] = [];
    for (const entry of archive.entries()) {
      if (batch.push(entry) < batchSize) continue;
      await write(batch);
      done += batch.length;
      progress(done);
      batch = [];
    }
    await write(batch);
    progress(done + batch.length);
  } finally {
    await database.root.close();
  }
}
