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

// Layout: type (1 byte), createRevision (8), replaced (8), key length (2), key, value.
const header = 19;

export function encodeVersion(version: Version): Buffer {
  const key = Buffer.from(version.key);
  const out = Buffer.allocUnsafe(header + key.length + version.value.length);
  out[0] = version.type === 'put' ? 1 : 2;
  out.writeDoubleBE(version.createRevision, 1);
  out.writeDoubleBE(version.replaced, 9);
  out.writeUInt16BE(key.length, 17);
  out.set(key, header);
  out.set(version.value, header + key.length);
  return out;
}

export function decodeVersion(stored: Buffer): Version {
  const keyEnd = header + stored.readUInt16BE(17);
  return {
    type: stored[0] === 1 ? 'put' : 'delete',
    createRevision: stored.readDoubleBE(1),
    replaced: stored.readDoubleBE(9),
    key: stored.toString('utf8', header, keyEnd),
    value: stored.subarray(keyEnd),
  };
}
