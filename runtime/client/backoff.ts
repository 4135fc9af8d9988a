/** Exponential back-off with full-width jitter in its upper half: `base·2^n`, capped, times 0.5–1. */
export class Backoff {
  private failures = 0;

  constructor(
    private readonly baseMs: number,
    private readonly maxMs: number,
    /** Uniform in [0, 1). */
    private readonly random: () => number,
  ) {}

  /** Milliseconds to wait after one more failure. */
  next(): number {
    const full = Math.min(this.maxMs, this.baseMs * 2 ** Math.min(this.failures++, 30));
    return full * (0.5 + this.random() / 2);
  }

  reset(): void {
    this.failures = 0;
  }
}
