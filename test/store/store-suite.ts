import { CompactedError, ConflictError, type Store } from '../../runtime/store/store';
import { collect, type StoreBackend } from './store-backend';
import { storeProperties } from './store-properties';

const bytes = (text: string) => Buffer.from(text);
const text = (value: Uint8Array) => Buffer.from(value).toString();

/** The contract of runtime/store/store.ts, as tests. */
export function storeSuite(backend: StoreBackend): void {
  describe(`store contract: ${backend.name}`, () => {
    let store: Store;
    /** The revision of the store before the test's first write: revisions are told from here. */
    let base = 0;
    beforeEach(async () => {
      store = await backend.open();
      base = await store.revision();
    });
    afterEach(async () => {
      await store.close();
      await backend.cleanUp();
    });

    test('an empty store has nothing', async () => {
      expect(await store.get('/a')).toBeUndefined();
      expect(await store.list('/')).toEqual({ entries: [], revision: base, remaining: 0 });
    });

    test('every write takes the next revision', async () => {
      expect(await store.put('/a', bytes('1'), 0)).toEqual({ revision: base + 1 });
      expect(await store.put('/b', bytes('2'), 0)).toEqual({ revision: base + 2 });
      expect(await store.put('/a', bytes('3'), base + 1)).toEqual({ revision: base + 3 });
      expect(await store.delete('/b', base + 2)).toEqual({ revision: base + 4 });
      expect(await store.revision()).toBe(base + 4);
      const entry = await store.get('/a');
      expect({ ...entry, value: text(entry?.value as Uint8Array) }).toEqual({
        key: '/a',
        value: '3',
        revision: base + 3,
        createRevision: base + 1,
      });
    });

    test('a put with the wrong revision is a conflict that carries the present entry and changes nothing', async () => {
      await store.put('/a', bytes('1'), 0);
      const error = await store.put('/a', bytes('2'), 0).catch((e: unknown) => e);
      expect(error).toBeInstanceOf(ConflictError);
      expect((error as ConflictError).current?.revision).toBe(base + 1);
      await expect(store.put('/new', bytes('2'), base + 7)).rejects.toBeInstanceOf(ConflictError);
      await expect(store.delete('/a', base + 7)).rejects.toBeInstanceOf(ConflictError);
      await expect(store.delete('/none', 0)).rejects.toBeInstanceOf(ConflictError);
      expect(await store.revision()).toBe(base + 1);
    });

    test('of writers that race on one revision exactly one wins', async () => {
      await store.put('/a', bytes('0'), 0);
      const results = await Promise.allSettled(
        Array.from({ length: 10 }, (_, i) => store.put('/a', bytes(`${i}`), base + 1)),
      );
      expect(results.filter((r) => r.status === 'fulfilled')).toHaveLength(1);
      expect(await store.revision()).toBe(base + 2);
    });

    test('a key can be created again after its deletion in the same turn', async () => {
      await store.put('/a', bytes('1'), 0);
      const deleted = store.delete('/a', base + 1);
      // A store of this process orders them as they are called; for another the second may come first, and be refused.
      const created = store.put('/a', bytes('2'), 0).catch(async (error: unknown) => {
        expect(error).toBeInstanceOf(ConflictError);
        await deleted;
        return store.put('/a', bytes('2'), 0);
      });
      await Promise.all([deleted, created]);
      expect((await store.get('/a'))?.createRevision).toBe(base + 3);
    });

    test('list is ordered, keeps to its prefix, and continues after a key', async () => {
      for (const key of ['/p/c', '/p/a', '/q/a', '/p/b', '/pp']) await store.put(key, bytes(key), 0);
      const first = await store.list('/p/', { limit: 2 });
      expect(first.entries.map((e) => e.key)).toEqual(['/p/a', '/p/b']);
      expect(first).toMatchObject({ revision: base + 5, remaining: 1 });
      const rest = await store.list('/p/', { limit: 2, after: '/p/b', revision: first.revision });
      expect(rest.entries.map((e) => e.key)).toEqual(['/p/c']);
      expect(rest.remaining).toBe(0);
    });

    test('list at an older revision shows that state, deletions and re-creations since included', async () => {
      await store.put('/a', bytes('a1'), 0);
      await store.put('/b', bytes('b1'), 0);
      await store.put('/c', bytes('c1'), 0);
      await store.put('/a', bytes('a2'), base + 1);
      await store.delete('/b', base + 2);
      await store.put('/b', bytes('b2'), 0);
      await store.delete('/c', base + 3);
      await store.put('/d', bytes('d1'), 0);
      const at = async (revision: number) =>
        (await store.list('/', { revision: base + revision })).entries.map((e) => text(e.value));
      expect(await at(3)).toEqual(['a1', 'b1', 'c1']);
      expect(await at(5)).toEqual(['a2', 'c1']);
      expect(await at(8)).toEqual(['a2', 'b2', 'd1']);
    });

    test('a watch delivers the past after its revision, then the present, in order', async () => {
      await store.put('/w/a', bytes('1'), 0);
      await store.put('/other', bytes('x'), 0);
      await store.put('/w/a', bytes('2'), base + 1);
      const watch = collect(store, '/w/', base + 1);
      await store.delete('/w/a', base + 3);
      const events = await watch.until(2);
      expect(events.map((e) => [e.type, e.revision, text(e.value), e.previous && text(e.previous)])).toEqual([
        ['put', base + 3, '2', '1'],
        ['delete', base + 4, '2', '2'],
      ]);
      await watch.stop();
    });

    test('a watch ends when its signal aborts, and rejects with what its handler throws', async () => {
      const watch = collect(store, '/', base);
      await watch.stop();
      const broken = store.watch(
        '/',
        base,
        (events) => {
          if (events.length > 0) throw new Error('handler');
        },
        new AbortController().signal,
      );
      await store.put('/a', bytes('1'), 0);
      await expect(broken).rejects.toThrow('handler');
    });

    test('compaction forgets history but no current version', async () => {
      await store.put('/a', bytes('1'), 0);
      await store.put('/a', bytes('2'), base + 1);
      await store.put('/b', bytes('3'), 0);
      await store.delete('/b', base + 3);
      await store.compact(base + 4);
      expect(await store.compactedRevision()).toBe(base + 4);
      expect(text((await store.get('/a'))?.value as Uint8Array)).toBe('2');
      await expect(store.list('/', { revision: base + 3 })).rejects.toBeInstanceOf(CompactedError);
      await expect(collect(store, '/', base + 3).done).rejects.toBeInstanceOf(CompactedError);
      expect((await store.list('/', { revision: base + 4 })).entries.map((e) => e.key)).toEqual(['/a']);
      const watch = collect(store, '/', base + 4);
      const { revision } = await store.put('/a', bytes('4'), base + 2);
      expect((await watch.until(1))[0]).toMatchObject({ revision });
      expect(text((await watch.until(1))[0]?.previous as Uint8Array)).toBe('2');
      await watch.stop();
    });

    test('a compaction again, or of what is not there yet, forgets no more than there was', async () => {
      await store.put('/a', bytes('1'), 0);
      await store.compact(base + 1);
      await store.compact(base);
      await store.compact(base + 1000);
      expect(await store.compactedRevision()).toBe(base + 1);
      expect(await store.put('/b', bytes('2'), 0)).toEqual({ revision: base + 2 });
    });

    test('a write is acknowledged once the watchers of this store have seen it', async () => {
      const watch = collect(store, '/', base);
      await store.put('/a', bytes('1'), 0);
      // The first write may come before the watch began; from then on it is there.
      await watch.until(1);
      const { revision } = await store.put('/b', bytes('2'), 0);
      expect(watch.events.at(-1)?.revision).toBe(revision);
      await watch.stop();
    });

    test('keys of any script are listed, in order, under their prefix', async () => {
      const keys = ['/u/a', '/u/ä', '/u/字', '/u/\u{1f600}'];
      for (const key of keys) await store.put(key, bytes(key), 0);
      await store.put('/v/a', bytes('x'), 0);
      expect((await store.list('/u/')).entries.map((entry) => entry.key)).toEqual(keys);
    });

    storeProperties(backend, () => store);

    if (backend.reopen) {
      const reopen = backend.reopen;
      test('everything acknowledged is there when it is opened again', async () => {
        for (let i = 0; i < 50; i++) await store.put(`/k${i}`, bytes(`${i}`), 0);
        await store.delete('/k7', base + 8);
        await store.compact(base + 20);
        await store.close();
        store = await reopen();
        expect(await store.revision()).toBe(base + 51);
        expect(await store.compactedRevision()).toBe(base + 20);
        expect((await store.list('/')).entries).toHaveLength(49);
        expect(await store.put('/new', bytes('x'), 0)).toEqual({ revision: base + 52 });
      });
    }
  });
}
