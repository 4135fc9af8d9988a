import { writeSync } from 'node:fs';
import { LmdbStore } from '../../../runtime/store/lmdb/lmdb-store';
import { UnavailableError } from '../../../runtime/store/store';

// Writes, overwrites, deletes and compacts; prints each acknowledged write, and each failure, at once; ends by itself.
const [directory = '', rounds = '20'] = process.argv.slice(2);
const store = LmdbStore.open(directory);
const say = (line: object) => writeSync(1, `${JSON.stringify(line)}\n`);

async function writer(name: number): Promise<void> {
  const known = new Map<string, number>();
  for (let i = 0; i < Number(rounds); i++) {
    const key = `/w${name}/${i % 5}`;
    const expected = known.get(key) ?? 0;
    try {
      if (i % 7 === 6 && expected > 0) {
        const { revision } = await store.delete(key, expected);
        known.delete(key);
        say({ revision, key });
      } else {
        const value = `${name}.${i}.${'x'.repeat(300 * (i % 9))}`;
        const { revision } = await store.put(key, Buffer.from(value), expected);
        known.set(key, revision);
        say({ revision, key, value });
      }
      if (name === 0 && i % 6 === 5) await store.compact((await store.revision()) - 5);
    } catch (error) {
      if (!(error instanceof UnavailableError)) throw error;
      say({ failed: error.message, lost: error.lost });
      if (error.lost) return;
      i--;
    }
  }
}

void Promise.all([0, 1, 2, 3].map(writer)).then(() => process.exit(0));
