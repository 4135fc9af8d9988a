import fc from 'fast-check';
import { ApiServer } from '../../runtime/apiserver/api-server';
import type { ApiClient, WatchEvent } from '../../runtime/client/client';
import type { ConfigMap } from '../../runtime/kube/generated/types';
import { kinds } from '../../runtime/kube/kinds';
import { configMaps } from '../../runtime/kube/resource';
import { StatusError } from '../../runtime/kube/status-error';
import { createCa } from '../../runtime/pki/ca';
import type { KeyPair } from '../../runtime/pki/pki';
import { MemoryStore } from '../../runtime/store/memory-store';
import { FakeClock } from '../../runtime/util/fake-clock';

const namespace = 'default';
/** Objects labelled otherwise come into this selection and leave it. */
const selector = 'app=a';

const index = fc.nat({ max: 3 });
const step = fc.oneof(
  { weight: 6, arbitrary: fc.record({ op: fc.constant('write' as const), index, inside: fc.boolean() }) },
  { weight: 2, arbitrary: fc.record({ op: fc.constant('delete' as const), index }) },
  {
    weight: 4,
    arbitrary: fc.record({ op: fc.constant('watch' as const), back: fc.nat({ max: 12 }), some: fc.boolean() }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ op: fc.constant('list' as const), back: fc.nat({ max: 12 }), limit: fc.nat({ max: 3 }) }),
  },
  { weight: 2, arbitrary: fc.record({ op: fc.constant('bookmark' as const) }) },
  { weight: 1, arbitrary: fc.record({ op: fc.constant('compact' as const), back: fc.nat({ max: 4 }) }) },
  { weight: 1, arbitrary: fc.record({ op: fc.constant('restart' as const) }) },
);
type Step = typeof step extends fc.Arbitrary<infer S> ? S : never;

let ca: KeyPair;
beforeAll(async () => {
  ca = await createCa(Date.now());
});

test('list and watch from any resourceVersion give the state; 410 only after compaction; bookmarks never lie', async () => {
  const property = fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 40 }), async (steps) => {
    const run = await Run.start();
    try {
      for (const [number, each] of steps.entries()) await run.take(each, number);
      await run.check();
    } finally {
      await run.stop();
    }
  });
  await fc.assert(property, { numRuns: 40, interruptAfterTimeLimit: 8_000 });
});

interface Written {
  revision: number;
  name: string;
  /** Undefined once deleted. */
  object: { value: string; inside: boolean } | undefined;
}

interface Watching {
  from: number;
  some: boolean;
  events: WatchEvent<ConfigMap>[];
  abort: AbortController;
  done: Promise<StatusError | undefined>;
  /** Resolves when the sentinel has come. */
  complete: Promise<void>;
}

class Run {
  private readonly log: Written[] = [];
  private readonly watches: Watching[] = [];
  private first = 0;

  private constructor(
    private readonly store: MemoryStore,
    private readonly clock: FakeClock,
    private readonly servers: ApiServer[],
  ) {}

  static async start(): Promise<Run> {
    const store = new MemoryStore();
    const clock = new FakeClock(Date.now());
    const run = new Run(store, clock, []);
    await run.restart();
    run.first = await store.revision();
    return run;
  }

  async take(step: Step, number: number): Promise<void> {
    switch (step.op) {
      case 'write':
        return this.write(`c${step.index}`, `${number}`, step.inside);
      case 'delete':
        return this.delete(`c${step.index}`);
      case 'watch':
        this.watches.push(this.watch(Math.max(this.first, (await this.store.revision()) - step.back), step.some));
        return;
      case 'list':
        return this.list(Math.max(this.first, (await this.store.revision()) - step.back), step.limit, number);
      case 'bookmark':
        await this.clock.advance(60_000);
        return;
      case 'compact':
        return this.store.compact(Math.max(this.first, (await this.store.revision()) - step.back));
      case 'restart':
        return this.restart();
    }
  }

  async check(): Promise<void> {
    await this.write('sentinel', 'end', true);
    for (const watch of this.watches) {
      const failure = await Promise.race([watch.done, watch.complete.then(() => undefined)]);
      if (failure) {
        expect(failure.reason).toBe('Expired');
        expect(watch.from).toBeLessThan(await this.store.compactedRevision());
        continue;
      }
      this.replay(watch);
    }
  }

  async stop(): Promise<void> {
    for (const watch of this.watches) watch.abort.abort();
    for (const server of this.servers) await server.close();
  }

