import { tooManyRequests } from './dispatcher';

interface Waiting {
  seats: number;
  start(): void;
}

/** Runs a function in the next round of the event loop, after new requests were read. */
export type NextRound = (fn: () => void) => void;

/** Seats' worth of requests that begin in one round. */
const seatsPerRound = 16;
/** Requests of one flow that wait for their turn; beyond it they are rejected, exempt ones too. */
const maxWaitingPerFlow = 4096;

/**
 * The server has one thread: what it begins in one round of the event loop delays everybody whose request has not been
 * read yet. In each round only so much is begun, and flows take turns: a client that sends a thousand requests at once,
 * with whatever rights, delays another's by a few of them and not by all.
 */
export class Turns {
  private readonly flows = new Map<string, Waiting[]>();
  private spent = 0;
  private armed = false;

  constructor(private readonly nextRound: NextRound = setImmediate) {}

  /**
   * Undefined when the request may begin at once; else what resolves when it may.
   * @throws StatusError 429 when too many of its flow wait
   */
  wait(flow: string, seats: number): Promise<void> | undefined {
    if (this.flows.size === 0 && this.spent < seatsPerRound) {
      this.spent += seats;
      this.arm();
      return undefined;
    }
    const queue = this.flows.get(flow) ?? [];
    if (queue.length >= maxWaitingPerFlow) throw tooManyRequests();
    this.flows.set(flow, queue);
    this.arm();
    return new Promise((start) => queue.push({ seats, start }));
  }

  private arm(): void {
    if (this.armed) return;
    this.armed = true;
    this.nextRound(() => this.round());
  }

  private round(): void {
    this.armed = false;
    this.spent = 0;
    while (this.flows.size > 0 && this.spent < seatsPerRound) {
      const [flow, queue] = this.flows.entries().next().value as [string, Waiting[]];
      const next = queue.shift();
      // To the end of the line, behind the flows that have not had their turn.
      this.flows.delete(flow);
      if (queue.length > 0) this.flows.set(flow, queue);
      if (!next) continue;
      this.spent += next.seats;
      next.start();
    }
    if (this.spent > 0) this.arm();
  }
}
