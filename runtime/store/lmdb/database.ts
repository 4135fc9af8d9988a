import { closeSync, fsyncSync, mkdirSync, openSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type Database, open, type RootDatabase, type Transaction } from 'lmdb';
import { CorruptError, type Entry } from '../store';
import { decodeState, emptyState, encodeState, type State, withKey } from './state';
import { decodeVersion, encodeVersion, type Version } from './version';

/**
 * The tables in LMDB. `keys` maps a key to the revision of its current version; `history` maps each revision to what it
 * wrote, so a value stands once. A version names the revision it replaced: an older state is found by following that
 * chain back, and compaction forgets exactly the versions that a kept one replaced.
 */
export class LmdbDatabase {
  readonly root: RootDatabase;
  readonly keys: Database<number, string>;
  private readonly history: Database<Buffer, number>;
  private readonly meta: Database<Buffer, string>;
  /** Where all reads are of one moment. */
  private held: { transaction: Transaction } | undefined;

  /** Opens the database in a directory; for writing it is made (mode 0700) when absent. */
  constructor(directory: string, { readOnly = false } = {}) {
    if (!readOnly) mkdirSync(directory, { recursive: true, mode: 0o700 });
    // Without overlappingSync a commit is told only after its fdatasync: acknowledged means durable.
    this.root = open({
      path: join(directory, 'store.mdb'),
      overlappingSync: false,
      maxDbs: 4,
      commitDelay: 0,
      // Writers are brought together by GroupCommit. lmdb's own batches have a promise that nobody can wait for, whose
      // rejection would end the process.
      eventTurnBatching: false,
      readOnly,
    });
    this.keys = this.root.openDB({ name: 'keys', encoding: 'msgpack' });
    this.history = this.root.openDB({ name: 'history', encoding: 'binary' });
    this.meta = this.root.openDB({ name: 'meta', encoding: 'binary' });
    if (readOnly) return;
    // The file's name must outlive a loss of power as its content does.
    for (const folder of [directory, dirname(directory)]) syncFolder(folder);
  }

  /** From now on every read is of this moment, until the transaction is done. */
  hold(): Transaction {
    this.held = { transaction: this.root.useReadTransaction() };
    return this.held.transaction;
  }

  get state(): State {
    const stored = this.meta.get('state', this.held);
    if (stored) return decodeState(stored);
    if (this.meta.get('revision', this.held) !== undefined) {
      throw new CorruptError('it is of an earlier build, which kept no checksums, and cannot be read by this one');
    }
    return emptyState;
  }

  set state(state: State) {
    this.meta.putSync('state', encodeState(state));
  }

  version(revision: number): Version | undefined {
    const stored = this.history.get(revision, this.held);
    return stored && decodeVersion(stored, revision);
  }

  /** What was written from a revision to another, both included. @throws CorruptError where a revision is missing */
  *versions(from: number, to: number): Generator<Version & { revision: number }> {
    let next = from;
    for (const { key: revision, value } of this.history.getRange({ start: from, end: to + 1 })) {
      if (revision !== next) break;
      yield { ...decodeVersion(value, revision), revision };
      next++;
    }
    if (next <= to) throw new CorruptError(`the record of revision ${next} is missing`);
  }

  /** The entry of a version that must be there. */
  entry(key: string, revision: number): Entry {
    const version = this.version(revision);
    if (version?.key !== key || version.type !== 'put') {
      throw new CorruptError(
        `the record of ${key} at revision ${revision} is ${version ? 'of another key' : 'missing'}`,
      );
    }
    return { key, value: version.value, revision, createRevision: version.createRevision };
  }

  /** Within a transaction: writes a version and makes it the key's current one. Returns the state after it. */
  write(state: State, version: Version, revision: number): State {
    this.history.putSync(revision, encodeVersion(version, revision));
    if (version.type === 'put') this.keys.putSync(version.key, revision);
    else this.keys.removeSync(version.key);
    const after = version.type === 'put' ? revision : 0;
    return { ...withKey(state, version.key, version.replaced, after), revision: Math.max(state.revision, revision) };
  }

  /** Within a transaction: forgets what the versions from a revision to another replaced, and deletions themselves. */
  forget(from: number, to: number): void {
    for (const version of this.versions(from, to)) {
      if (version.replaced > 0) this.history.removeSync(version.replaced);
      if (version.type === 'delete') this.history.removeSync(version.revision);
    }
  }

  /**
   * Compares the tables with what the state says of them: every key that was written is there, at its revision, and no
   * revision since the compaction is missing. Values are checked when they are read.
   * @throws CorruptError where they differ
   */
  verify(): void {
    const { revision, compacted, keys, digest } = this.state;
    let found: State = emptyState;
    for (const { key, value } of this.keys.getRange({})) found = withKey(found, key, 0, value);
    if (found.keys !== keys || found.digest !== digest) {
      throw new CorruptError(`it has ${found.keys} keys, and they are not the ${keys} that were written`);
    }
    const kept = this.history.getKeysCount({ start: compacted + 1, end: Number.MAX_SAFE_INTEGER });
    if (kept !== revision - compacted) {
      throw new CorruptError(`it has ${kept} revisions after ${compacted} where ${revision - compacted} were written`);
    }
  }
}

function syncFolder(path: string): void {
  const file = openSync(path, 'r');
  fsyncSync(file);
  closeSync(file);
}
