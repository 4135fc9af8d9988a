import type { Kind } from '../../kube/kind';
import type { AnyObject } from '../../kube/object';
import { apiVersionOf } from '../../kube/resource';
import { StatusError } from '../../kube/status-error';
import { CompactedError, type StoreEvent } from '../../store/store';
import type { Clock, Timer } from '../../util/clock';
import type { KindCatalog } from '../catalog/catalog';
import { expired, parseResourceVersion, waitForRevision } from '../registry/resource-version';
import { Selection, type SelectionQuery } from '../registry/selection';
import { kindPrefix } from '../registry/store-key';
import { StoredObject } from '../registry/stored-object';
import type { Cache } from './cache';
import { CacheEvent, type ChangeType } from './resource-cache';

export interface WatchOptions extends SelectionQuery {
  resourceVersion?: string;
  resourceVersionMatch?: string;
  allowWatchBookmarks?: boolean;
  sendInitialEvents?: boolean;
  timeoutSeconds?: number;
}

/** Where a watch delivers. Called in order; never after `stop`. */
export interface WatchSink {
  /** `event` has its frames encoded once for all watchers; an object of the state from which a watch begins has none. */
  event(type: ChangeType, object: StoredObject, event: CacheEvent | undefined): void;
  bookmark(object: AnyObject): void;
  /** The watch is over: its time is up, or for the reason given. */
  end(error?: StatusError): void;
}

const bookmarkMs = 60_000;
/** A watch that names no timeout ends after one to two times this. */
const defaultTimeoutSeconds = 1800;
const initialEventsEnd = 'k8s.io/initial-events-end';

interface Context {
  cache: Cache;
  catalog: KindCatalog;
  clock: Clock;
  /** 0 ≤ random < 1; spreads the ends of watches that named no timeout. */
  random(): number;
}

/**
 * Starts a watch and returns what stops it. Without a resourceVersion (or with "0") it begins with the objects as they
 * are, as ADDED events; with one it delivers what happened after it.
 * @throws StatusError 400 for bad options, 410 Expired when events after the version are no longer kept
 */
export async function startWatch(
  context: Context,
  kind: Kind,
  options: WatchOptions,
  sink: WatchSink,
): Promise<() => void> {
  const selection = new Selection(kind, options);
  const version = parseResourceVersion(options.resourceVersion);
  checkInitial(options);
  const { cache, clock } = context;
  if (version === undefined) await cache.fresh();
  else await waitForRevision(cache, clock, version);

  const fromState = options.sendInitialEvents ?? !version;
  const fromNow = options.sendInitialEvents === false && !version;
  let past: CacheEvent[] = [];
  if (!fromState && !fromNow) {
    for (let seen = version as number; ; ) {
      const recent = cache.resource(kindPrefix(kind)).eventsAfter(seen);
      if (recent) {
        past = past.concat(recent);
        break;
      }
      const upTo = cache.revision;
      past = past.concat(await olderEvents(cache, kind, seen, upTo));
      seen = upTo;
    }
  }
  // From the last look at the cache to the end there is no await: state, past and present join without a gap.
  const run = new Run(context, kind, selection, options, sink);
  if (fromState) run.sendState();
  else for (const event of past) run.deliver(event);
  run.follow();
  return () => run.stop();
}

function checkInitial(options: WatchOptions): void {
  const { sendInitialEvents, resourceVersionMatch, allowWatchBookmarks } = options;
  const fail = (why: string) => new StatusError('BadRequest', why);
  if (sendInitialEvents === undefined) {
    if (resourceVersionMatch)
      throw fail('resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided');
  } else if (resourceVersionMatch !== 'NotOlderThan') {
    throw fail('sendInitialEvents requires setting resourceVersionMatch to NotOlderThan');
  } else if (sendInitialEvents && !allowWatchBookmarks) {
    throw fail('sendInitialEvents requires setting allowWatchBookmarks to true');
  }
}

