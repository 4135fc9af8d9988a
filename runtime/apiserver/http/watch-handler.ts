import type { Kind } from '../../kube/kind';
import type { AnyObject } from '../../kube/object';
import { encodeProtobuf, encodeWatchFrame } from '../../kube/protobuf';
import type { StatusError } from '../../kube/status-error';
import type { Clock, Timer } from '../../util/clock';
import type { RegistryContext } from '../registry/context';
import { hasProtobuf, type StoredObject } from '../registry/stored-object';
import { type CacheEvent, type ChangeType, encodeFrame, encodeProtobufFrame } from '../watch/resource-cache';
import { startWatch, type WatchOptions, type WatchSink } from '../watch/watch';
import type { Exchange } from './exchange';
import { mediaTypes, negotiate, type Representation } from './negotiate';
import { type OpenWatches, together } from './open-watches';
import { includeObjectOf, type TableOptions, toBookmarkTable, toPartial, toTable } from './table';

/** A watcher that lets events of this size pile up is cut off; it lists again and goes on. */
const maxBufferedBytes = 16 * 1024 * 1024;

/** How much of what a watcher is to get is copied for its connection at once; the rest waits in the cache's own buffers. */
const chunkBytes = 1024 * 1024;

/** A watcher that takes not one piece of what waits for it in so long is cut off. */
const stalledMs = 90_000;

/** Less than this in a connection's buffer is no sign of a watcher that takes nothing. */
const smallBytes = 16 * 1024;

/** Answers with a stream of events, one JSON line each, until the client, the time or the server ends it. */
export async function handleWatch(
  exchange: Exchange,
  context: RegistryContext,
  watches: OpenWatches,
  kind: Kind,
  options: WatchOptions,
): Promise<void> {
  void exchange.closed.then(watches.begin(exchange.user));
  const { accept } = exchange.request.headers;
  const form = negotiate(accept, { protobuf: hasProtobuf(kind), transforms: true, stream: true });
  const sink = new StreamSink(exchange, kind, form, context.clock, watches);
  const stop = await startWatch(context, kind, options, sink);
  const forget = watches.add(() => {
    stop();
    sink.end();
  });
  sink.whenClosed(() => {
    stop();
    forget();
  });
  // Once the state from which it begins has been sent, a watch costs next to nothing.
  sink.whenStateIsSent(exchange.begun);
}

class StreamSink implements WatchSink {
  private opened = false;
  private closed = false;
  private first = true;
  private frames: Buffer[] = [];
  /** Bytes in `frames`, and how many of them are of the state from which the watch begins, which comes first. */
  private bytes = 0;
  private stateBytes = 0;
  private drains = false;
  /** Of the bytes in `frames`, those that only this watcher is sent. */
  private ownBytes = 0;
  /** Bytes handed to the connection so far. */
  private sent = 0;
  private progress: Timer | undefined;
  private stateIsSent: () => void = () => {};

  constructor(
    private readonly exchange: Exchange,
    private readonly kind: Kind,
    private readonly form: Representation,
    private readonly clock: Clock,
    private readonly watches: OpenWatches,
  ) {}

  event(type: ChangeType, object: StoredObject, event: CacheEvent | undefined): void {
    const frame = this.frameOf(type, object, event);
    if (!event) this.stateBytes += frame.length;
    else if (this.form.as !== 'object') this.countOwn(frame.length);
    this.write(frame);
  }

  private frameOf(type: ChangeType, object: StoredObject, event: CacheEvent | undefined): Buffer {
    if (this.form.as !== 'object') return this.encode(type, this.transform(object));
    if (this.form.format === 'json') return event?.frame(type) ?? encodeFrame(type, object.json);
    return event?.protobufFrame(type, this.kind) ?? encodeProtobufFrame(type, this.kind, object);
  }

  bookmark(object: AnyObject): void {
    let value: { apiVersion: string; kind: string } = object;
    if (this.form.as === 'metadata') value = toPartial(object, this.form.metaVersion);
    if (this.form.as === 'table') {
      value = toBookmarkTable(this.kind, object, this.tableOptions(object.metadata.resourceVersion));
    }
    this.write(this.encode('BOOKMARK', value));
  }

  end(error?: StatusError): void {
    if (this.closed) return;
    if (error) this.write(this.encode('ERROR', { ...error.toStatus(), apiVersion: 'v1', kind: 'Status' }));
    this.open();
    this.closed = true;
    const { response } = this.exchange;
    if (this.frames.length > 0) this.send(this.frames.splice(0));
    this.watchProgress();
    response.end();
  }

