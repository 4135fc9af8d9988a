import { isStatusError } from '../kube/status-error';
import type { Clock } from '../util/clock';
import type { Logger } from '../util/logger';
import { WorkQueue, type WorkQueueOptions } from './work-queue';

/** What a reconcile asks for; nothing: call again when something changes. */
export interface ReconcileResult {
  /** Call again after this many milliseconds. */
  requeueAfterMs?: number;
}

// biome-ignore lint/suspicious/noConfusingVoidType: a reconcile that asks for nothing simply ends
export type Reconcile = (key: string, signal: AbortSignal) => Promise<ReconcileResult | void>;

export interface ControllerOptions extends Pick<WorkQueueOptions, 'baseDelayMs' | 'maxDelayMs' | 'minIntervalMs'> {
  name: string;
  clock: Clock;
  logger: Logger;
  /** Keys worked on at the same time; never the same key twice. @default 4 */
  concurrency?: number;
  /**
   * Brings the world in line with the state as it is now; never looks at what event led here. Throwing asks for
   * another try, later and later.
   */
  reconcile: Reconcile;
}

/** A level-based control loop over keys. Keys may be enqueued before it is started. */
export class Controller {
  private readonly queue: WorkQueue;
  private readonly abort = new AbortController();
  private workers: Promise<void>[] = [];

  constructor(private readonly options: ControllerOptions) {
    this.queue = new WorkQueue(options);
  }

  get signal(): AbortSignal {
    return this.abort.signal;
  }

  enqueue(key: string): void {
    this.queue.add(key);
  }

  enqueueAfter(key: string, ms: number): void {
    this.queue.addAfter(key, ms);
  }

  start(): void {
    if (this.workers.length > 0) return;
    this.workers = Array.from({ length: this.options.concurrency ?? 4 }, () => this.work());
  }

  /** Lets the reconciles that run finish, starts no more. */
  async stop(): Promise<void> {
    this.abort.abort();
    this.queue.close();
    await Promise.all(this.workers);
  }

  private async work(): Promise<void> {
    for (;;) {
      const key = await this.queue.take();
      if (key === undefined) return;
      await this.handle(key);
      this.queue.done(key);
    }
  }

  private async handle(key: string): Promise<void> {
    const { reconcile, logger, name } = this.options;
    try {
      const result = await reconcile(key, this.abort.signal);
      this.queue.forget(key);
      if (result?.requeueAfterMs !== undefined) this.queue.addAfter(key, result.requeueAfterMs);
    } catch (error) {
      if (this.abort.signal.aborted) return;
      this.queue.addRateLimited(key);
      // A conflict only says that the cache was behind: the next try sees the newer object.
      const expected = isStatusError(error, 'Conflict');
      const fields = { controller: name, key, error: error instanceof Error ? error.message : String(error) };
      if (expected) logger.debug(fields, 'reconcile raced with another writer; trying again');
      else logger.warn({ ...fields, retries: this.queue.retries(key) }, 'reconcile failed; trying again');
    }
  }
}
