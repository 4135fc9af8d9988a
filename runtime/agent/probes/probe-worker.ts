import type { Probe } from '../../kube/generated/types';
import type { Clock, Timer } from '../../util/clock';
import type { Checker, CheckTarget } from './checker';

export interface ProbeWorkerOptions {
  probe: Probe;
  target: CheckTarget;
  clock: Clock;
  check: Checker;
  /** Milliseconds since the container's start: what has passed of the initial delay. */
  age: number;
  /**
   * Probe more often than the period until the first success, so that a container that is ready soon is known to be
   * soon. Such an extra probe that fails counts for nothing.
   */
  eager: boolean;
  /** Told of each change between success and failure, and of the first of either. */
  onResult(ok: boolean, message: string): void;
  /** Told of each probe that counts and fails. */
  onFailure?(message: string): void;
}

const firstEagerMilliseconds = 100;

/** Carries out one probe of one container until stopped, with Kubernetes' timings and thresholds. */
export class ProbeWorker {
  private timer?: Timer;
  private stopped = false;
  private result?: boolean;
  private run = 0;
  private lastOk?: boolean;
  private nextCounted: number;
  private eagerDelay = firstEagerMilliseconds;

  constructor(private readonly options: ProbeWorkerOptions) {
    const { probe, age, clock } = options;
    const wait = Math.max(0, (probe.initialDelaySeconds ?? 0) * 1000 - age);
    this.nextCounted = clock.monotonic() + wait;
    this.schedule(wait);
  }

  stop(): void {
    this.stopped = true;
    this.timer?.cancel();
  }

  private get period(): number {
    return (this.options.probe.periodSeconds ?? 10) * 1000;
  }

  private schedule(milliseconds: number): void {
    if (!this.stopped) this.timer = this.options.clock.after(milliseconds, () => void this.probeOnce());
  }

  private async probeOnce(): Promise<void> {
    const { probe, target, check, clock } = this.options;
    const counted = clock.monotonic() >= this.nextCounted;
    if (counted)
      this.nextCounted += this.period * (1 + Math.floor((clock.monotonic() - this.nextCounted) / this.period));
    const { ok, message } = await check(probe, target, (probe.timeoutSeconds ?? 1) * 1000);
    if (this.stopped) return;
    if (counted || ok) this.count(ok, message);
    this.schedule(this.delay());
  }

  private delay(): number {
    const untilCounted = Math.max(0, this.nextCounted - this.options.clock.monotonic());
    if (!this.options.eager || this.result === true) return untilCounted;
    const delay = Math.min(untilCounted, this.eagerDelay);
    this.eagerDelay *= 2;
    return delay;
  }

  private count(ok: boolean, message: string): void {
    const { probe } = this.options;
    this.run = ok === this.lastOk ? this.run + 1 : 1;
    this.lastOk = ok;
    if (!ok) this.options.onFailure?.(message);
    const threshold = ok ? (probe.successThreshold ?? 1) : (probe.failureThreshold ?? 3);
    if (this.run < threshold || this.result === ok) return;
    this.result = ok;
    this.options.onResult(ok, message);
  }
}
