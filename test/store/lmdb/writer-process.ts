import { writeSync } from 'node:fs';
import { LmdbStore } from '../../../runtime/store/lmdb/lmdb-store';

// Writes as fast as it can and prints each acknowledged write at once; ended by the test with SIGKILL.
const store = LmdbStore.open(process.argv[2] as string);

async function writer(name: number): Promise<void> {
  for (let i = 0; ; i++) {
    const key = `/w${name}/${i}`;
    const { revision } = await store.put(key, Buffer.alloc(512, name), 0);
    writeSync(1, `${JSON.stringify([key, revision])}\n`);
  }
}

for (let name = 0; name < 8; name++) void writer(name);
