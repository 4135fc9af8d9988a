import { equalJson } from '../kube/schema-engine';
import type { Clock, Timer } from '../util/clock';
import type { PodInfo } from './pod-info';

interface Entry {
  info: PodInfo;
  attempts: number;
  /** When the back-off after the last attempt ends (monotonic). */
  readyAt: number;
  place: 'active' | 'taken' | 'backoff' | 'unschedulable';
  timer?: Timer;
}

const BASE_BACKOFF_MS = 100;
const MAX_BACKOFF_MS = 10_000;
/** A pod that no event has freed is tried again after this long all the same. */
const LEFTOVER_MS = 300_000;

/**
 * Pods that want a node. Active ones come by priority, then in the order they came. One that fitted nowhere waits
 * until something changed in the cluster (`moveAll`); one whose binding failed waits its back-off only.
 */
export class SchedulingQueue {
  private readonly entries = new Map<string, Entry>();
  private readonly active = new Map<number, string[]>();

  constructor(
    private readonly clock: Clock,
    /** Told when there is something to take. */
    private readonly onActive: () => void,
  ) {}

  /** Adds a pod, or takes its newer version. */
  add(info: PodInfo): void {
    const entry = this.entries.get(info.uid);
    if (entry) {
      const changed = !equalJson(entry.info.pod.spec, info.pod.spec);
      entry.info = info;
      if (changed && entry.place === 'unschedulable') this.wake(entry);
      return;
    }
    const fresh: Entry = { info, attempts: 0, readyAt: 0, place: 'active' };
    this.entries.set(info.uid, fresh);
    this.activate(fresh);
  }

  remove(uid: string): void {
    this.entries.get(uid)?.timer?.cancel();
    this.entries.delete(uid);
  }

  /** The next pod to try; it leaves the queue. */
  take(): PodInfo | undefined {
    const priority = [...this.active.keys()].sort((a, b) => b - a)[0];
    if (priority === undefined) return undefined;
    const uids = this.active.get(priority) as string[];
    const uid = uids.shift() as string;
    if (uids.length === 0) this.active.delete(priority);
    const entry = this.entries.get(uid);
    if (entry?.place !== 'active') return this.take();
    entry.attempts++;
    entry.readyAt = this.clock.monotonic() + Math.min(MAX_BACKOFF_MS, BASE_BACKOFF_MS * 2 ** (entry.attempts - 1));
    entry.place = 'taken';
    return entry.info;
  }

  /** The pod taken has a node. */
  done(uid: string): void {
    this.remove(uid);
  }

  /** The pod taken fits nowhere as things are. */
  unschedulable(uid: string): void {
    const entry = this.entries.get(uid);
    if (!entry) return;
    entry.place = 'unschedulable';
    entry.timer?.cancel();
    entry.timer = this.clock.after(LEFTOVER_MS, () => this.wake(entry));
  }

  /** The pod taken could not be bound, through no fault of the cluster's state. */
  retry(uid: string): void {
    const entry = this.entries.get(uid);
    if (entry) this.wake(entry);
  }

  /** Something changed that may let `which` pods fit: they are tried again, each after its back-off. */
  moveAll(which: (info: PodInfo) => boolean = () => true): void {
    for (const entry of this.entries.values()) {
      if (entry.place === 'unschedulable' && which(entry.info)) this.wake(entry);
    }
  }

  get size(): number {
    return this.entries.size;
  }

  close(): void {
    for (const uid of [...this.entries.keys()]) this.remove(uid);
    this.active.clear();
  }

  private wake(entry: Entry): void {
    entry.timer?.cancel();
    const wait = entry.readyAt - this.clock.monotonic();
    if (wait <= 0) {
      this.activate(entry);
      return;
    }
    entry.place = 'backoff';
    entry.timer = this.clock.after(wait, () => this.activate(entry));
  }

  private activate(entry: Entry): void {
    if (this.entries.get(entry.info.uid) !== entry) return;
    entry.place = 'active';
    const priority = entry.info.pod.spec?.priority ?? 0;
    const uids = this.active.get(priority);
    if (uids) uids.push(entry.info.uid);
    else this.active.set(priority, [entry.info.uid]);
    this.onActive();
  }
}
