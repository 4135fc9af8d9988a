import type { ServiceError } from '@grpc/grpc-js';
import type { MessageOf } from '../../util/protobuf';
import { CompactedError, type StoreEvent, type WatchHandler } from '../store';
import type { EtcdConnection, WatchStream } from './connection';
import type { KeySpace } from './key-space';
import type { watch } from './messages';

type Response = MessageOf<typeof watch.response>;

const reconnectMs = [0, 50, 200, 500, 1000];

/**
 * One watch, kept up over reconnections: after a break it goes on from the first revision that it has not delivered.
 * Invariant: everything up to `seen` has been delivered, once.
 */
export class EtcdWatch {
  seen: number;
  private stream: WatchStream | undefined;
  private parts: StoreEvent[] = [];
  private failures = 0;
  private ended = false;
  private retry: NodeJS.Timeout | undefined;
  private readonly waiting = new Set<{ revision: number; wake(): void }>();
  private settle: { resolve(): void; reject(error: unknown): void } | undefined;

  constructor(
    private readonly connection: EtcdConnection,
    private readonly space: KeySpace,
    private readonly prefix: string,
    after: number,
    private readonly handler: WatchHandler,
  ) {
    this.seen = after;
  }

  /** Runs until the signal aborts, the handler throws, or events were compacted away. */
  run(signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      this.settle = { resolve, reject };
      if (signal.aborted) return this.end();
      signal.addEventListener('abort', () => this.end(), { once: true });
      this.open();
    });
  }

  /** Asks etcd to say how far this watch is; it answers once everything up to then was sent. */
  requestProgress(): void {
    this.stream?.write({ progress: {} });
  }

  /** Resolves when everything up to a revision has been delivered, or the watch is over. */
  reached(revision: number): Promise<void> {
    if (this.seen >= revision || this.ended) return Promise.resolve();
    return new Promise((wake) => this.waiting.add({ revision, wake }));
  }

  end(error?: unknown): void {
    if (this.ended) return;
    this.ended = true;
    clearTimeout(this.retry);
    this.stream?.cancel();
    for (const { wake } of this.waiting) wake();
    this.waiting.clear();
    if (error === undefined) this.settle?.resolve();
    else this.settle?.reject(error);
  }

  private open(): void {
    this.parts = [];
    const { stream, leave } = this.connection.watch();
    this.stream = stream;
    stream.on('data', (response: Response) => {
      if (this.ended || this.stream !== stream) return;
      try {
        this.receive(response, stream);
      } catch (error) {
        this.end(error ?? new Error('the watch handler failed'));
      }
    });
    const broken = (_error?: ServiceError) => {
      if (this.ended || this.stream !== stream) return;
      this.stream = undefined;
      leave();
      this.retry = setTimeout(() => this.open(), reconnectMs[Math.min(this.failures++, reconnectMs.length - 1)]);
    };
    stream.on('error', broken);
    stream.on('end', broken);
    // From the last revision seen rather than the one after it: etcd itself then says when that has been compacted.
    // Beginning with a compacted revision, it would leave deletions out. All keys, since the marker is none of a prefix.
    const startRevision = Math.max(1, this.space.toEtcd(this.seen));
    stream.write({ create: { ...this.space.everything, startRevision, prevKv: true, fragment: true } });
  }

  private receive(response: Response, stream: WatchStream): void {
    if (response.canceled) {
      const { compactRevision } = response;
      if (compactRevision) throw new CompactedError(this.seen, this.space.fromEtcd(compactRevision));
      // No leader, or a member that stops: the next one goes on.
      stream.cancel();
      return;
    }
    if (response.created) {
      this.failures = 0;
      return;
    }
    const events = response.events ?? [];
    for (const { type, kv = {}, prevKv } of events) {
      if (this.space.fromEtcd(kv.modRevision ?? 0) <= this.seen) continue;
      const event = this.space.event(type === 1, kv, prevKv);
      // The version before it is gone: what it was can no longer be told, so that this is as good as compacted.
      if (!event) throw new CompactedError(this.seen, this.space.fromEtcd(kv.modRevision ?? 0));
      this.parts.push(event);
    }
    if (response.fragment) return;
    if (this.parts.length > 0) this.deliver(this.parts, (this.parts.at(-1) as StoreEvent).revision);
    else if (events.length === 0) this.deliver([], this.space.fromEtcd(response.header?.revision ?? 0));
  }

  private deliver(parts: StoreEvent[], revision: number): void {
    this.parts = [];
    if (revision <= this.seen) return;
    const events = parts.filter(({ key }) => key.startsWith(this.prefix) && !this.space.isMarker(key));
    this.seen = revision;
    this.handler(events, revision);
    for (const waiter of this.waiting) {
      if (waiter.revision > revision) continue;
      this.waiting.delete(waiter);
      waiter.wake();
    }
  }
}
