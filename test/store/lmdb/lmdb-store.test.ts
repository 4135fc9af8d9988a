import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { LmdbStore } from '../../../runtime/store/lmdb/lmdb-store';
import { storeSuite } from '../store-suite';

let directory = '';

storeSuite({
  name: 'LMDB',
  async open() {
    directory = mkdtempSync(join(tmpdir(), 'orlop-lmdb-'));
    return LmdbStore.open(directory);
  },
  async reopen() {
    return LmdbStore.open(directory);
  },
  async cleanUp() {
    rmSync(directory, { recursive: true, force: true });
  },
});

test('kill -9 at any moment loses no acknowledged write', async () => {
  for (const killAfter of [1, 40, 333]) {
    const path = mkdtempSync(join(tmpdir(), 'orlop-lmdb-'));
    const acknowledged = await writeUntilKilled(path, killAfter);
    expect(acknowledged.length).toBeGreaterThanOrEqual(killAfter);
    const store = LmdbStore.open(path);
    for (const [key, revision] of acknowledged) {
      expect(await store.get(key)).toMatchObject({ revision });
    }
    expect(await store.revision()).toBeGreaterThanOrEqual(Math.max(...acknowledged.map(([, r]) => r)));
    await store.close();
    rmSync(path, { recursive: true });
  }
}, 60_000);

/** Runs a process that writes and prints each acknowledged write, and kills it with SIGKILL after so many lines. */
function writeUntilKilled(path: string, lines: number): Promise<Array<[string, number]>> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, ['--import', 'tsx', join(__dirname, 'writer-process.ts'), path], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const acknowledged: Array<[string, number]> = [];
    createInterface({ input: child.stdout }).on('line', (line) => {
      acknowledged.push(JSON.parse(line) as [string, number]);
      if (acknowledged.length === lines) child.kill('SIGKILL');
    });
    child.on('error', reject);
    child.on('close', () => resolve(acknowledged));
  });
}

test('compaction gives pages back: the file stays as large as its history, however much is written', async () => {
  const path = mkdtempSync(join(tmpdir(), 'orlop-lmdb-'));
  const store = LmdbStore.open(path);
  const revisions = new Map<string, number>();
  const sizes: number[] = [];
  for (let round = 0; round < 4; round++) {
    const from = await store.revision();
    for (let i = 0; i < 150; i++) {
      await Promise.all(
        Array.from({ length: 10 }, async (_, n) => {
          const key = `/k${n}`;
          const { revision } = await store.put(key, Buffer.alloc(2000, i), revisions.get(key) ?? 0);
          revisions.set(key, revision);
        }),
      );
    }
    // More than one step of it.
    expect((await store.revision()) - from).toBe(1500);
    await store.compact(await store.revision());
    sizes.push(statSync(join(path, 'store.mdb')).size);
  }
  expect(await store.compactedRevision()).toBe(6000);
  expect((await store.list('/')).entries).toHaveLength(10);
  expect(Math.max(...sizes)).toBeLessThan(2.5 * (sizes[0] as number));
  await store.close();
  const again = LmdbStore.open(path);
  expect((await again.list('/', { revision: 6000 })).entries).toHaveLength(10);
  await again.close();
  rmSync(path, { recursive: true });
}, 60_000);
