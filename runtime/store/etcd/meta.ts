import type { EtcdConnection } from './connection';
import type { KeySpace } from './key-space';
import { methods } from './messages';

/** What stands beside the entries under a prefix; absent where no restore ever wrote there. */
export interface Meta {
  /** What the store's revisions are ahead of etcd's. */
  offset: number;
  /** A restore has begun and not ended: the entries are not a whole. */
  restoring: boolean;
}

export async function readMeta(connection: EtcdConnection, space: KeySpace): Promise<Meta | undefined> {
  const { kvs = [] } = await connection.call(methods.range, { key: space.internal('meta') }, true);
  const value = kvs[0]?.value;
  return value && (JSON.parse(Buffer.from(value).toString('utf8')) as Meta);
}

export async function writeMeta(connection: EtcdConnection, space: KeySpace, meta: Meta): Promise<void> {
  const put = { key: space.internal('meta'), value: Buffer.from(JSON.stringify(meta)) };
  await connection.call(methods.txn, { compare: [], success: [{ put }], failure: [] }, true);
}

/** @throws Error for a prefix with half a restored backup */
export function checkMeta(meta: Meta | undefined, prefix: string): void {
  if (meta?.restoring) {
    throw new Error(
      `etcd holds half a restored backup under ${prefix}: run "orlop restore" again, which starts it over`,
    );
  }
}
