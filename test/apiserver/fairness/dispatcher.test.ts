import type { LevelConfig } from '../../../runtime/apiserver/fairness/config';
import { Dispatcher, type Release } from '../../../runtime/apiserver/fairness/dispatcher';
import { FakeClock } from '../../../runtime/util/fake-clock';

const config = (name: string, shares: number, more: Partial<LevelConfig> = {}): LevelConfig => ({
  name,
  uid: name,
  exempt: false,
  shares,
  lendablePercent: 0,
  borrowingLimitPercent: undefined,
  queuing: { perFlow: 100, total: 1000 },
  ...more,
});

let clock: FakeClock;
beforeEach(() => {
  clock = new FakeClock();
});

/** A dispatcher with requests by name: who has seats, who was refused. */
function dispatcherOf(seats: number, ...levels: LevelConfig[]) {
  const dispatcher = new Dispatcher({ seats, clock });
  dispatcher.configure(levels);
  const running = new Map<string, Release>();
  const order: string[] = [];
  const refused: string[] = [];
  const gone = new Map<string, () => void>();
  return {
    dispatcher,
    running,
    order,
    refused,
    gone,
    async enter(level: string, flow: string, name: string, wanted = 1): Promise<void> {
      const whenGone = (fn: () => void) => gone.set(name, fn);
      dispatcher.enter({ level, flow, seats: wanted, whenGone }).then(
        (release) => {
          running.set(name, release);
          order.push(name);
        },
        (error) => refused.push(`${name}: ${error.code} ${error.details.retryAfterSeconds}`),
      );
      await clock.advance(0);
    },
    async leave(name: string): Promise<void> {
      running.get(name)?.();
      running.delete(name);
      await clock.advance(0);
    },
  };
}

it('no more requests run than the level has seats; the others follow as seats are given back', async () => {
  const of = dispatcherOf(2, config('work', 1));
  for (const name of ['a', 'b', 'c', 'd']) await of.enter('work', 'ann', name);
  expect([...of.running.keys()]).toEqual(['a', 'b']);
  await of.leave('a');
  expect([...of.running.keys()]).toEqual(['b', 'c']);
  expect(of.refused).toEqual([]);
});

it('a flow with a thousand requests does not delay another by more than one of them', async () => {
  const of = dispatcherOf(1, config('work', 1, { queuing: { perFlow: 1000, total: 2000 } }));
  for (let i = 0; i < 1000; i++) await of.enter('work', 'loop', `loop-${i}`);
  await of.enter('work', 'ann', 'ann');
  await of.leave('loop-0');
  await of.leave(of.order.at(-1) as string);
  expect(of.order.slice(0, 3)).toContain('ann');
});

it('seats are divided among flows, not requests', async () => {
  const of = dispatcherOf(10, config('work', 1));
  await of.enter('work', 'first', 'first', 10);
  for (let i = 0; i < 10; i++) {
    await of.enter('work', 'heavy', `heavy-${i}`, 5);
    for (let j = 0; j < 5; j++) await of.enter('work', 'light', `light-${i}-${j}`, 1);
  }
  for (let i = 0; i < 30; i++) await of.leave(of.running.keys().next().value as string);
  const heavy = of.order.filter((name) => name.startsWith('heavy')).length * 5;
  const light = of.order.filter((name) => name.startsWith('light')).length;
  expect(Math.abs(heavy - light)).toBeLessThanOrEqual(10);
});

it('a level that lends nothing always has its seats, whatever others ask for', async () => {
  const of = dispatcherOf(10, config('nodes', 5), config('work', 5));
  for (let i = 0; i < 50; i++) await of.enter('work', 'loop', `loop-${i}`);
  expect(of.running.size).toBe(5);
  await of.enter('nodes', 'node-a', 'heartbeat');
  expect(of.running.has('heartbeat')).toBe(true);
});

it('what a level lends is used by others while it is free, up to what they may borrow', async () => {
  const free = dispatcherOf(10, config('nodes', 5, { lendablePercent: 60 }), config('work', 5));
  for (let i = 0; i < 50; i++) await free.enter('work', 'loop', `loop-${i}`);
  expect(free.running.size).toBe(8);
  await free.enter('nodes', 'n', 'n', 2);
  expect(free.running.has('n')).toBe(true);

  const bound = dispatcherOf(
    10,
    config('nodes', 5, { lendablePercent: 60 }),
    config('work', 5, { borrowingLimitPercent: 20 }),
  );
  for (let i = 0; i < 50; i++) await bound.enter('work', 'loop', `loop-${i}`);
  expect(bound.running.size).toBe(6);
});

it('a request that takes more seats than its level has takes all of them', async () => {
  const of = dispatcherOf(4, config('work', 1));
  await of.enter('work', 'ann', 'list', 10);
  await of.enter('work', 'ann', 'get', 1);
  expect([...of.running.keys()]).toEqual(['list']);
  await of.leave('list');
  expect([...of.running.keys()]).toEqual(['get']);
});

describe('too many requests', () => {
  it('are refused at once by a level without queues', async () => {
    const of = dispatcherOf(1, config('work', 1, { queuing: undefined }));
    await of.enter('work', 'ann', 'a');
    await of.enter('work', 'ann', 'b');
    expect(of.refused).toEqual(['b: 429 1']);
  });

  it('are refused where the queue is full, of one flow and of all', async () => {
    const of = dispatcherOf(1, config('work', 1, { queuing: { perFlow: 2, total: 3 } }));
    await of.enter('work', 'ann', 'runs');
    for (const name of ['a', 'b', 'c']) await of.enter('work', 'ann', name);
    for (const name of ['d', 'e']) await of.enter('work', 'bob', name);
    expect(of.refused).toEqual(['c: 429 1', 'e: 429 1']);
  });

  it('are refused when they have waited too long', async () => {
    const of = dispatcherOf(1, config('work', 1));
    await of.enter('work', 'ann', 'runs');
    await of.enter('work', 'ann', 'waits');
    await clock.advance(14_999);
    expect(of.refused).toEqual([]);
    await clock.advance(1);
    expect(of.refused).toEqual(['waits: 429 1']);
    expect(clock.waiting).toBe(0);
  });
});

it('who goes away while waiting takes no seat', async () => {
  const of = dispatcherOf(1, config('work', 1));
  for (const name of ['runs', 'goes', 'stays']) await of.enter('work', 'ann', name);
  of.gone.get('goes')?.();
  await of.leave('runs');
  expect(of.order).toEqual(['runs', 'stays']);
});

it('giving seats back twice gives them once', async () => {
  const of = dispatcherOf(1, config('work', 1));
  for (const name of ['a', 'b', 'c']) await of.enter('work', 'ann', name);
  const release = of.running.get('a');
  release?.();
  release?.();
  await clock.advance(0);
  expect(of.order).toEqual(['a', 'b']);
});

it('a change of the configuration reaches what waits; a level that is gone lets its requests finish', async () => {
  const of = dispatcherOf(4, config('work', 1), config('more', 3));
  for (const name of ['a', 'b', 'c']) await of.enter('work', 'ann', name);
  expect(of.order).toEqual(['a']);
  of.dispatcher.configure([config('work', 1)]);
  await clock.advance(0);
  expect(of.order).toEqual(['a', 'b', 'c']);
  of.dispatcher.configure([config('other', 1)]);
  for (const name of ['a', 'b', 'c']) await of.leave(name);
  await expect(of.dispatcher.enter({ level: 'more', flow: '', seats: 1, whenGone: () => {} })).rejects.toThrow(
    'no priority level more',
  );
});
