import type { Clock, Timer } from '../../util/clock';
import type { Logger } from '../../util/logger';

/** Runs tasks again and again until stopped; a failure is logged and the task goes on at its next time. */
export class Periodic {
  private readonly timers = new Map<string, Timer>();
  private readonly running = new Set<Promise<void>>();
  private stopped = false;

  constructor(
    private readonly clock: Clock,
    private readonly logger: Logger,
  ) {}

  /** The first run comes after one period. */
  every(periodMs: number, name: string, task: () => Promise<void>): void {
    const timer = this.clock.after(periodMs, () => {
      const run = task()
        .catch((error: unknown) => this.logger.warn({ task: name, error: String(error) }, 'a periodic task failed'))
        .finally(() => {
          this.running.delete(run);
          if (!this.stopped) this.every(periodMs, name, task);
        });
      this.running.add(run);
    });
    this.timers.set(name, timer);
  }

  /** Resolves when no task runs any more. */
  async stop(): Promise<void> {
    this.stopped = true;
    for (const timer of this.timers.values()) timer.cancel();
    await Promise.all(this.running);
  }
}
