import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { z } from 'zod';
import { type Cidr, contains, formatCidr, formatIp, parseIp, sizeOf } from './cidr';

const Saved = z.object({
  cidr: z.string(),
  next: z.int().nonnegative(),
  pods: z.record(z.string(), z.string()),
});

/**
 * The addresses of one node's pods, kept in a file so that a pod keeps its own over restarts of the agent.
 *
 * 1. Two pods never hold one address, and a pod holds one.
 * 2. The block's first address (network), second (gateway) and last (broadcast) are never given.
 * 3. A freed address is given again as late as possible, so that what still talks to the old pod misses the new one.
 * 4. What was returned is in the file already.
 */
export class AddressPool {
  private readonly pods = new Map<string, number>();
  private readonly used = new Set<number>();
  private next = 2;
  private saving: Promise<void> = Promise.resolve();

  private constructor(
    private readonly file: string,
    readonly cidr: Cidr,
  ) {}

  /** Reads the file. One that is unreadable, or of another block, counts as empty. */
  static async open(file: string, cidr: Cidr): Promise<AddressPool> {
    const pool = new AddressPool(file, cidr);
    const text = await readFile(file, 'utf8').catch(() => '');
    const saved = Saved.safeParse(text ? safeJson(text) : undefined);
    if (saved.success && saved.data.cidr === formatCidr(cidr)) {
      pool.next = saved.data.next;
      for (const [uid, address] of Object.entries(saved.data.pods)) {
        const ip = parseIp(address);
        if (ip !== undefined && contains(cidr, ip) && !pool.used.has(ip)) pool.hold(uid, ip);
      }
    }
    return pool;
  }

  get gateway(): string {
    return formatIp(this.cidr.base + 1);
  }

  /** The pod's address, a free one when it has none yet. @throws Error when all are taken. */
  async allocate(podUid: string): Promise<{ ip: string; fresh: boolean }> {
    const held = this.pods.get(podUid);
    if (held !== undefined) return { ip: formatIp(held), fresh: false };
    const size = sizeOf(this.cidr);
    for (let tried = 0; tried < size; tried++) {
      const offset = (this.next + tried) % size;
      const ip = this.cidr.base + offset;
      if (offset < 2 || offset === size - 1 || this.used.has(ip)) continue;
      this.next = (offset + 1) % size;
      this.hold(podUid, ip);
      await this.save();
      return { ip: formatIp(ip), fresh: true };
    }
    throw new Error(`no free pod address in ${formatCidr(this.cidr)}: all ${Math.max(0, size - 3)} are in use`);
  }

  async free(podUid: string): Promise<void> {
    const ip = this.pods.get(podUid);
    if (ip === undefined) return;
    this.pods.delete(podUid);
    this.used.delete(ip);
    await this.save();
  }

  list(): Array<{ podUid: string; ip: string }> {
    return [...this.pods].map(([podUid, ip]) => ({ podUid, ip: formatIp(ip) }));
  }

  private hold(podUid: string, ip: number): void {
    this.pods.set(podUid, ip);
    this.used.add(ip);
  }

  /** Writes one after the other; each writes what holds when its turn comes. */
  private save(): Promise<void> {
    const write = async () => {
      const pods = Object.fromEntries(this.list().map(({ podUid, ip }) => [podUid, ip]));
      await mkdir(dirname(this.file), { recursive: true });
      await writeFile(`${this.file}.new`, JSON.stringify({ cidr: formatCidr(this.cidr), next: this.next, pods }));
      await rename(`${this.file}.new`, this.file);
    };
    this.saving = this.saving.then(write, write);
    return this.saving;
  }
}

function safeJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
