import { ConflictError, type Store } from '../../store/store';

const prefix = '/allocations/';

/**
 * Values that at most one owner has at a time, as keys of the store: whoever creates the key has the value. Works for
 * several servers over one store.
 */
export class Allocations {
  constructor(
    private readonly store: Store,
    /** `clusterips`, `nodeports`. */
    private readonly range: string,
  ) {}

  /** Takes a value for an owner. False when somebody else has it. */
  async take(value: string, owner: string): Promise<boolean> {
    try {
      await this.store.put(this.key(value), Buffer.from(owner), 0);
      return true;
    } catch (error) {
      if (error instanceof ConflictError) return false;
      throw error;
    }
  }

  /** Gives a value back. Not having it is success. */
  async release(value: string, owner: string): Promise<void> {
    const entry = await this.store.get(this.key(value));
    if (!entry || Buffer.from(entry.value).toString() !== owner) return;
    try {
      await this.store.delete(entry.key, entry.revision);
    } catch (error) {
      if (!(error instanceof ConflictError)) throw error;
    }
  }

  /** The values taken, with their owners. */
  async all(): Promise<Map<string, string>> {
    const { entries } = await this.store.list(this.key(''));
    return new Map(entries.map(({ key, value }) => [key.slice(this.key('').length), Buffer.from(value).toString()]));
  }

  private key(value: string): string {
    return `${prefix}${this.range}/${value}`;
  }
}
