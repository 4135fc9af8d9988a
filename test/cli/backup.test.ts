import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { main } from '../../runtime/cli/main';
import { openStore } from '../../runtime/cli/store-choice';
import { readArchive } from '../../runtime/store/backup/archive';
import { revisionBump } from '../../runtime/store/backup/snapshot';
import { CompactedError, type Store } from '../../runtime/store/store';
import { collect } from '../store/store-backend';

let folder = '';
let store: Store;
let source = '';
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'orlop-backup-'));
  source = configuration('source');
  store = await openStore({ dataDir: join(folder, 'source') });
  mkdirSync(join(folder, 'source', 'pki'));
  writeFileSync(join(folder, 'source', 'pki', 'ca.key'), 'the key', { mode: 0o600 });
});
afterEach(async () => {
  await store.close();
  rmSync(folder, { recursive: true, force: true });
});

/** The configuration file of a server with its data in a folder of this name. */
function configuration(name: string, more: object = {}): string {
  const path = join(folder, `${name}.json`);
  writeFileSync(path, JSON.stringify({ dataDir: join(folder, name), ...more }));
  return path;
}

async function orlop(...argv: string[]): Promise<{ code: number; out: string; error: string }> {
  const [out, error]: [string[], string[]] = [[], []];
  const code = await main(argv, { out: (text) => out.push(text), error: (text) => error.push(text) });
  return { code, out: out.join(''), error: error.join('') };
}

const backup = (file: string) => orlop('backup', join(folder, file), '--config', source);
const restore = (file: string, config: string) => orlop('restore', join(folder, file), '--config', config);

test('a backup taken while writes go on is one revision of the store, and restores as it was', async () => {
  for (let i = 0; i < 300; i++) await store.put(`/registry/${i}`, Buffer.from(`${i}`), 0);
  let writing = true;
  const writer = (async () => {
    for (let i = 0; writing; i++) {
      // Two keys that always change together but for the moment between them.
      await store.put(`/a/${i}`, Buffer.from('x'), 0);
      await store.put(`/z/${i}`, Buffer.from('x'), 0);
    }
  })();
  const taken = await backup('b1');
  writing = false;
  await writer;
  expect(taken).toMatchObject({ code: 0, out: expect.stringContaining('at revision') });
  expect(taken.error).toContain('private key');
  expect(statSync(join(folder, 'b1')).mode & 0o777).toBe(0o600);

  const target = configuration('target');
  expect((await restore('b1', target)).code).toBe(0);
  const restored = await openStore({ dataDir: join(folder, 'target') });
  const { revision } = readArchive(join(folder, 'b1')).header;
  const expected = await store.list('/', { revision });
  const { entries } = await restored.list('/');
  const shown = (each: typeof entries) => each.map(({ key, value }) => `${key} ${Buffer.from(value)}`);
  expect(shown(entries)).toEqual(shown(expected.entries));
  expect(readFileSync(join(folder, 'target', 'pki', 'ca.key'), 'utf8')).toBe('the key');
  expect(existsSync(join(folder, 'target', '.restore'))).toBe(false);
  await restored.close();
});

test('whoever knows revisions from after the backup is told to list again, and cannot overwrite by them', async () => {
  const { revision } = await store.put('/a', Buffer.from('1'), 0);
  await backup('b1');
  const later = await store.put('/a', Buffer.from('2'), revision);
  await restore('b1', configuration('target'));
  const restored = await openStore({ dataDir: join(folder, 'target') });
  expect(await restored.revision()).toBeGreaterThan(revision + revisionBump);
  await expect(collect(restored, '/', later.revision).done).rejects.toBeInstanceOf(CompactedError);
  await expect(restored.list('/', { revision: later.revision })).rejects.toBeInstanceOf(CompactedError);
  for (const known of [revision, later.revision]) {
    await expect(restored.put('/a', Buffer.from('3'), known)).rejects.toThrow('expected revision');
  }
  await restored.close();
});

test('a restore writes over nothing, and a backup neither', async () => {
  await store.put('/a', Buffer.from('1'), 0);
  await backup('b1');
  expect(await restore('b1', source)).toMatchObject({ code: 2, error: expect.stringContaining('is not empty') });
  expect(await backup('b1')).toMatchObject({ code: 2, error: expect.stringContaining('is there already') });
});

test('a backup that was cut anywhere, or in which a bit was flipped, is refused and changes nothing', async () => {
  await store.put('/a', Buffer.from('one'), 0);
  await store.put('/b', Buffer.from('two'), 0);
  await backup('b1');
  const whole = readFileSync(join(folder, 'b1'));
  const bad = join(folder, 'bad');
  for (let length = 0; length < whole.length; length++) {
    writeFileSync(bad, whole.subarray(0, length));
    expect(() => readArchive(bad)).toThrow('no whole backup');
  }
  for (let bit = 0; bit < whole.length * 8; bit++) {
    const flipped = Buffer.from(whole);
    flipped[bit >> 3] = (flipped[bit >> 3] as number) ^ (1 << (bit & 7));
    writeFileSync(bad, flipped);
    expect(() => readArchive(bad)).toThrow('no whole backup');
  }
  writeFileSync(bad, Buffer.concat([whole, Buffer.from('x')]));
  expect(await restore('bad', configuration('target'))).toMatchObject({
    code: 1,
    error: expect.stringContaining('no whole backup'),
  });
  expect(existsSync(join(folder, 'target'))).toBe(false);
});

test('a restore that was killed is started over by the next', async () => {
  await store.put('/a', Buffer.from('1'), 0);
  await backup('b1');
  const target = configuration('target');
  mkdirSync(join(folder, 'target', '.restore', 'store'), { recursive: true });
  writeFileSync(join(folder, 'target', '.restore', 'store', 'store.mdb'), 'half');
  expect((await restore('b1', target)).code).toBe(0);
});

test('the store of a cluster is not changed in place', async () => {
  const etcd = { store: { etcd: { endpoints: ['http://127.0.0.1:1'], prefix: '/orlop' } } };
  const opened = openStore({ dataDir: join(folder, 'source'), ...etcd });
  await expect(opened).rejects.toThrow(/embedded store.*etcd \(prefix \/orlop\).*orlop backup.*orlop restore/);
});
