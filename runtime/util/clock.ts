/** A timer that can be cancelled. */
export interface Timer {
  cancel(): void;
}

/**
 * The one way in which time comes in. Everything that reads the time or waits takes a Clock;
 * tests pass a FakeClock and never sleep.
 */
export interface Clock {
  /** Milliseconds since the Unix epoch (wall clock). */
  now(): number;
  /** Milliseconds on a clock that never goes back; for durations and deadlines. */
  monotonic(): number;
  /** Calls `fn` once after `ms` milliseconds. The timer does not keep the process alive. */
  after(ms: number, fn: () => void): Timer;
  /** Resolves after `ms` milliseconds, or at once when `signal` aborts (it never rejects). */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

/** `now` as Kubernetes' `metav1.Time`: RFC 3339, whole seconds, UTC. */
export function rfc3339(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19)}Z`;
}

/** `now` as Kubernetes' `metav1.MicroTime`: RFC 3339 with six decimals, UTC. */
export function rfc3339Micro(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 23)}000Z`;
}

/** The machine's own clock. */
export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  after(ms, fn) {
    const handle = setTimeout(fn, ms);
    handle.unref();
    return { cancel: () => clearTimeout(handle) };
  },
  sleep(ms, signal) {
    return new Promise((resolve) => {
      if (signal?.aborted) return resolve();
      const done = () => {
        clearTimeout(handle);
        signal?.removeEventListener('abort', done);
        resolve();
      };
      const handle = setTimeout(done, ms);
      signal?.addEventListener('abort', done, { once: true });
    });
  },
};
