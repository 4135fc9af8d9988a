import type { Lease, Node } from '../../kube/generated/types';
import type { Clock, Timer } from '../../util/clock';
import type { Logger } from '../../util/logger';
import type { NodeProbe } from './seams';

export interface NodeHealthOptions {
  clock: Clock;
  logger: Logger;
  probe: NodeProbe | undefined;
  nodeOf(name: string): Node | undefined;
  /** The verdict on a node changed. */
  onChange(name: string): void;
}

interface Entry {
  /** When its Lease was last seen to be renewed, on our own clock: nodes' clocks are not trusted. */
  seenAt: number;
  renewTime: string | undefined;
  leaseMs: number;
  lost: boolean;
  timer?: Timer;
}

/** After a start or a stall the server has heard of nobody: that says nothing about the nodes. */
const GRACE_MS = 10_000;
/** A timer this late means that this process, not the node, was away. */
const STALL_MS = 1_000;
/** A node that has never had a Lease. */
const NEVER_RENEWED_MS = 60_000;
/** An agent that answers but cannot renew is given this long: the fault may be the server's. */
const ALIVE_LIMIT_MS = 40_000;
/** One that hangs, or has no processor to answer with, is given this long. */
const HANGING_LIMIT_MS = 10_000;
const HANGING_LOOK_MS = 1_000;
const LOOK_AGAIN_MS = 100;
/** So many probes in a row without a sign of life, once the connection broke. */
const SILENT_LOOKS = 2;

/**
 * Judges which nodes are lost: the Lease has not been renewed for its duration and the agent does not answer, or,
 * sooner, the node's connection broke and two probes in a row got nothing back, not even a refusal.
 */
export class NodeHealth {
  private readonly entries = new Map<string, Entry>();
  private graceUntil: number;

  constructor(private readonly options: NodeHealthOptions) {
    this.graceUntil = options.clock.monotonic() + GRACE_MS;
  }

  isLost(name: string): boolean {
    return this.entries.get(name)?.lost ?? false;
  }

  /**
   * Whether no node at all has been heard of for half its Lease: more likely our own network than all of theirs. They
   * are judged one after the other, so the last one's verdict must not be waited for.
   */
  get allSilent(): boolean {
    const now = this.options.clock.monotonic();
    const silent = ({ lost, seenAt, leaseMs }: Entry) => lost || now - seenAt > leaseMs / 2;
    return this.entries.size > 0 && [...this.entries.values()].every(silent);
  }

  track(name: string): void {
    if (this.entries.has(name)) return;
    const seenAt = this.options.clock.monotonic();
    const entry: Entry = { seenAt, renewTime: undefined, leaseMs: NEVER_RENEWED_MS, lost: false };
    this.entries.set(name, entry);
    this.arm(name, entry);
  }

  forget(name: string): void {
    this.entries.get(name)?.timer?.cancel();
    this.entries.delete(name);
  }

  /** A node's Lease as it is now. */
  lease(name: string, lease: Lease): void {
    const entry = this.entries.get(name);
    const renewTime = lease.spec?.renewTime;
    if (!entry || !renewTime || entry.renewTime === renewTime) return;
    const first = entry.renewTime === undefined;
    entry.renewTime = renewTime;
    entry.leaseMs = (lease.spec?.leaseDurationSeconds ?? 5) * 1000;
    entry.seenAt = this.options.clock.monotonic();
    if (entry.lost) {
      entry.lost = false;
      this.options.logger.info({ node: name }, 'node is back');
      this.options.onChange(name);
    } else if (!first) return; // The timer that runs looks again when it fires.
    this.arm(name, entry);
  }

  /** The node's connection to the server broke. */
  async connectionClosed(name: string): Promise<void> {
    const { clock, probe, nodeOf } = this.options;
    const entry = this.entries.get(name);
    const node = nodeOf(name);
    if (!entry || entry.lost || !probe || !node) return;
    const { seenAt } = entry;
    const until = clock.monotonic() + entry.leaseMs;
    // A host that goes down refuses for a moment before it is silent; an agent that starts again renews its Lease.
    for (let silent = 0; silent < SILENT_LOOKS; ) {
      silent = (await probe.probe(node)) === 'silent' ? silent + 1 : 0;
      if (this.entries.get(name) !== entry || entry.lost || entry.seenAt !== seenAt) return;
      if (clock.monotonic() >= until) return;
      if (silent < SILENT_LOOKS) await clock.sleep(LOOK_AGAIN_MS);
    }
    if (clock.monotonic() < this.graceUntil) return;
    this.judgeLost(name, entry, 'its connection broke and it does not answer');
  }

  close(): void {
    for (const name of [...this.entries.keys()]) this.forget(name);
  }

  private arm(name: string, entry: Entry, wait?: number): void {
    const { clock } = this.options;
    entry.timer?.cancel();
    const until = Math.max(entry.seenAt + entry.leaseMs, this.graceUntil);
    const ms = wait ?? Math.max(0, until - clock.monotonic());
    const due = clock.monotonic() + ms;
    entry.timer = clock.after(ms, () => {
      const late = clock.monotonic() - due;
      if (late > STALL_MS) {
        this.options.logger.warn({ lateMs: Math.round(late) }, 'the server was stalled; nodes get time to be heard');
        this.graceUntil = clock.monotonic() + GRACE_MS;
      }
      void this.look(name, entry);
    });
  }

  private async look(name: string, entry: Entry): Promise<void> {
    const { clock, probe, nodeOf } = this.options;
    const current = () => this.entries.get(name) === entry && !entry.lost;
    if (!current()) return;
    const silentFor = () => clock.monotonic() - entry.seenAt;
    if (silentFor() < entry.leaseMs || clock.monotonic() < this.graceUntil) return this.arm(name, entry);
    const node = nodeOf(name);
    const answer = probe && node ? await probe.probe(node) : 'silent';
    if (!current()) return;
    if (silentFor() < entry.leaseMs) return this.arm(name, entry);
    if (answer === 'alive' && silentFor() < ALIVE_LIMIT_MS) return this.arm(name, entry, 2_000);
    if (answer === 'accepted' && silentFor() < HANGING_LIMIT_MS) return this.arm(name, entry, HANGING_LOOK_MS);
    this.judgeLost(name, entry, 'its Lease was not renewed');
  }

  private judgeLost(name: string, entry: Entry, why: string): void {
    entry.timer?.cancel();
    entry.lost = true;
    this.options.logger.warn({ node: name, why }, 'node is lost');
    this.options.onChange(name);
  }
}
