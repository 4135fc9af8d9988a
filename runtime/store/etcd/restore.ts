import type { ArchiveReader } from '../backup/archive';
import { revisionBump } from '../backup/snapshot';
import { EtcdConnection } from './connection';
import { KeySpace } from './key-space';
import { methods } from './messages';
import { readMeta, writeMeta } from './meta';
import { defaultEtcdPrefix, type EtcdOptions } from './options';

/** etcd takes 128 operations and 1.5 MiB a transaction. */
const batchOperations = 100;
const batchBytes = 512 * 1024;

/**
 * Writes a backup's entries under a prefix that has none. etcd gives them revisions of its own; the offset that is kept
 * beside them lifts these above all that the former store gave out, so that whoever knew it is told to list again.
 * A restore that was interrupted is started over by the next.
 * @throws Error when there are entries under the prefix already
 */
export async function restoreEtcd(
  options: EtcdOptions,
  archive: ArchiveReader,
  progress: (done: number) => void,
): Promise<void> {
  const connection = new EtcdConnection(options);
  try {
    const space = new KeySpace(options.prefix ?? defaultEtcdPrefix);
    const meta = await readMeta(connection, space);
    const { header, count = 0 } = await connection.call(methods.range, { ...space.everything, countOnly: true }, true);
    if (meta?.restoring) {
      await transact(connection, [{ deleteRange: space.everything }]);
    } else if (meta || count > 0) {
      throw new Error(
        `etcd has a cluster under ${space.prefix} already (${count} entries): a restore writes over nothing; ` +
          'choose another prefix, or delete what is there',
      );
    }
    const lifted = archive.header.revision + revisionBump - (header?.revision ?? 0);
    const offset = Math.max(0, lifted);
    await writeMeta(connection, space, { offset, restoring: true });
    let batch: Array<{ put: { key: string; value: Uint8Array } }> = [];
    let bytes = 0;
    let done = 0;
    const flush = async () => {
      if (batch.length > 0) await transact(connection, batch);
      done += batch.length;
      batch = [];
      bytes = 0;
      progress(done);
    };
    for (const { key, value } of archive.entries()) {
      batch.push({ put: { key: space.prefix + key, value } });
      bytes += key.length + value.length;
      if (batch.length >= batchOperations || bytes >= batchBytes) await flush();
    }
    await flush();
    await writeMeta(connection, space, { offset, restoring: false });
  } finally {
    connection.close();
  }
}

type Operation = { put: { key: string; value: Uint8Array } } | { deleteRange: { key: string; rangeEnd: string } };

/** Repeating it does no harm: it writes the same again. */
async function transact(connection: EtcdConnection, success: Operation[]): Promise<void> {
  await connection.call(methods.txn, { compare: [], success, failure: [] }, true);
}