  whenStateIsSent(fn: () => void): void {
    if (this.stateBytes === 0) fn();
    else this.stateIsSent = fn;
  }

  /** Also opens the stream: a client that waits for the answer's head gets it before the first event. */
  whenClosed(fn: () => void): void {
    this.open();
    const { response } = this.exchange;
    const closed = () => {
      this.closed = true;
      this.progress?.cancel();
      this.countOwn(-this.ownBytes);
      fn();
    };
    if (response.destroyed || this.closed) closed();
    else response.once('close', closed);
  }

  private transform(object: StoredObject) {
    return this.form.as === 'metadata'
      ? toPartial(object.object, this.form.metaVersion)
      : toTable(this.kind, [object], this.tableOptions(String(object.revision)));
  }

  private encode(type: string, value: { apiVersion: string; kind: string }): Buffer {
    const body = this.form.format === 'protobuf' ? encodeProtobuf(value) : undefined;
    return body ? encodeWatchFrame(type, body) : encodeFrame(type, Buffer.from(JSON.stringify(value)));
  }

  /** The first table of a watch tells of the columns. */
  private tableOptions(resourceVersion: string | undefined): TableOptions {
    const withColumns = this.first;
    this.first = false;
    const includeObject = includeObjectOf(this.exchange.info.query);
    const { metaVersion } = this.form;
    return { metaVersion, includeObject, now: this.clock.now(), withColumns, metadata: { resourceVersion } };
  }

  private open(): void {
    if (this.opened || this.closed) return;
    this.opened = true;
    const { response, audit } = this.exchange;
    audit.started(200);
    response.writeHead(200, { 'content-type': this.contentType, 'cache-control': 'no-cache, private' } as never);
    if ('flushHeaders' in response) response.flushHeaders();
  }

  private get contentType(): string {
    return this.form.format === 'protobuf' ? `${mediaTypes.protobuf};stream=watch` : mediaTypes.json;
  }

  private write(frame: Buffer): void {
    if (this.closed) return;
    this.open();
    if (this.frames.length === 0) this.watches.flushSoon(this);
    this.frames.push(frame);
    this.bytes += frame.length;
  }

  /** Sends what has come since the last time, as far as the connection takes it; goes on when it takes more. */
  flush(): void {
    if (this.closed) return;
    const { response } = this.exchange;
    while (this.frames.length > 0 && response.writableLength < chunkBytes) this.send(this.take());
    if (response.writableLength > smallBytes) this.watchProgress();
    if (this.bytes - this.stateBytes > maxBufferedBytes || this.isOneTooMany) {
      this.cutOff();
    } else if (this.frames.length > 0 && !this.drains) {
      this.drains = true;
      response.once('drain', () => {
        this.drains = false;
        this.flush();
      });
    }
  }

  /** It is behind with what nobody else is sent, while that is too much in all. */
  private get isOneTooMany(): boolean {
    return this.ownBytes > 0 && this.watches.ownBytes > this.watches.maxOwnBytes;
  }

  private cutOff(): void {
    this.closed = true;
    this.exchange.response.destroy();
  }

  private countOwn(bytes: number): void {
    this.ownBytes += bytes;
    this.watches.ownBytes += bytes;
  }

  /** Looks from time to time whether a piece was taken of what waits, until nothing waits. */
  private watchProgress(): void {
    if (this.progress) return;
    const { response } = this.exchange;
    const taken = () => this.sent - response.writableLength;
    const before = taken();
    this.progress = this.clock.after(stalledMs, () => {
      this.progress = undefined;
      if (response.writableLength === 0 && this.frames.length === 0) return;
      if (taken() === before) this.cutOff();
      else this.watchProgress();
    });
  }

  /** The first frames, about one chunk of them. */
  private take(): Buffer[] {
    let size = 0;
    let count = 0;
    while (count < this.frames.length && size < chunkBytes) size += (this.frames[count++] as Buffer).length;
    const taken = this.frames.splice(0, count);
    this.bytes -= size;
    if (this.ownBytes > 0) this.countOwn(-Math.min(this.ownBytes, size));
    if (this.stateBytes > 0) {
      this.stateBytes = Math.max(0, this.stateBytes - size);
      if (this.stateBytes === 0) this.stateIsSent();
    }
    return taken;
  }

  private send(frames: Buffer[]): void {
    const data = together(frames);
    this.sent += data.length;
    (this.exchange.response as { write(data: Uint8Array): boolean }).write(data);
  }
}
