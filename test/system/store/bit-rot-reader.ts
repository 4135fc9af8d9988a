import { readFileSync, rmSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { LmdbStore } from '../../../runtime/store/lmdb/lmdb-store';
import { CorruptError } from '../../../runtime/store/store';

// Flips one bit of a store's file at a time, reads all of it, and prints what came of it. It may die of a page that
// leads nowhere: then it is started again behind that bit.
const [source = '', work = '', from = '0', ...bits] = process.argv.slice(2);
const whole = readFileSync(join(source, 'store.mdb'));
const say = (line: string) => writeSync(1, `${line}\n`);

async function read(): Promise<string> {
  const store = LmdbStore.open(work);
  try {
    const { entries, revision } = await store.list('/');
    const older = await store.list('/', { revision: revision - 20 });
    const events: string[] = [];
    const abort = new AbortController();
    const took = (batch: Array<{ key: string; revision: number }>) => {
      events.push(...batch.map((event) => `${event.key} ${event.revision}`));
      abort.abort();
    };
    await store.watch('/', revision - 20, took, abort.signal);
    const shown = (each: typeof entries) => each.map((e) => `${e.key} ${e.revision} ${Buffer.from(e.value)}`);
    return JSON.stringify([revision, shown(entries), shown(older.entries), events]);
  } finally {
    await store.close();
  }
}

async function main(): Promise<void> {
  writeFileSync(join(work, 'store.mdb'), whole);
  const expected = await read();
  for (const [index, bit] of bits.map(Number).entries()) {
    if (index < Number(from)) continue;
    say(`begin ${index}`);
    const image = Buffer.from(whole);
    image[bit >> 3] = (image[bit >> 3] as number) ^ (1 << (bit & 7));
    rmSync(join(work, 'store.mdb-lock'), { force: true });
    writeFileSync(join(work, 'store.mdb'), image);
    let outcome: string;
    try {
      outcome = (await read()) === expected ? 'harmless' : 'WRONG';
    } catch (error) {
      outcome = error instanceof CorruptError ? 'damaged' : `refused: ${(error as Error).message}`;
    }
    say(`${outcome.split('\n')[0]}`);
  }
  process.exit(0);
}

void main();
