import { Controller } from '../../runtime/client/controller';
import { WorkQueue } from '../../runtime/client/work-queue';
import { StatusError } from '../../runtime/kube/status-error';
import { FakeClock } from '../../runtime/util/fake-clock';
import { silentLogger } from '../../runtime/util/logger';

describe('WorkQueue', () => {
  test('a key waits once', async () => {
    const queue = new WorkQueue({ clock: new FakeClock() });
    queue.add('a');
    queue.add('a');
    queue.add('b');
    expect([await queue.take(), await queue.take()]).toEqual(['a', 'b']);
    expect(queue.length).toBe(0);
  });

  test('a key added while it is worked on comes back only after done', async () => {
    const queue = new WorkQueue({ clock: new FakeClock() });
    queue.add('a');
    await queue.take();
    queue.add('a');
    expect(queue.length).toBe(0);
    queue.done('a');
    await expect(queue.take()).resolves.toBe('a');
  });

  test('the earliest delay wins', async () => {
    const clock = new FakeClock();
    const queue = new WorkQueue({ clock });
    queue.addAfter('a', 1_000);
    queue.addAfter('a', 100);
    queue.addAfter('a', 500);
    await clock.advance(99);
    expect(queue.length).toBe(0);
    await clock.advance(1);
    expect(queue.length).toBe(1);
    expect(clock.waiting).toBe(0);
  });

  test('failures wait longer and longer, up to the limit; forget starts over', async () => {
    const clock = new FakeClock();
    const queue = new WorkQueue({ clock, baseDelayMs: 10, maxDelayMs: 35 });
    for (const wait of [10, 20, 35, 35]) {
      queue.addRateLimited('a');
      await clock.advance(wait - 1);
      expect(queue.length).toBe(0);
      await clock.advance(1);
      queue.done((await queue.take()) as string);
    }
    expect(queue.retries('a')).toBe(4);
    queue.forget('a');
    queue.addRateLimited('a');
    await clock.advance(10);
    expect(queue.length).toBe(1);
  });

  test('a burst is taken at once and then together', async () => {
    const clock = new FakeClock();
    const queue = new WorkQueue({ clock, minIntervalMs: 20 });
    const taken: number[] = [];
    const start = clock.now();
    for (let i = 0; i < 50; i++) {
      queue.add('a');
      if (queue.length > 0) {
        taken.push(clock.now() - start);
        queue.done((await queue.take()) as string);
      }
      await clock.advance(1);
    }
    expect(taken).toEqual([0, 20, 40]);
  });

  test('closing wakes takers and drops what waits', async () => {
    const clock = new FakeClock();
    const queue = new WorkQueue({ clock });
    const taker = queue.take();
    queue.addAfter('a', 10);
    queue.close();
    await expect(taker).resolves.toBeUndefined();
    expect(clock.waiting).toBe(0);
  });
});

describe('Controller', () => {
  test('reconciles one key at a time, different keys together', async () => {
    const clock = new FakeClock();
    const running: string[] = [];
    let most = 0;
    const controller = new Controller({
      name: 'test',
      clock,
      logger: silentLogger,
      concurrency: 8,
      async reconcile(key) {
        expect(running).not.toContain(key);
        running.push(key);
        most = Math.max(most, running.length);
        await clock.sleep(10);
        running.splice(running.indexOf(key), 1);
      },
    });
    controller.start();
    for (let i = 0; i < 5; i++) {
      for (const key of ['a', 'b', 'c']) controller.enqueue(key);
      await clock.advance(5);
    }
    await clock.advance(100);
    expect(most).toBe(3);
    await controller.stop();
  });

  test('tries again after a failure, and calls back when asked', async () => {
    const clock = new FakeClock();
    const at: number[] = [];
    const start = clock.now();
    const controller = new Controller({
      name: 'test',
      clock,
      logger: silentLogger,
      async reconcile() {
        at.push(clock.now() - start);
        if (at.length <= 2) throw new StatusError('Conflict', 'raced');
        if (at.length === 3) return { requeueAfterMs: 100 };
      },
    });
    controller.start();
    controller.enqueue('a');
    await clock.advance(1_000);
    expect(at).toEqual([0, 5, 15, 115]);
    await controller.stop();
  });
});
