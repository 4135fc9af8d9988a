import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LmdbStore } from '../../../runtime/store/lmdb/lmdb-store';
import { imageAt, type Operation, readTrace } from './traced-writes';

jest.setTimeout(180_000);

interface Said {
  revision?: number;
  key?: string;
  value?: string;
  failed?: string;
  lost?: boolean;
}

let folder = '';
beforeEach(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'orlop-crash-')));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** Runs the writer under strace; returns what it said. */
function runWriter(strace: string[], rounds = 20): Said[] {
  const writer = [
    process.execPath,
    '--import',
    'tsx',
    join(__dirname, 'crash-writer.ts'),
    join(folder, 'db'),
    `${rounds}`,
  ];
  const { stdout, stderr, error, signal } = spawnSync('strace', ['-f', ...strace, ...writer], {
    encoding: 'utf8',
    // strace counts calls by thread.
    env: { ...process.env, UV_THREADPOOL_SIZE: '1' },
    maxBuffer: 1 << 28,
  });
  if (error) throw new Error(`these tests need strace: ${error.message}`);
  const said = stdout.split('\n').filter(Boolean);
  if (said.length === 0 && signal !== 'SIGKILL') throw new Error(stderr.slice(-2000));
  return said.map((line) => JSON.parse(line) as Said);
}

const isWrite = (said: Said): said is Said & { revision: number; key: string } => said.revision !== undefined;

/** What the store must hold at a revision. */
function stateAt(writes: Array<Said & { revision: number; key: string }>, revision: number): string[] {
  const state = new Map<string, string>();
  for (const each of writes) {
    if (each.revision > revision) break;
    if (each.value === undefined) state.delete(each.key);
    else state.set(each.key, `${each.key} ${each.revision} ${each.value}`);
  }
  return [...state].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, shown]) => shown);
}

async function shown(store: LmdbStore): Promise<string[]> {
  return (await store.list('/')).entries.map((e) => `${e.key} ${e.revision} ${Buffer.from(e.value)}`);
}

/** A generator that a printed seed repeats (mulberry32). */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

test('cut at any write, the store opens and holds every acknowledged write', async () => {
  const trace = join(folder, 'trace');
  const calls = 'trace=openat,lseek,pwrite64,writev,fdatasync,write';
  const said = runWriter(['-y', '-xx', '-s', '1000000', '-e', calls, '-o', trace]);
  const writes = said.filter(isWrite).sort((a, b) => a.revision - b.revision);
  expect(writes).toHaveLength(80);
  const operations = readTrace(trace, join(folder, 'db', 'store.mdb'));
  const first = operations.findIndex(({ kind }) => kind === 'said');
  const pages = operations.filter(
    (operation): operation is Operation & { kind: 'write' } => operation.kind === 'write',
  );
  expect(pages.length).toBeGreaterThan(80);
  // The whole of what was traced is the file: nothing was missed.
  const file = readFileSync(join(folder, 'db', 'store.mdb'));
  const all = imageAt(operations, operations.length, () => 1);
  expect(all.equals(file.subarray(0, all.length))).toBe(true);
  const seed = Math.floor(Math.random() * 2 ** 31);
  const random = seeded(seed);
  let acknowledged = 0;
  for (let cut = first; cut <= operations.length; cut++) {
    const before = operations[cut - 1];
    if (before?.kind === 'said') {
      acknowledged = Math.max(acknowledged, (JSON.parse(before.line) as Said).revision ?? 0);
    }
    const image = join(folder, 'image');
    mkdirSync(image);
    writeFileSync(join(image, 'store.mdb'), imageAt(operations, cut, random));
    try {
      const store = LmdbStore.open(image);
      const revision = await store.revision();
      expect(revision).toBeGreaterThanOrEqual(acknowledged);
      expect(await shown(store)).toEqual(stateAt(writes, revision));
      await store.put('/after', Buffer.from('x'), 0);
      await store.close();
    } catch (error) {
      throw new Error(`cut ${cut} of ${operations.length}, seed ${seed}: ${(error as Error).message}`);
    }
    rmSync(image, { recursive: true });
  }
});

test('killed at any sync, it holds every acknowledged write', async () => {
  for (const when of [8, 13, 21, 34]) {
    const said = runWriter(['-o', '/dev/null', '-e', `inject=fdatasync:signal=KILL:when=${when}`]);
    await holdsAll(said);
    rmSync(join(folder, 'db'), { recursive: true });
  }
});

test('after a sync that failed nothing is written any more, and what was acknowledged is there', async () => {
  const said = runWriter(['-o', '/dev/null', '-e', 'inject=fdatasync:error=EIO:when=10']);
  const failure = said.findIndex(({ failed }) => failed !== undefined);
  expect(said[failure]).toMatchObject({ lost: true, failed: expect.stringContaining('must be opened anew') });
  expect(said.slice(failure).every(({ failed }) => failed !== undefined)).toBe(true);
  await holdsAll(said);
});

test('a full disk refuses writes and says so; with space again they go on, and none is lost', async () => {
  const said = runWriter(['-o', '/dev/null', '-e', 'inject=pwrite64,writev:error=ENOSPC:when=30..40']);
  const failures = said.filter(({ failed }) => failed !== undefined);
  expect(failures.length).toBeGreaterThan(0);
  for (const failure of failures) {
    expect(failure).toMatchObject({ lost: false, failed: expect.stringContaining('disk is full') });
  }
  expect(said.filter(isWrite)).toHaveLength(80);
  await holdsAll(said);
});

async function holdsAll(said: Said[]): Promise<void> {
  const writes = said.filter(isWrite).sort((a, b) => a.revision - b.revision);
  const store = LmdbStore.open(join(folder, 'db'));
  const last = writes.at(-1)?.revision ?? 0;
  expect(await store.revision()).toBeGreaterThanOrEqual(last);
  // What was written and not yet acknowledged may be there, too; the rest must be as it was said.
  const touched = new Set<string>();
  for (const key of (await store.list('/')).entries.filter((e) => e.revision > last)) touched.add(key.key);
  const present = (await shown(store)).filter((each) => !touched.has(each.split(' ')[0] as string));
  expect(stateAt(writes, last)).toEqual(expect.arrayContaining(present));
  await store.close();
}
