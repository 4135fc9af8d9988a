import { closeSync, fdatasyncSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { open } from 'lmdb';
import { LmdbStore } from '../runtime/store/lmdb/lmdb-store';
import { table } from './statistics';

/** About a pod. */
const value = Buffer.alloc(3000, 'x');
const key = (i: number) => `/registry/core/pods/default/pod-${i}`;
const writers = [1, 32, 256];
const listed = 3500;

/**
 * The embedded store beside its limits in the same run: an append with fdatasync (of as many values as there are
 * writers), and LMDB alone with the same transactions and nothing kept but the value.
 */
export async function benchStore(seconds: number): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'orlop-bench-'));
  try {
    const rows: string[][] = [];
    for (const count of writers) {
      const raw = rawAppend(join(folder, `raw-${count}`), count, seconds);
      const bare = await bareLmdb(join(folder, `bare-${count}`), count, seconds);
      const store = LmdbStore.open(join(folder, `store-${count}`));
      let next = 0;
      const puts = await perSecond(count, seconds, () => store.put(key(next++), value, 0));
      rows.push([
        `put, ${count} writer${count > 1 ? 's' : ''}`,
        ...[puts, bare, raw].map(whole),
        ratio(puts, bare),
        ratio(puts, raw),
      ]);
      if (count === writers.at(-1)) rows.push(...(await reads(store, next, seconds)));
      await store.close();
    }
    rows.push(checksumCost());
    return table([['a second', 'store', 'bare LMDB', 'append and fdatasync', 'to LMDB', 'to append'], ...rows]);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function reads(store: LmdbStore, keys: number, seconds: number): Promise<string[][]> {
  let next = 0;
  const gets = await perSecond(1, seconds, () => store.get(key(next++ % keys)));
  const lists = await perSecond(1, seconds, () => store.list('/registry/core/pods/', { limit: listed }));
  return [
    ['get', whole(gets), '', '', '', ''],
    [`list of ${listed}, entries`, whole(lists * Math.min(listed, keys)), '', '', '', ''],
  ];
}

function checksumCost(): string[] {
  const rounds = 20_000;
  const started = process.hrtime.bigint();
  for (let i = 0; i < rounds; i++) crc32(value, i);
  const micros = Number(process.hrtime.bigint() - started) / 1000 / rounds;
  return ['checksum of a value, µs', micros.toFixed(2), '', '', '', ''];
}

/** How often `run` is done in a second, by so many at once. */
async function perSecond(count: number, seconds: number, run: () => Promise<unknown>): Promise<number> {
  const started = process.hrtime.bigint();
  const elapsed = () => Number(process.hrtime.bigint() - started) / 1e9;
  let done = 0;
  const one = async () => {
    while (elapsed() < seconds) {
      await run();
      done++;
    }
  };
  await Promise.all(Array.from({ length: count }, one));
  return done / elapsed();
}

function rawAppend(path: string, batch: number, seconds: number): number {
  const file = openSync(path, 'w');
  const content = Buffer.concat(Array.from({ length: batch }, () => value));
  const started = process.hrtime.bigint();
  const elapsed = () => Number(process.hrtime.bigint() - started) / 1e9;
  let done = 0;
  for (; elapsed() < seconds; done += batch) {
    writeSync(file, content);
    fdatasyncSync(file);
  }
  const rate = done / elapsed();
  closeSync(file);
  return rate;
}

async function bareLmdb(path: string, batch: number, seconds: number): Promise<number> {
  const root = open({ path, overlappingSync: false, commitDelay: 0, eventTurnBatching: false, encoding: 'binary' });
  let next = 0;
  const transactions = await perSecond(1, seconds, () =>
    root.transaction(() => {
      for (let i = 0; i < batch; i++) root.putSync(key(next++), value);
    }),
  );
  await root.close();
  return transactions * batch;
}

const whole = (rate: number) => Math.round(rate).toLocaleString('en');
const ratio = (own: number, limit: number) => (own / limit).toFixed(2);
