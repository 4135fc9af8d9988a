import type { Kind } from '../../kube/kind';
import type { AnyObject } from '../../kube/object';
import type { StatusError } from '../../kube/status-error';
import type { RegistryContext } from '../registry/context';
import type { StoredObject } from '../registry/stored-object';
import { encodeFrame } from '../watch/resource-cache';
import { type ChangeType, startWatch, type WatchOptions, type WatchSink } from '../watch/watch';
import type { Exchange } from './exchange';
import { negotiate, type Representation } from './negotiate';
import { includeObjectOf, toPartial, toTable } from './table';

/** A watcher that lets this much pile up is cut off; it lists again and goes on. */
const maxBufferedBytes = 16 * 1024 * 1024;

/** Watches that run, so that a shutdown can end them. */
export class OpenWatches {
  private readonly all = new Set<() => void>();

  add(end: () => void): () => void {
    this.all.add(end);
    return () => this.all.delete(end);
  }

  endAll(): void {
    for (const end of [...this.all]) end();
  }
}

/** Answers with a stream of events, one JSON line each, until the client, the time or the server ends it. */
export async function handleWatch(
  exchange: Exchange,
  context: RegistryContext,
  watches: OpenWatches,
  kind: Kind,
  options: WatchOptions,
): Promise<void> {
  const form = negotiate(exchange.request.headers.accept);
  const sink = new StreamSink(exchange, kind, form, context.clock.now);
  const stop = await startWatch(context, kind, options, sink);
  const forget = watches.add(() => {
    stop();
    sink.end();
  });
  sink.whenClosed(() => {
    stop();
    forget();
  });
}

class StreamSink implements WatchSink {
  private opened = false;
  private closed = false;
  private first = true;

  constructor(
    private readonly exchange: Exchange,
    private readonly kind: Kind,
    private readonly form: Representation,
    private readonly now: () => number,
  ) {}

  event(type: ChangeType, object: StoredObject, frame: () => Buffer): void {
    this.write(this.form.as === 'object' ? frame() : encodeFrame(type, this.transform(object)));
  }

  bookmark(object: AnyObject): void {
    let value: unknown = object;
    if (this.form.as === 'metadata') value = toPartial(object, this.form.metaVersion);
    if (this.form.as === 'table') value = this.table([], { resourceVersion: object.metadata.resourceVersion });
    this.write(encodeFrame('BOOKMARK', Buffer.from(JSON.stringify(value))));
  }

  end(error?: StatusError): void {
    if (this.closed) return;
    if (error) this.write(encodeFrame('ERROR', Buffer.from(JSON.stringify(error.toStatus()))));
    this.open();
    this.closed = true;
    this.exchange.response.end();
  }

  /** Also opens the stream: a client that waits for the answer's head gets it before the first event. */
  whenClosed(fn: () => void): void {
    this.open();
    const { response } = this.exchange;
    const closed = () => {
      this.closed = true;
      fn();
    };
    if (response.destroyed || this.closed) closed();
    else response.once('close', closed);
  }

  private transform(object: StoredObject): Buffer {
    const value =
      this.form.as === 'metadata'
        ? toPartial(object.object, this.form.metaVersion)
        : this.table([object], { resourceVersion: String(object.revision) });
    return Buffer.from(JSON.stringify(value));
  }

  private table(items: StoredObject[], metadata: Record<string, unknown>) {
    const withColumns = this.first;
    this.first = false;
    const includeObject = includeObjectOf(this.exchange.info.query);
    const { metaVersion } = this.form;
    return toTable(this.kind, items, { metaVersion, includeObject, now: this.now(), withColumns, metadata });
  }

  private open(): void {
    if (this.opened || this.closed) return;
    this.opened = true;
    const { response, audit } = this.exchange;
    audit.started(200);
    response.writeHead(200, { 'content-type': 'application/json', 'cache-control': 'no-cache, private' } as never);
    if ('flushHeaders' in response) response.flushHeaders();
  }

  private write(frame: Buffer): void {
    if (this.closed) return;
    this.open();
    const { response } = this.exchange;
    (response as { write(data: Uint8Array): boolean }).write(frame);
    if (response.writableLength > maxBufferedBytes) {
      this.closed = true;
      response.destroy();
    }
  }
}