  /** The watcher's view, event by event, beside what was written. */
  private replay({ from, some, events }: Watching): void {
    const view = this.stateAt(from, some);
    let seen = from;
    for (const { type, object } of events) {
      const { resourceVersion = '', name = '' } = object.metadata;
      const revision = Number(resourceVersion);
      if (type === 'BOOKMARK') {
        expect(revision).toBeGreaterThanOrEqual(seen);
        expect(view).toEqual(this.stateAt(revision, some));
      } else {
        expect(revision).toBeGreaterThan(seen);
        expect(type === 'ADDED').toBe(!view.has(name));
        if (type === 'DELETED') view.delete(name);
        else view.set(name, object.data?.value ?? '');
        expect(view).toEqual(this.stateAt(revision, some));
      }
      seen = revision;
    }
    expect(view).toEqual(this.stateAt(Number.POSITIVE_INFINITY, some));
  }

  private stateAt(revision: number, some: boolean): Map<string, string> {
    const state = new Map<string, string>();
    for (const { revision: at, name, object } of this.log) {
      if (at > revision) break;
      if (object && (object.inside || !some)) state.set(name, object.value);
      else state.delete(name);
    }
    return state;
  }

  private get client(): ApiClient {
    return (this.servers.at(-1) as ApiServer).client('test');
  }

  /** Another server over the same store: its cache knows nothing of what was before. */
  private async restart(): Promise<void> {
    this.servers.push(await ApiServer.create({ store: this.store, kinds, ca, clock: this.clock }));
  }

  private async write(name: string, value: string, inside: boolean): Promise<void> {
    const known = this.log.filter((each) => each.name === name).at(-1)?.object;
    const object: ConfigMap = {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { namespace, name, labels: { app: inside ? 'a' : 'b' } },
      data: { value },
    };
    const written = await (known ? this.client.update(configMaps, object) : this.client.create(configMaps, object));
    this.log.push({ revision: Number(written.metadata.resourceVersion), name, object: { value, inside } });
  }

  private async delete(name: string): Promise<void> {
    if (!this.log.filter((each) => each.name === name).at(-1)?.object) return;
    await this.client.delete(configMaps, { namespace, name });
    this.log.push({ revision: await this.store.revision(), name, object: undefined });
  }

  private watch(from: number, some: boolean): Watching {
    const abort = new AbortController();
    const events: WatchEvent<ConfigMap>[] = [];
    let complete = () => {};
    const watching: Watching = {
      from,
      some,
      events,
      abort,
      complete: new Promise((resolve) => {
        complete = resolve;
      }),
      done: Promise.resolve(undefined),
    };
    const query = {
      namespace,
      resourceVersion: String(from),
      allowWatchBookmarks: true,
      timeoutSeconds: 1_000_000,
      ...(some ? { labelSelector: selector } : {}),
    };
    const stream = this.client.watch(configMaps, query, abort.signal);
    watching.done = (async () => {
      try {
        for await (const event of stream) {
          events.push(event);
          if (event.object.metadata.name === 'sentinel') complete();
        }
        return undefined;
      } catch (error) {
        if (error instanceof StatusError) return error;
        throw error;
      }
    })();
    return watching;
  }

  /** A list at an exact version, page by page, with writes between the pages. */
  private async list(revision: number, limit: number, number: number): Promise<void> {
    const items: ConfigMap[] = [];
    try {
      const exact = { resourceVersion: String(revision), resourceVersionMatch: 'Exact' } as const;
      let page = await this.client.list(configMaps, { namespace, limit, ...exact });
      for (;;) {
        items.push(...page.items);
        expect(page.metadata.resourceVersion).toBe(String(revision));
        const token = page.metadata.continue;
        if (!token) break;
        await this.write(`c${number % 4}`, `${number}-${items.length}`, true);
        page = await this.client.list(configMaps, { namespace, limit, continue: token });
      }
    } catch (error) {
      if (!(error instanceof StatusError)) throw error;
      expect(error.reason).toBe('Expired');
      expect(revision).toBeLessThan(await this.store.compactedRevision());
      return;
    }
    const shown = items.filter(({ metadata }) => metadata.name?.startsWith('c'));
    expect(new Map(shown.map(({ metadata, data }) => [metadata.name, data?.value]))).toEqual(
      this.stateAt(revision, false),
    );
  }
}
