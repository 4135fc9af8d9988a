import type { Snapshot } from '../backup/snapshot';
import { LmdbDatabase } from './database';

/**
 * The entries of an embedded store as of now, whether a server has it open or not: one read transaction, which neither
 * waits for writers nor keeps them waiting. Pages that they free meanwhile are used again once it has ended.
 */
export function lmdbSnapshot(directory: string): Snapshot {
  const database = new LmdbDatabase(directory, { readOnly: true });
  const transaction = database.hold();
  const { revision, keys } = database.state;
  return {
    revision,
    count: keys,
    *entries() {
      for (const { key, value } of database.keys.getRange({ transaction })) yield database.entry(key, value);
    },
    async close() {
      transaction.done();
      await database.root.close();
    },
  };
}
