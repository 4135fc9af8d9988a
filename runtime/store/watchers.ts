import type { StoreEvent, WatchHandler } from './store';

interface Watcher {
  prefix: string;
  handler: WatchHandler;
  stop(error?: unknown): void;
}

/** The live watchers of a store: each durable commit is given to all of them, in order. */
export class Watchers {
  private readonly all = new Set<Watcher>();

  /**
   * Registers a watcher that has seen everything up to now. Resolves when the signal aborts;
   * rejects with what the handler throws.
   */
  add(prefix: string, handler: WatchHandler, signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const end = () => watcher.stop();
      const watcher: Watcher = {
        prefix,
        handler,
        stop: (error) => {
          this.all.delete(watcher);
          signal.removeEventListener('abort', end);
          if (error === undefined) resolve();
          else reject(error);
        },
      };
      if (signal.aborted) return resolve();
      signal.addEventListener('abort', end, { once: true });
      this.all.add(watcher);
    });
  }

  publish(events: StoreEvent[], revision: number): void {
    for (const watcher of [...this.all]) {
      const own = events.filter((event) => event.key.startsWith(watcher.prefix));
      try {
        watcher.handler(own, revision);
      } catch (error) {
        watcher.stop(error ?? new Error('the watch handler failed'));
      }
    }
  }

  /** Ends all watches; with an error they reject with it. */
  stopAll(error?: Error): void {
    for (const watcher of [...this.all]) watcher.stop(error);
  }
}
