interface Pending<W> {
  write: W;
  resolve(): void;
  reject(error: unknown): void;
}

/**
 * Writes of many clients in one durable commit: while a commit is under way, new writes wait together for the next.
 *
 * Invariants: commits do not overlap; writes are committed in the order in which they were added; when a commit
 * fails, its writes and all that wait behind it fail, since each may build on an earlier one.
 */
export class GroupCommit<W> {
  private waiting: Pending<W>[] = [];
  private running: Promise<void> | undefined;

  constructor(
    private readonly commit: (writes: W[]) => Promise<void>,
    /** Called after a durable commit, before its writers are told. */
    private readonly committed: (writes: W[]) => void,
    /** Called after a failed commit with every write that failed with it, before their writers are told. */
    private readonly failed: (writes: W[]) => void,
  ) {}

  /** Resolves once the write is durable. */
  add(write: W): Promise<void> {
    return new Promise((resolve, reject) => {
      this.waiting.push({ write, resolve, reject });
      this.running ??= this.run();
    });
  }

  /** Resolves when nothing waits. */
  async idle(): Promise<void> {
    while (this.running) await this.running;
  }

  private async run(): Promise<void> {
    // One turn later, so that the writes of this turn share the first commit.
    await Promise.resolve();
    while (this.waiting.length > 0) {
      const batch = this.waiting;
      this.waiting = [];
      const writes = batch.map((pending) => pending.write);
      try {
        await this.commit(writes);
      } catch (error) {
        const all = [...batch, ...this.waiting];
        this.waiting = [];
        this.failed(all.map((pending) => pending.write));
        for (const pending of all) pending.reject(error);
        continue;
      }
      this.committed(writes);
      for (const pending of batch) pending.resolve();
    }
    this.running = undefined;
  }
}
