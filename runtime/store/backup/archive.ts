import { createHash, type Hash } from 'node:crypto';
import { closeSync, fsyncSync, openSync, readSync, writeSync } from 'node:fs';
import { crc32 } from 'node:zlib';
import type { Entry } from '../store';

/**
 * A backup file: `ORLOPBK1`, then frames (type 1 byte, length 4, CRC-32 4, content), the last of which has the SHA-256 of
 * everything before it. A file that was cut or altered anywhere is refused as a whole.
 */
const magic = Buffer.from('ORLOPBK1');
const frameTypes = { header: 1, file: 2, entry: 3, end: 4 } as const;
const frameHead = 9;
/** No object comes near it; a length beyond it is damage. */
const maxFrame = 256 * 1024 * 1024;

export interface ArchiveHeader {
  /** The store's revision that the entries show. */
  revision: number;
  /** RFC 3339. */
  created: string;
  /** `lmdb` or `etcd`: what was backed up; it can be restored into either. */
  store: string;
}

/** A file that a server needs beside its store: the CA and its key. */
export interface ArchiveFile {
  /** Relative to the data folder. */
  path: string;
  mode: number;
  content: Buffer;
}

/** Frames are written as they come; the file is good only after `end`. */
export class ArchiveWriter {
  private readonly hash: Hash = createHash('sha256');
  private pending: Buffer[] = [];
  private pendingBytes = 0;
  entries = 0;

  private constructor(private readonly file: number) {}

  /** Makes the file, mode 0600. @throws Error when it is there already */
  static create(path: string, header: ArchiveHeader): ArchiveWriter {
    const writer = new ArchiveWriter(openSync(path, 'wx', 0o600));
    writer.push(magic);
    writer.frame(frameTypes.header, Buffer.from(JSON.stringify(header)));
    return writer;
  }

  addFile({ path, mode, content }: ArchiveFile): void {
    const head = Buffer.from(JSON.stringify({ path, mode }));
    this.frame(frameTypes.file, Buffer.concat([uint32(head.length), head, content]));
  }

  addEntry({ key, value, revision, createRevision }: Entry): void {
    const name = Buffer.from(key);
    const head = Buffer.alloc(20);
    head.writeDoubleBE(revision, 0);
    head.writeDoubleBE(createRevision, 8);
    head.writeUInt32BE(name.length, 16);
    this.frame(frameTypes.entry, Buffer.concat([head, name, value]));
    this.entries++;
  }

  /** Returns only when the whole file is on the disk. */
  end(): void {
    const digest = this.hash.copy().digest();
    this.frame(frameTypes.end, Buffer.concat([uint32(this.entries), digest]));
    this.flush();
    fsyncSync(this.file);
    this.close();
  }

  close(): void {
    closeSync(this.file);
  }

  private frame(type: number, content: Buffer): void {
    const head = Buffer.alloc(frameHead);
    head[0] = type;
    head.writeUInt32BE(content.length, 1);
    head.writeUInt32BE(crc32(content, type), 5);
    this.push(head);
    this.push(content);
  }

  private push(bytes: Buffer): void {
    this.hash.update(bytes);
    this.pending.push(bytes);
    this.pendingBytes += bytes.length;
    if (this.pendingBytes > 1 << 20) this.flush();
  }

  private flush(): void {
    const all = Buffer.concat(this.pending);
    this.pending = [];
    this.pendingBytes = 0;
    for (let at = 0; at < all.length; ) at += writeSync(this.file, all, at);
  }
}

export interface ArchiveReader {
  header: ArchiveHeader;
  files: ArchiveFile[];
  /** How many `entries` gives. */
  count: number;
  /** The entries, in the order of their keys; read from the file as they are taken. */
  entries(): Generator<Entry>;
}

/** Checks the whole file, then gives it to read. @throws Error for a file that is not what a backup wrote */
export function readArchive(path: string): ArchiveReader {
  let header: ArchiveHeader | undefined;
  const files: ArchiveFile[] = [];
  let count = 0;
  for (const { type, content } of frames(path)) {
    if (type === frameTypes.header) header = JSON.parse(content.toString('utf8')) as ArchiveHeader;
    else if (type === frameTypes.file) files.push(decodeFile(content));
    else if (type === frameTypes.entry) count++;
  }
  if (!header) throw damaged(path, 'it has no header');
  return {
    header,
    files,
    count,
    *entries() {
      for (const { type, content } of frames(path)) if (type === frameTypes.entry) yield decodeEntry(content);
    },
  };
}

/** All frames but the last, which they are checked against. */
function* frames(path: string): Generator<{ type: number; content: Buffer }> {
  const file = openSync(path, 'r');
  const hash = createHash('sha256');
  let at = 0;
  const read = (length: number): Buffer => {
    const bytes = Buffer.alloc(length);
    for (let done = 0; done < length; ) {
      const got = readSync(file, bytes, done, length - done, at + done);
      if (got === 0) throw damaged(path, `it ends at byte ${at + done}, within a record`);
      done += got;
    }
    at += length;
    return bytes;
  };
  try {
    const start = read(magic.length);
    if (!start.equals(magic)) throw damaged(path, 'it does not begin as one');
    hash.update(start);
    for (let entries = 0; ; ) {
      const head = read(frameHead);
      const type = head[0] as number;
      const length = head.readUInt32BE(1);
      if (length > maxFrame || type < frameTypes.header || type > frameTypes.end) {
        throw damaged(path, `there is no record at byte ${at - frameHead}`);
      }
      const content = read(length);
      if (crc32(content, type) !== head.readUInt32BE(5)) {
        throw damaged(path, `the record at byte ${at - length - frameHead} is not what was written`);
      }
      if (type === frameTypes.end) {
        const whole = Buffer.concat([uint32(entries), hash.digest()]);
        if (!whole.equals(content)) throw damaged(path, 'its contents are not those that were written');
        if (readSync(file, Buffer.alloc(1), 0, 1, at) > 0) throw damaged(path, 'something follows its end');
        return;
      }
      hash.update(head).update(content);
      if (type === frameTypes.entry) entries++;
      yield { type, content };
    }
  } finally {
    closeSync(file);
  }
}

function decodeFile(content: Buffer): ArchiveFile {
  const end = 4 + content.readUInt32BE();
  const { path, mode } = JSON.parse(content.toString('utf8', 4, end)) as { path: string; mode: number };
  return { path, mode, content: content.subarray(end) };
}

function decodeEntry(content: Buffer): Entry {
  const end = 20 + content.readUInt32BE(16);
  return {
    key: content.toString('utf8', 20, end),
    value: content.subarray(end),
    revision: content.readDoubleBE(0),
    createRevision: content.readDoubleBE(8),
  };
}

function damaged(path: string, why: string): Error {
  return new Error(`${path} is no whole backup: ${why}`);
}

function uint32(value: number): Buffer {
  const out = Buffer.alloc(4);
  out.writeUInt32BE(value);
  return out;
}
