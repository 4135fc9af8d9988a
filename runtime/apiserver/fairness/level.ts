import type { LevelConfig } from './config';

/** A request that waits for its seats. */
export interface Waiter {
  seats: number;
  /** Called once it has them. */
  go(): void;
}

interface FlowQueue {
  waiters: Waiter[];
  /** Seats it has been given in the time that it had requests waiting; the least of all goes next. */
  tag: number;
}

/**
 * The requests of one priority level. Each flow has a queue of its own, and the flow that was given the fewest seats so
 * far goes next (start-time fair queueing), so that no flow gets more than its part while another waits.
 */
export class Level {
  /** Set by the dispatcher from all levels' shares. */
  nominal = 1;
  inUse = 0;
  waiting = 0;
  private readonly flows = new Map<string, FlowQueue>();
  /** The tag of what went last: where a flow that has been idle begins. */
  private virtual = 0;

  constructor(public config: LevelConfig) {}

  /** Seats that are this level's own at any time. */
  get reserved(): number {
    return this.nominal - Math.floor((this.nominal * this.config.lendablePercent) / 100);
  }

  /** Seats that it may use when others lend theirs. */
  get ceiling(): number {
    const { borrowingLimitPercent: percent } = this.config;
    return percent === undefined || percent === null
      ? Number.POSITIVE_INFINITY
      : this.nominal + Math.floor((this.nominal * percent) / 100);
  }

  /** Lets it wait. @returns undefined when there is no room; else what takes it out again. */
  enqueue(key: string, waiter: Waiter): (() => void) | undefined {
    const { queuing } = this.config;
    if (!queuing || this.waiting >= queuing.total) return undefined;
    const flow = this.flows.get(key) ?? { waiters: [], tag: this.virtual };
    if (flow.waiters.length >= queuing.perFlow) return undefined;
    flow.tag = Math.max(flow.tag, this.virtual);
    this.flows.set(key, flow);
    flow.waiters.push(waiter);
    this.waiting++;
    return () => this.drop(key, waiter);
  }

  /** Who goes next; undefined when nobody waits. */
  next(): Waiter | undefined {
    return this.first()?.waiters[0];
  }

  /** Takes the one who goes next out of its queue. */
  take(): Waiter | undefined {
    const flow = this.first();
    const waiter = flow?.waiters.shift();
    if (!flow || !waiter) return undefined;
    this.virtual = flow.tag;
    flow.tag += waiter.seats;
    this.left();
    return waiter;
  }

  private first(): FlowQueue | undefined {
    let found: FlowQueue | undefined;
    for (const [key, flow] of this.flows) {
      if (flow.waiters.length > 0) {
        if (!found || flow.tag < found.tag) found = flow;
      } else if (flow.tag <= this.virtual) this.flows.delete(key);
    }
    return found;
  }

  private drop(key: string, waiter: Waiter): void {
    const waiters = this.flows.get(key)?.waiters ?? [];
    const at = waiters.indexOf(waiter);
    if (at < 0) return;
    waiters.splice(at, 1);
    this.left();
  }

  /** A flow whose queue is empty keeps its tag as long as others wait, so that it does not begin anew each time. */
  private left(): void {
    this.waiting--;
    if (this.waiting === 0) this.flows.clear();
  }
}
