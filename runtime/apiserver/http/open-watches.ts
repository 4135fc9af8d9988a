import type { Clock } from '../../util/clock';
import type { Shares } from '../../util/shares';
import type { User } from '../auth/user';
import { tooManyRequests } from '../fairness/dispatcher';

/** A watch's stream that has something to send. */
export interface Sender {
  flush(): void;
}

/** At most this long do frames wait so that more of them go out in one write. */
const maxRestMs = 8;

/**
 * The watches that run, so that they stay within bounds and a shutdown can end them, and when they are sent to. What comes in one turn goes out
 * together at its end. Where sending takes long, since many watch, as long again is left for more to come: a write to a
 * socket costs the same for one event as for ten, and writers get their turn in between.
 */
export class OpenWatches {
  private readonly ends = new Set<() => void>();
  private waiting: Sender[] = [];
  /** Until when, on the monotonic clock, the next sending rests. */
  private restUntil = 0;
  /** Bytes that wait for one watcher and that no other watcher shares. */
  ownBytes = 0;

  /** `maxOwnBytes` bounds `ownBytes`. */
  constructor(
    private readonly clock: Pick<Clock, 'monotonic' | 'after'>,
    private readonly shares: Shares,
    readonly maxOwnBytes: number,
  ) {}

  /** Counts a watch of a user. @returns what ends the counting. @throws StatusError 429 */
  begin({ name }: User): () => void {
    const release = this.shares.take(name);
    if (!release) throw tooManyRequests();
    return release;
  }

  add(end: () => void): () => void {
    this.ends.add(end);
    return () => this.ends.delete(end);
  }

  endAll(): void {
    for (const end of [...this.ends]) end();
  }

  /** Flushes a sender that has something to send, once. */
  flushSoon(sender: Sender): void {
    this.waiting.push(sender);
    if (this.waiting.length > 1) return;
    const rest = this.restUntil - this.clock.monotonic();
    if (rest > 0) this.clock.after(rest, () => this.flushAll());
    else setImmediate(() => this.flushAll());
  }

  private flushAll(): void {
    const senders = this.waiting;
    this.waiting = [];
    const begun = this.clock.monotonic();
    for (const sender of senders) sender.flush();
    lastTogether = undefined;
    // Streams send what they were given once this turn is over.
    process.nextTick(() => {
      const ended = this.clock.monotonic();
      this.restUntil = ended + Math.min(ended - begun, maxRestMs);
    });
  }
}

let lastTogether: { frames: Buffer[]; bytes: Buffer } | undefined;

/** Frames in one piece, which is made once for all watches that are sent the same in one turn. */
export function together(frames: Buffer[]): Buffer {
  if (frames.length === 1) return frames[0] as Buffer;
  const last = lastTogether?.frames;
  if (lastTogether && last?.length === frames.length && frames.every((frame, i) => frame === last[i])) {
    return lastTogether.bytes;
  }
  lastTogether = { frames, bytes: Buffer.concat(frames) };
  return lastTogether.bytes;
}
