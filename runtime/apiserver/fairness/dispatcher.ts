import { StatusError } from '../../kube/status-error';
import type { Clock } from '../../util/clock';
import type { LevelConfig } from './config';
import { Level } from './level';

export interface DispatcherOptions {
  /** Of all levels together. */
  seats: number;
  clock: Clock;
  /** How long a request waits at most. @default 15000, as in Kubernetes: a quarter of its time */
  maxWaitMs?: number;
}

/** Gives back the seats; calling it again has no effect. */
export type Release = () => void;

export interface Entrant {
  level: string;
  flow: string;
  seats: number;
  /** Calls back when nobody waits for the answer any more. */
  whenGone(fn: () => void): void;
}

/**
 * Divides the server's seats among priority levels by their shares. A level always has what it does not lend; what it
 * lends and does not use, others use. Within a level flows take turns.
 */
export class Dispatcher {
  private readonly levels = new Map<string, Level>();

  constructor(private readonly options: DispatcherOptions) {}

  /** Takes over another configuration; what waits goes on waiting, also where its level is no more. */
  configure(configs: Iterable<LevelConfig>): void {
    const limited = [...configs].filter(({ exempt }) => !exempt);
    const names = new Set(limited.map(({ name }) => name));
    for (const [name, level] of this.levels) {
      if (names.has(name)) continue;
      if (level.inUse === 0 && level.waiting === 0) this.levels.delete(name);
      else level.config = { ...level.config, shares: 0 };
    }
    for (const config of limited) {
      const level = this.levels.get(config.name);
      if (level) level.config = config;
      else this.levels.set(config.name, new Level(config));
    }
    const all = [...this.levels.values()];
    const sum = all.reduce((total, { config }) => total + config.shares, 0) || 1;
    // Rounded up, as in Kubernetes, so that no level is without a seat.
    for (const level of all) {
      level.nominal = Math.max(1, Math.ceil((this.options.seats * level.config.shares) / sum));
    }
    this.dispatch();
  }

  /**
   * Resolves when the request has its seats.
   * @throws StatusError 429 when its level neither has seats nor lets it wait, or when it has waited too long
   */
  async enter({ level: name, flow, seats, whenGone }: Entrant): Promise<Release> {
    const level = this.levels.get(name);
    if (!level) throw new Error(`there is no priority level ${name}`);
    const wanted = Math.min(seats, level.nominal);
    if (level.waiting === 0 && this.fits(level, wanted)) return this.seat(level, wanted);
    return new Promise((resolve, reject) => {
      const { clock, maxWaitMs = 15_000 } = this.options;
      const leave = level.enqueue(flow, {
        seats: wanted,
        go: () => {
          timer.cancel();
          resolve(this.seat(level, wanted));
        },
      });
      if (!leave) return reject(tooManyRequests());
      const giveUp = () => {
        timer.cancel();
        leave();
        reject(tooManyRequests());
        // The one behind it may fit where it did not.
        this.dispatch();
      };
      const timer = clock.after(maxWaitMs, giveUp);
      whenGone(giveUp);
    });
  }

  private seat(level: Level, seats: number): Release {
    level.inUse += seats;
    let held = true;
    return () => {
      if (!held) return;
      held = false;
      level.inUse -= seats;
      this.dispatch();
    };
  }

  private fits(level: Level, seats: number): boolean {
    if (level.inUse + seats > level.ceiling) return false;
    if (level.inUse + seats <= level.reserved) return true;
    let taken = level.inUse + seats;
    for (const other of this.levels.values()) if (other !== level) taken += Math.max(other.inUse, other.reserved);
    // With all others idle a level still has its own.
    return taken <= Math.max(this.options.seats, level.nominal + this.reservedBeside(level));
  }

  private reservedBeside(level: Level): number {
    let sum = 0;
    for (const other of this.levels.values()) if (other !== level) sum += other.reserved;
    return sum;
  }

  private dispatch(): void {
    for (const level of this.levels.values()) {
      for (let next = level.next(); next && this.fits(level, next.seats); next = level.next()) level.take()?.go();
    }
  }
}

export function tooManyRequests(): StatusError {
  const details = { retryAfterSeconds: 1 };
  return new StatusError('TooManyRequests', 'Too many requests, please try again later.', details);
}