/** Events that the cache keeps no longer, from the store's history: those of `after` < revision ≤ `upTo`. */
async function olderEvents(cache: Cache, kind: Kind, after: number, upTo: number): Promise<CacheEvent[]> {
  try {
    return (await cache.history(kindPrefix(kind), after, upTo)).map(toCacheEvent);
  } catch (error) {
    if (error instanceof CompactedError) throw expired(after, error.compacted);
    throw error;
  }
}

function toCacheEvent({ type, key, revision, value, previous }: StoreEvent): CacheEvent {
  const object = type === 'put' ? new StoredObject(key, revision, value) : undefined;
  return new CacheEvent(revision, key, object, previous && new StoredObject(key, revision, previous));
}

/** One running watch. */
class Run {
  private stopped = false;
  private unsubscribe: () => void = () => {};
  private timers: Timer[] = [];

  constructor(
    private readonly context: Context,
    private kind: Kind,
    private readonly selection: Selection,
    private readonly options: WatchOptions,
    private readonly sink: WatchSink,
  ) {}

  sendState(): void {
    for (const stored of this.resource.list(this.selection.prefix)) {
      if (this.stopped) return;
      const object = stored.as(this.kind);
      if (this.selection.matches(object)) this.sink.event('ADDED', object, undefined);
    }
    if (this.options.sendInitialEvents) this.bookmark({ [initialEventsEnd]: 'true' });
  }

  /** Tells of one event what this selection sees of it: an object that enters is ADDED, one that leaves is DELETED. */
  deliver(stored: CacheEvent): void {
    if (this.stopped || !stored.key.startsWith(this.selection.prefix)) return;
    const event = stored.as(this.kind);
    const is = event.object !== undefined && this.selection.matches(event.object);
    const was = event.previous !== undefined && this.selection.matches(event.previous);
    if (is) {
      const type = was ? 'MODIFIED' : 'ADDED';
      this.sink.event(type, event.object as StoredObject, event);
    } else if (was) this.sink.event('DELETED', event.departed, event);
  }

  follow(): void {
    if (this.stopped) return;
    const { clock, random } = this.context;
    const unsubscribe = this.resource.subscribe((event) => this.deliver(event));
    const forget = this.context.catalog.onChange(() => this.lookUpKind());
    this.unsubscribe = () => {
      unsubscribe();
      forget();
    };
    const seconds = this.options.timeoutSeconds || defaultTimeoutSeconds * (1 + random());
    this.timers.push(
      clock.after(seconds * 1000, () => {
        this.bookmark();
        this.stop();
        this.sink.end();
      }),
    );
    this.remind();
  }

  stop(): void {
    this.stopped = true;
    this.unsubscribe();
    for (const timer of this.timers) timer.cancel();
  }

  /** A kind that is served no longer ends the watch; one that was defined anew is shown in its new form from now on. */
  private lookUpKind(): void {
    const { group, version, plural } = this.kind.resource;
    const kind = this.context.catalog.find(group, version, plural);
    if (kind) {
      this.kind = kind;
      return;
    }
    this.stop();
    this.sink.end();
  }

  private get resource() {
    return this.context.cache.resource(kindPrefix(this.kind));
  }

  private remind(): void {
    if (!this.options.allowWatchBookmarks) return;
    const timer = this.context.clock.after(bookmarkMs, () => {
      this.timers = this.timers.filter((other) => other !== timer);
      this.bookmark();
      this.remind();
    });
    this.timers.push(timer);
  }

  private bookmark(annotations?: Record<string, string>): void {
    if (this.stopped || !this.options.allowWatchBookmarks) return;
    const { resource } = this.kind;
    const metadata = { resourceVersion: String(this.context.cache.revision), ...(annotations ? { annotations } : {}) };
    this.sink.bookmark({ apiVersion: apiVersionOf(resource), kind: resource.kind, metadata });
  }
}
