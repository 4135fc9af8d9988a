import type { Clock } from '../util/clock';

/** A watch that never tells what we did must not stop a controller for ever. */
const GIVE_UP_MS = 300_000;

/**
 * What a controller has done that its cache does not show yet. Until it does, the controller would count wrongly and
 * must neither create nor delete.
 */
export class Expectations {
  private readonly pending = new Map<string, { since: number; items: Set<string> }>();

  constructor(private readonly clock: Clock) {}

  /** `item` (a name that a watch event will carry) is expected to be seen on behalf of `key`. */
  expect(key: string, item: string): void {
    const entry = this.pending.get(key) ?? { since: 0, items: new Set<string>() };
    entry.since = this.clock.monotonic();
    entry.items.add(item);
    this.pending.set(key, entry);
  }

  /** The cache shows it now, or it will never come. */
  observed(key: string, item: string): void {
    const entry = this.pending.get(key);
    entry?.items.delete(item);
    if (entry?.items.size === 0) this.pending.delete(key);
  }

  /** Whether the cache shows everything done for `key`. */
  satisfied(key: string): boolean {
    const entry = this.pending.get(key);
    if (!entry) return true;
    if (this.clock.monotonic() - entry.since < GIVE_UP_MS) return false;
    this.pending.delete(key);
    return true;
  }

  forget(key: string): void {
    this.pending.delete(key);
  }
}
