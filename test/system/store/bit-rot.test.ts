import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LmdbStore } from '../../../runtime/store/lmdb/lmdb-store';

jest.setTimeout(180_000);

const flips = 300;

test('a bit that was flipped anywhere in the file is never served: the store has what was written, or refuses', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'orlop-rot-'));
  const [source, work] = [join(folder, 'source'), join(folder, 'work')];
  mkdirSync(work);
  const store = LmdbStore.open(source);
  for (let i = 0; i < 120; i++) {
    const key = `/k${i % 40}`;
    const known = await store.get(key);
    await store.put(key, Buffer.alloc(100 + ((i * 37) % 700), `${i} `), known?.revision ?? 0);
  }
  await store.close();

  const size = statSync(join(source, 'store.mdb')).size;
  const bits = Array.from({ length: flips }, () => Math.floor(Math.random() * size * 8));
  const outcomes: string[] = [];
  while (outcomes.length < flips) {
    const script = join(__dirname, 'bit-rot-reader.ts');
    const argv = ['--import', 'tsx', script, source, work, String(outcomes.length), ...bits.map(String)];
    const { stdout, signal, stderr } = spawnSync(process.execPath, argv, { encoding: 'utf8', timeout: 60_000 });
    const lines = stdout.split('\n').filter(Boolean);
    if (lines.length === 0) throw new Error(stderr);
    outcomes.push(...lines.filter((line) => !line.startsWith('begin')));
    if (lines.at(-1)?.startsWith('begin')) outcomes.push(`ended by ${signal}`);
  }
  const wrong = outcomes.flatMap((outcome, i) => (outcome === 'WRONG' ? [bits[i]] : []));
  expect({ wrong, size: readFileSync(join(source, 'store.mdb')).length }).toEqual({ wrong: [], size });
  expect(outcomes.filter((outcome) => outcome === 'damaged').length).toBeGreaterThan(0);
  rmSync(folder, { recursive: true, force: true });
});
