import type { Clock, Timer } from './clock';

interface Waiter {
  due: number;
  order: number;
  fn: () => void;
}

/**
 * A clock that stands still until a test moves it. Timers fire in the order in which they are due,
 * and promises they settle run before the next one fires.
 */
export class FakeClock implements Clock {
  private waiters: Waiter[] = [];
  private order = 0;

  constructor(private time = Date.parse('2026-01-01T00:00:00Z')) {}

  now(): number {
    return this.time;
  }

  monotonic(): number {
    return this.time;
  }

  after(ms: number, fn: () => void): Timer {
    const waiter = { due: this.time + Math.max(0, ms), order: this.order++, fn };
    this.waiters.push(waiter);
    return {
      cancel: () => {
        this.waiters = this.waiters.filter((other) => other !== waiter);
      },
    };
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      if (signal?.aborted) return resolve();
      const done = () => {
        timer.cancel();
        signal?.removeEventListener('abort', done);
        resolve();
      };
      const timer = this.after(ms, done);
      signal?.addEventListener('abort', done, { once: true });
    });
  }

  /** How many timers wait. */
  get waiting(): number {
    return this.waiters.length;
  }

  /** Moves time on by `ms`, firing every timer that falls due, and settles what they started. */
  async advance(ms: number): Promise<void> {
    const end = this.time + ms;
    await settle();
    for (;;) {
      const next = this.waiters.filter((w) => w.due <= end).sort((a, b) => a.due - b.due || a.order - b.order)[0];
      if (!next) break;
      this.waiters = this.waiters.filter((w) => w !== next);
      this.time = Math.max(this.time, next.due);
      next.fn();
      await settle();
    }
    this.time = end;
    await settle();
  }
}

/** Lets promise chains that are ready run to their next wait. */
async function settle(): Promise<void> {
  for (let i = 0; i < 5; i++) await new Promise<void>((resolve) => setImmediate(resolve));
}
