import fc from 'fast-check';
import { CompactedError, ConflictError, type Store, type StoreEvent } from '../../runtime/store/store';

const bytes = (text: string) => Buffer.from(text);
const text = (value: Uint8Array) => Buffer.from(value).toString();

/** Collects what a watch delivers; `until` waits for an event count without sleeping. */
export function collect(store: Store, prefix: string, after: number) {
  const events: StoreEvent[] = [];
  const abort = new AbortController();
  let wake: (() => void) | undefined;
  const done = store.watch(
    prefix,
    after,
    (batch) => {
      events.push(...batch);
      wake?.();
    },
    abort.signal,
  );
  done.catch(() => wake?.());
  return {
    events,
    done,
    async until(count: number) {
      while (events.length < count) await new Promise<void>((resolve) => (wake = resolve));
      return events;
    },
    stop() {
      abort.abort();
      return done;
    },
  };
}

export interface StoreBackend {
  name: string;
  open(): Promise<Store>;
  /** Opens again what an earlier `open` wrote; absent for a store that keeps nothing. */
  reopen?(): Promise<Store>;
  cleanUp(): Promise<void>;
}

/** The contract of runtime/store/store.ts, as tests. */
export function storeSuite(backend: StoreBackend): void {
  describe(`store contract: ${backend.name}`, () => {
    let store: Store;
    beforeEach(async () => {
      store = await backend.open();
    });
    afterEach(async () => {
      await store.close();
      await backend.cleanUp();
    });

    test('an empty store is at revision 0 and has nothing', async () => {
      expect(await store.revision()).toBe(0);
      expect(await store.get('/a')).toBeUndefined();
      expect(await store.list('/')).toEqual({ entries: [], revision: 0, remaining: 0 });
    });

    test('every write takes the next revision', async () => {
      expect(await store.put('/a', bytes('1'), 0)).toEqual({ revision: 1 });
      expect(await store.put('/b', bytes('2'), 0)).toEqual({ revision: 2 });
      expect(await store.put('/a', bytes('3'), 1)).toEqual({ revision: 3 });
      expect(await store.delete('/b', 2)).toEqual({ revision: 4 });
      expect(await store.revision()).toBe(4);
      const entry = await store.get('/a');
      expect({ ...entry, value: text(entry?.value as Uint8Array) }).toEqual({
        key: '/a',
        value: '3',
        revision: 3,
        createRevision: 1,
      });
    });

    test('a put with the wrong revision is a conflict that carries the present entry and changes nothing', async () => {
      await store.put('/a', bytes('1'), 0);
      const error = await store.put('/a', bytes('2'), 0).catch((e: unknown) => e);
      expect(error).toBeInstanceOf(ConflictError);
      expect((error as ConflictError).current?.revision).toBe(1);
      await expect(store.put('/new', bytes('2'), 7)).rejects.toBeInstanceOf(ConflictError);
      await expect(store.delete('/a', 7)).rejects.toBeInstanceOf(ConflictError);
      await expect(store.delete('/none', 0)).rejects.toBeInstanceOf(ConflictError);
      expect(await store.revision()).toBe(1);
    });

    test('of writers that race on one revision exactly one wins', async () => {
      await store.put('/a', bytes('0'), 0);
      const results = await Promise.allSettled(Array.from({ length: 10 }, (_, i) => store.put('/a', bytes(`${i}`), 1)));
      expect(results.filter((r) => r.status === 'fulfilled')).toHaveLength(1);
      expect(await store.revision()).toBe(2);
    });

    test('a key can be created again after its deletion in the same turn', async () => {
      await store.put('/a', bytes('1'), 0);
      const deleted = store.delete('/a', 1);
      const created = store.put('/a', bytes('2'), 0);
      await Promise.all([deleted, created]);
      expect((await store.get('/a'))?.createRevision).toBe(3);
    });

    test('list is ordered, keeps to its prefix, and continues after a key', async () => {
      for (const key of ['/p/c', '/p/a', '/q/a', '/p/b', '/pp']) await store.put(key, bytes(key), 0);
      const first = await store.list('/p/', { limit: 2 });
      expect(first.entries.map((e) => e.key)).toEqual(['/p/a', '/p/b']);
      expect(first).toMatchObject({ revision: 5, remaining: 1 });
      const rest = await store.list('/p/', { limit: 2, after: '/p/b', revision: first.revision });
      expect(rest.entries.map((e) => e.key)).toEqual(['/p/c']);
      expect(rest.remaining).toBe(0);
    });

    test('list at an older revision shows that state, deletions and re-creations since included', async () => {
      await store.put('/a', bytes('a1'), 0);
      await store.put('/b', bytes('b1'), 0);
      await store.put('/c', bytes('c1'), 0);
      await store.put('/a', bytes('a2'), 1);
      await store.delete('/b', 2);
      await store.put('/b', bytes('b2'), 0);
      await store.delete('/c', 3);
      await store.put('/d', bytes('d1'), 0);
      const at = async (revision: number) => (await store.list('/', { revision })).entries.map((e) => text(e.value));
      expect(await at(3)).toEqual(['a1', 'b1', 'c1']);
      expect(await at(5)).toEqual(['a2', 'c1']);
      expect(await at(8)).toEqual(['a2', 'b2', 'd1']);
    });

    test('a watch delivers the past after its revision, then the present, in order', async () => {
      await store.put('/w/a', bytes('1'), 0);
      await store.put('/other', bytes('x'), 0);
      await store.put('/w/a', bytes('2'), 1);
      const watch = collect(store, '/w/', 1);
      await store.delete('/w/a', 3);
      const events = await watch.until(2);
      expect(events.map((e) => [e.type, e.revision, text(e.value), e.previous && text(e.previous)])).toEqual([
        ['put', 3, '2', '1'],
        ['delete', 4, '2', '2'],
      ]);
      await watch.stop();
    });

    test('a watch ends when its signal aborts, and rejects with what its handler throws', async () => {
      const watch = collect(store, '/', 0);
      await watch.stop();
      const broken = store.watch(
        '/',
        0,
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
      await store.put('/a', bytes('2'), 1);
      await store.put('/b', bytes('3'), 0);
      await store.delete('/b', 3);
      await store.compact(4);
      expect(await store.compactedRevision()).toBe(4);
      expect(text((await store.get('/a'))?.value as Uint8Array)).toBe('2');
      await expect(store.list('/', { revision: 3 })).rejects.toBeInstanceOf(CompactedError);
      await expect(collect(store, '/', 3).done).rejects.toBeInstanceOf(CompactedError);
      const watch = collect(store, '/', 4);
      await store.put('/a', bytes('4'), 2);
      expect((await watch.until(1))[0]).toMatchObject({ revision: 5 });
      expect(text((await watch.until(1))[0]?.previous as Uint8Array)).toBe('2');
      await watch.stop();
    });

    test('whatever the writers and compactions do, every watcher sees every revision once, in order', async () => {
      await fc.assert(
        fc.asyncProperty(
          fc.array(
            fc.record({
              op: fc.constantFrom('put' as const, 'delete' as const, 'compact' as const, 'watch' as const),
              key: fc.integer({ min: 0, max: 3 }),
            }),
            { maxLength: 40 },
          ),
          async (steps) => {
            const base = await store.revision();
            const prefix = `/run-${base}/`;
            const model = new Map<string, { value: string; revision: number }>();
            const log: Array<[string, number]> = [];
            const watches: Array<{ from: number; watch: ReturnType<typeof collect> }> = [];
            for (const [index, step] of steps.entries()) {
              const key = `${prefix}${step.key}`;
              const known = model.get(key);
              if (step.op === 'compact') await store.compact(await store.revision());
              else if (step.op === 'watch') {
                const from = await store.revision();
                watches.push({ from, watch: collect(store, prefix, from) });
              } else if (step.op === 'put') {
                const { revision } = await store.put(key, bytes(`${index}`), known?.revision ?? 0);
                model.set(key, { value: `${index}`, revision });
                log.push([key, revision]);
              } else if (known) {
                const { revision } = await store.delete(key, known.revision);
                model.delete(key);
                log.push([key, revision]);
              }
            }
            const listed = (await store.list(prefix)).entries.map((e) => [e.key, text(e.value), e.revision]);
            expect(listed).toEqual(
              [...model].sort(([a], [b]) => (a < b ? -1 : 1)).map(([k, v]) => [k, v.value, v.revision]),
            );
            for (const { from, watch } of watches) {
              const due = log.filter(([, revision]) => revision > from);
              await watch.until(due.length);
              expect(watch.events.map((e) => [e.key, e.revision])).toEqual(due);
              await watch.stop();
            }
          },
        ),
        { numRuns: 40 },
      );
    });

    if (backend.reopen) {
      const reopen = backend.reopen;
      test('everything acknowledged is there when it is opened again', async () => {
        for (let i = 0; i < 50; i++) await store.put(`/k${i}`, bytes(`${i}`), 0);
        await store.delete('/k7', 8);
        await store.compact(20);
        await store.close();
        store = await reopen();
        expect(await store.revision()).toBe(51);
        expect(await store.compactedRevision()).toBe(20);
        expect((await store.list('/')).entries).toHaveLength(49);
        expect(await store.put('/new', bytes('x'), 0)).toEqual({ revision: 52 });
      });
    }
  });
}
