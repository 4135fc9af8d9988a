import type { Clock, Timer } from '../util/clock';

/** Above this many, those whose rest is over are forgotten. */
const MAX_RESTING = 1_000;

export interface WorkQueueOptions {
  clock: Clock;
  /** Wait after the first failure; doubles with each. @default 5 */
  baseDelayMs?: number;
  /** @default 30000 */
  maxDelayMs?: number;
  /**
   * A key is handed out at most once in so many milliseconds: the first of a burst of events is acted on at once, the
   * rest together. @default 0
   */
  minIntervalMs?: number;
}

/**
 * A queue of keys.
 * 1. A key waits at most once: adding it again changes nothing.
 * 2. A key is never handed out twice at the same time: one added while it is worked on comes back after `done`.
 * 3. A delayed key comes at the earliest of the times asked for.
 * 4. Two takes of one key are at least `minIntervalMs` apart.
 */
export class WorkQueue {
  private readonly ready: string[] = [];
  private readonly waiting = new Set<string>();
  private readonly working = new Set<string>();
  private readonly delayed = new Map<string, { due: number; timer: Timer }>();
  private readonly failures = new Map<string, number>();
  /** When each key may be handed out again, while that is to come. */
  private readonly resting = new Map<string, number>();
  private readonly takers: Array<(key: string | undefined) => void> = [];
  private closed = false;

  constructor(private readonly options: WorkQueueOptions) {}

  add(key: string): void {
    if (this.closed || this.waiting.has(key)) return;
    const rest = (this.resting.get(key) ?? 0) - this.options.clock.monotonic();
    if (rest > 0) {
      this.addAfter(key, rest);
      return;
    }
    this.resting.delete(key);
    this.waiting.add(key);
    if (!this.working.has(key)) this.offer(key);
  }

  addAfter(key: string, ms: number): void {
    if (this.closed) return;
    if (ms <= 0) {
      this.add(key);
      return;
    }
    const due = this.options.clock.monotonic() + ms;
    const pending = this.delayed.get(key);
    if (pending) {
      if (pending.due <= due) return;
      pending.timer.cancel();
    }
    const timer = this.options.clock.after(ms, () => {
      this.delayed.delete(key);
      this.add(key);
    });
    this.delayed.set(key, { due, timer });
  }

  /** Adds after a wait that doubles with each failure since the last `forget`. */
  addRateLimited(key: string): void {
    const failures = this.failures.get(key) ?? 0;
    this.failures.set(key, failures + 1);
    const { baseDelayMs = 5, maxDelayMs = 30_000 } = this.options;
    this.addAfter(key, Math.min(maxDelayMs, baseDelayMs * 2 ** Math.min(failures, 30)));
  }

  /** The key succeeded: its next failure waits the base delay again. */
  forget(key: string): void {
    this.failures.delete(key);
  }

  /** Failures since the last `forget`. */
  retries(key: string): number {
    return this.failures.get(key) ?? 0;
  }

  /** The next key, or undefined once the queue is closed. Call `done` with it afterwards. */
  take(): Promise<string | undefined> {
    if (this.closed) return Promise.resolve(undefined);
    const key = this.ready.shift();
    if (key === undefined) return new Promise((resolve) => this.takers.push(resolve));
    return Promise.resolve(this.hand(key));
  }

  done(key: string): void {
    this.working.delete(key);
    if (this.waiting.has(key) && !this.closed) this.offer(key);
  }

  /** Keys that wait to be taken now. */
  get length(): number {
    return this.ready.length;
  }

  /** Forgets everything that waits and wakes every taker. */
  close(): void {
    this.closed = true;
    for (const { timer } of this.delayed.values()) timer.cancel();
    this.delayed.clear();
    this.ready.length = 0;
    for (const taker of this.takers.splice(0)) taker(undefined);
  }

  private offer(key: string): void {
    const taker = this.takers.shift();
    if (taker) taker(this.hand(key));
    else this.ready.push(key);
  }

  private hand(key: string): string {
    this.waiting.delete(key);
    this.working.add(key);
    if (this.options.minIntervalMs) this.rest(key, this.options.minIntervalMs);
    return key;
  }

  private rest(key: string, ms: number): void {
    const now = this.options.clock.monotonic();
    this.resting.set(key, now + ms);
    if (this.resting.size < MAX_RESTING) return;
    for (const [other, until] of this.resting) if (until <= now) this.resting.delete(other);
  }
}
