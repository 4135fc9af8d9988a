import { crc32 } from 'node:zlib';
import { CorruptError } from '../store';

/** What one revision wrote. */
export interface Version {
  type: 'put' | 'delete';
  key: string;
  /** Of a put the new value, of a delete the last one. */
  value: Uint8Array;
  createRevision: number;
  /** The revision that this one replaced; 0 for none. */
  replaced: number;
}

// Layout: CRC-32 (4 bytes) of all that follows and of the revision, type (1), createRevision (8), replaced (8),
// key length (2), key, value.
const header = 23;

export function encodeVersion(version: Version, revision: number): Buffer {
  const key = Buffer.from(version.key);
  const out = Buffer.allocUnsafe(header + key.length + version.value.length);
  out[4] = version.type === 'put' ? 1 : 2;
  out.writeDoubleBE(version.createRevision, 5);
  out.writeDoubleBE(version.replaced, 13);
  out.writeUInt16BE(key.length, 21);
  out.set(key, header);
  out.set(version.value, header + key.length);
  out.writeUInt32BE(crc32(out.subarray(4), seed(revision)));
  return out;
}

/** @throws CorruptError for bytes that are not those that were written at this revision */
export function decodeVersion(stored: Buffer, revision: number): Version {
  if (stored.length < header || stored.readUInt32BE() !== crc32(stored.subarray(4), seed(revision))) {
    throw new CorruptError(`the record of revision ${revision} is not what was written`);
  }
  const keyEnd = header + stored.readUInt16BE(21);
  return {
    type: stored[4] === 1 ? 'put' : 'delete',
    createRevision: stored.readDoubleBE(5),
    replaced: stored.readDoubleBE(13),
    key: stored.toString('utf8', header, keyEnd),
    value: stored.subarray(keyEnd),
  };
}

/** Binds a checksum to its revision, so that a record that stands in another's place is found too. */
function seed(revision: number): number {
  return revision % 2 ** 32;
}
