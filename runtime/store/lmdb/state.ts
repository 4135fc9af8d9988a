import { crc32 } from 'node:zlib';
import { CorruptError } from '../store';

/** What the store knows of itself, written by every commit with what it commits. */
export interface State {
  /** Of the last write. */
  revision: number;
  compacted: number;
  /** Keys that are there. */
  keys: number;
  /** Sum over all keys of a hash of the key and its revision: a key that is lost, added or altered changes it. */
  digest: number;
}

export const emptyState: State = { revision: 0, compacted: 0, keys: 0, digest: 0 };

/** The layout of the whole database; another one is refused. */
const format = 2;

export function encodeState({ revision, compacted, keys, digest }: State): Buffer {
  const out = Buffer.alloc(33);
  out[4] = format;
  out.writeDoubleBE(revision, 5);
  out.writeDoubleBE(compacted, 13);
  out.writeDoubleBE(keys, 21);
  out.writeUInt32BE(digest, 29);
  out.writeUInt32BE(crc32(out.subarray(4)));
  return out;
}

/** @throws CorruptError for bytes that were not written by `encodeState` */
export function decodeState(stored: Buffer): State {
  if (stored.length !== 33 || stored.readUInt32BE() !== crc32(stored.subarray(4)) || stored[4] !== format) {
    throw new CorruptError('its state record is not what was written');
  }
  return {
    revision: stored.readDoubleBE(5),
    compacted: stored.readDoubleBE(13),
    keys: stored.readDoubleBE(21),
    digest: stored.readUInt32BE(29),
  };
}

/** The state after a key's revision went from `before` to `after` (0: the key is not there). */
export function withKey(state: State, key: string, before: number, after: number): State {
  let { keys, digest } = state;
  if (before > 0) {
    keys--;
    digest = (digest - keyHash(key, before)) >>> 0;
  }
  if (after > 0) {
    keys++;
    digest = (digest + keyHash(key, after)) >>> 0;
  }
  return { ...state, keys, digest };
}

function keyHash(key: string, revision: number): number {
  return crc32(`${revision} ${key}`);
}
