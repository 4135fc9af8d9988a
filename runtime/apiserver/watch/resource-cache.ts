import type { Kind, KindStorage } from '../../kube/kind';
import { encodeWatchFrame, inEnvelope } from '../../kube/protobuf';
import { apiVersionOf } from '../../kube/resource';
import type { StoreEvent } from '../../store/store';
import { StoredObject } from '../registry/stored-object';

/** One change of one object, encoded at most once for all who watch. */
export class CacheEvent {
  private readonly frames = new Map<string, Buffer>();
  private readonly protobufFrames = new Map<string, Buffer>();

  constructor(
    readonly revision: number,
    readonly key: string,
    /** The object as it is now; undefined once deleted. */
    readonly object: StoredObject | undefined,
    readonly previous: StoredObject | undefined,
  ) {}

  private last: StoredObject | undefined;
  private views: WeakMap<KindStorage, CacheEvent> | undefined;

  /** The object's last state under this event's revision: what a watcher is told of an object that is gone. */
  get departed(): StoredObject {
    this.last ??= (this.previous as StoredObject).at(this.revision);
    return this.last;
  }

  /** The event as a kind shows it: itself, or in the kind's version, which is made once for all who watch. */
  as(kind: Pick<Kind, 'storage'>): CacheEvent {
    const { storage } = kind;
    if (!storage) return this;
    this.views ??= new WeakMap();
    let view = this.views.get(storage);
    if (!view) {
      const [object, previous] = [this.object?.as(kind), this.previous?.as(kind)];
      const same = object === this.object && previous === this.previous;
      view = same ? this : new CacheEvent(this.revision, this.key, object, previous);
      this.views.set(storage, view);
    }
    return view;
  }

  /** `{"type":…,"object":…}` and a newline. */
  frame(type: ChangeType): Buffer {
    let frame = this.frames.get(type);
    if (!frame) {
      frame = encodeFrame(type, type === 'DELETED' ? this.departed.json : (this.object as StoredObject).json);
      this.frames.set(type, frame);
    }
    return frame;
  }

  /** The same as protobuf, of an event that stands in the kind's version. */
  protobufFrame(type: ChangeType, kind: Kind): Buffer {
    let frame = this.protobufFrames.get(type);
    if (!frame) {
      frame = encodeProtobufFrame(type, kind, type === 'DELETED' ? this.departed : (this.object as StoredObject));
      this.protobufFrames.set(type, frame);
    }
    return frame;
  }
}

export type ChangeType = 'ADDED' | 'MODIFIED' | 'DELETED';

export function encodeFrame(type: string, json: Uint8Array): Buffer {
  return Buffer.concat([Buffer.from(`{"type":"${type}","object":`), json, Buffer.from('}\n')]);
}

export function encodeProtobufFrame(type: string, { resource, schema }: Kind, object: StoredObject): Buffer {
  return encodeWatchFrame(type, inEnvelope(apiVersionOf(resource), resource.kind, object.message(schema)));
}

/** The JSON of objects, with commas between them. */
export function joinJson(objects: readonly StoredObject[]): Buffer {
  const parts: Uint8Array[] = [];
  for (const { json } of objects) {
    if (parts.length > 0) parts.push(comma);
    parts.push(json);
  }
  return Buffer.concat(parts);
}

const comma = Buffer.from(',');

const keptEvents = 2048;

/** The objects of one resource as of the last event, and its recent events. Everything here is synchronous. */
export class ResourceCache {
  private readonly objects = new Map<string, StoredObject>();
  /** Keys in order; lists are ranges of it. */
  private readonly keys: string[] = [];
  private events: CacheEvent[] = [];
  private readonly listeners = new Set<(event: CacheEvent) => void>();
  /** How many changes there were since the start. */
  changes = 0;
  /** By prefix: the JSON of the objects as they are, kept for as long as somebody sends it. */
  private readonly joined = new Map<string, WeakRef<Buffer>>();

  /** @param oldest every event after this revision is in `events` */
  constructor(private oldest: number) {}

  get size(): number {
    return this.objects.size;
  }

  get(key: string): StoredObject | undefined {
    return this.objects.get(key);
  }

  /** The objects under a prefix, in key order. */
  list(prefix: string): StoredObject[] {
    const from = this.position(prefix);
    const out: StoredObject[] = [];
    for (let i = from; i < this.keys.length; i++) {
      const key = this.keys[i] as string;
      if (!key.startsWith(prefix)) break;
      out.push(this.objects.get(key) as StoredObject);
    }
    return out;
  }

  /**
   * The JSON of what `list` gave for a prefix when `changes` was what is given, with commas between: made once for all
   * who list it until an object changes.
   */
  listJson(prefix: string, objects: readonly StoredObject[], changes: number): Buffer {
    if (changes !== this.changes) return joinJson(objects);
    const known = this.joined.get(prefix)?.deref();
    if (known) return known;
    const json = joinJson(objects);
    this.joined.set(prefix, new WeakRef(json));
    return json;
  }

  /** The events after a revision; undefined when some of them are no longer kept here. */
  eventsAfter(revision: number): CacheEvent[] | undefined {
    if (revision < this.oldest) return undefined;
    let from = this.events.length;
    while (from > 0 && (this.events[from - 1] as CacheEvent).revision > revision) from--;
    return this.events.slice(from);
  }

  subscribe(listener: (event: CacheEvent) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  load(object: StoredObject): void {
    if (!this.objects.has(object.key)) this.keys.splice(this.position(object.key), 0, object.key);
    this.objects.set(object.key, object);
  }

  apply(stored: StoreEvent): void {
    this.changes++;
    this.joined.clear();
    const previous = this.objects.get(stored.key);
    let object: StoredObject | undefined;
    if (stored.type === 'put') {
      object = new StoredObject(stored.key, stored.revision, stored.value);
      this.load(object);
    } else if (previous) {
      this.objects.delete(stored.key);
      this.keys.splice(this.position(stored.key), 1);
    }
    const event = new CacheEvent(stored.revision, stored.key, object, previous);
    this.events.push(event);
    if (this.events.length > 2 * keptEvents) {
      this.events = this.events.slice(-keptEvents);
      this.oldest = (this.events[0] as CacheEvent).revision - 1;
    }
    for (const listener of [...this.listeners]) listener(event);
  }

  /** Index of the first key at or after `key`. */
  private position(key: string): number {
    let low = 0;
    let high = this.keys.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.keys[middle] as string) < key) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
