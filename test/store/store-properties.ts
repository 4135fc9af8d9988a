import fc from 'fast-check';
import { CompactedError, ConflictError, type Store } from '../../runtime/store/store';
import { collect, type StoreBackend } from './store-backend';

/** Added to a revision it gives one that no write of a run has: one more could be that of a write under way. */
const neverReached = 1_000_000;

const bytes = (value: string) => Buffer.from(value);

type Step =
  | { op: 'write'; key: number; delete: boolean; stale: boolean; wait: boolean }
  | { op: 'watch'; back: number; wait: boolean }
  | { op: 'compact'; back: number; wait: boolean }
  | { op: 'list'; back: number; wait: boolean };

const back = fc.nat({ max: 8 });
const wait = fc.boolean();
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      op: fc.constant('write' as const),
      key: fc.nat({ max: 3 }),
      delete: fc.boolean(),
      stale: fc.integer({ min: 0, max: 5 }).map((n) => n === 0),
      wait,
    }),
  },
  { weight: 2, arbitrary: fc.record({ op: fc.constant('watch' as const), back, wait }) },
  { weight: 1, arbitrary: fc.record({ op: fc.constant('compact' as const), back, wait }) },
  { weight: 2, arbitrary: fc.record({ op: fc.constant('list' as const), back, wait }) },
);

interface Written {
  key: string;
  revision: number;
  /** Undefined for a deletion. */
  value: string | undefined;
}

/**
 * Writers, watchers, lists and compactions at once, most of them not waited for. Afterwards a log of the acknowledged
 * writes, in revision order, must explain everything that anybody saw. fast-check prints the seed of a failure.
 */
export function storeProperties(backend: StoreBackend, current: () => Store): void {
  test('whatever the interleaving, every watcher sees every revision once and in order, and lists are snapshots', async () => {
    let runs = 0;
    const property = fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (steps) => {
      await new Run(current(), `/run-${runs++}/`).check(steps);
    });
    const numRuns = backend.propertyRuns ?? 100;
    await fc.assert(property, { numRuns, interruptAfterTimeLimit: 20_000 });
  });
}

class Run {
  private readonly log: Written[] = [];
  private readonly underWay: Promise<void>[] = [];
  private readonly watches: Array<{ from: number; watch: ReturnType<typeof collect> }> = [];
  private readonly lists: Array<{ revision: number; shown: string[] }> = [];

  constructor(
    private readonly store: Store,
    private readonly prefix: string,
  ) {}

  async check(steps: Step[]): Promise<void> {
    for (const [index, step] of steps.entries()) {
      const done = this.take(step, index);
      this.underWay.push(done);
      // A failure is found below; until then nobody may call it unhandled.
      done.catch(() => {});
      if (step.wait) await done;
    }
    await Promise.all(this.underWay);
    this.log.sort((a, b) => a.revision - b.revision);
    expect(new Set(this.log.map(({ revision }) => revision)).size).toBe(this.log.length);
    const { entries, revision } = await this.store.list(this.prefix);
    expect(entries.map((entry) => `${entry.key} ${entry.revision} ${Buffer.from(entry.value)}`)).toEqual(
      this.stateAt(revision),
    );
    for (const list of this.lists) expect(list.shown).toEqual(this.stateAt(list.revision));
    for (const { from, watch } of this.watches) await this.checkWatch(from, watch);
  }

  private take(step: Step, index: number): Promise<void> {
    switch (step.op) {
      case 'write':
        return this.write(step, index);
      case 'watch':
        return this.watch(step.back);
      case 'compact':
        return this.compact(step.back);
      case 'list':
        return this.list(step.back);
    }
  }

  private async write(step: Step & { op: 'write' }, index: number): Promise<void> {
    const key = `${this.prefix}${step.key}`;
    const known = await this.store.get(key);
    const expected = (known?.revision ?? 0) + (step.stale ? neverReached : 0);
    try {
      if (step.delete && known) {
        const { revision } = await this.store.delete(key, expected);
        this.log.push({ key, revision, value: undefined });
      } else {
        const { revision } = await this.store.put(key, bytes(`${index}`), expected);
        this.log.push({ key, revision, value: `${index}` });
      }
      expect(step.stale).toBe(false);
    } catch (error) {
      if (!(error instanceof ConflictError)) throw error;
    }
  }

  private async watch(steps: number): Promise<void> {
    const from = Math.max(0, (await this.store.revision()) - steps);
    this.watches.push({ from, watch: collect(this.store, this.prefix, from) });
  }

  private async compact(steps: number): Promise<void> {
    const revision = Math.max(0, (await this.store.revision()) - steps);
    await this.store.compact(revision);
  }

  private async list(steps: number): Promise<void> {
    const present = await this.store.revision();
    try {
      const asked = steps === 0 ? {} : { revision: Math.max(0, present - steps) };
      const { entries, revision } = await this.store.list(this.prefix, asked);
      const shown = entries.map((entry) => `${entry.key} ${entry.revision} ${Buffer.from(entry.value)}`);
      if (steps > 0) expect(revision).toBe(asked.revision);
      else expect(revision).toBeGreaterThanOrEqual(present);
      this.lists.push({ revision, shown });
    } catch (error) {
      if (!(error instanceof CompactedError)) throw error;
      // Too old is said only of what was compacted: here, or by a run before in the same store.
      expect(present - steps).toBeLessThan(await this.store.compactedRevision());
    }
  }

  private stateAt(revision: number): string[] {
    const state = new Map<string, string>();
    for (const written of this.log) {
      if (written.revision > revision) break;
      if (written.value === undefined) state.delete(written.key);
      else state.set(written.key, `${written.key} ${written.revision} ${written.value}`);
    }
    return [...state].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, shown]) => shown);
  }

  private async checkWatch(from: number, watch: ReturnType<typeof collect>): Promise<void> {
    const due = this.log.filter(({ revision }) => revision > from);
    const refused = await Promise.race([
      watch.done.then(
        () => undefined,
        (error: unknown) => error,
      ),
      watch.until(due.length).then(() => undefined),
    ]);
    if (refused !== undefined) {
      expect(refused).toBeInstanceOf(CompactedError);
      expect(from).toBeLessThan(await this.store.compactedRevision());
    } else expect(watch.events.map((event) => event.revision)).toEqual(due.map(({ revision }) => revision));
    // Even one that was cut off saw a beginning without a gap.
    const seen = watch.events;
    expect(seen.map(({ type, key, revision }) => [type, key, revision])).toEqual(
      due
        .slice(0, seen.length)
        .map(({ key, revision, value }) => [value === undefined ? 'delete' : 'put', key, revision]),
    );
    for (const event of seen) {
      const before = this.log.filter(({ key, revision }) => key === event.key && revision < event.revision).at(-1);
      expect(event.previous && Buffer.from(event.previous).toString()).toBe(before?.value);
    }
    await watch.stop().catch(() => {});
  }
}
