import type { Kind, KindStorage } from '../../kube/kind';
import type { AnyObject } from '../../kube/object';
import { encodeMessage } from '../../kube/protobuf';
import { apiVersionOf } from '../../kube/resource';
import type { StructuralSchema } from '../../kube/schema';

const metadataStart = Buffer.from('"metadata":{');

/**
 * The bytes of an object as the store keeps them: the JSON that is sent, without `metadata.resourceVersion`, which is
 * known only once the write is committed. `apiVersion`, `kind` and `metadata` stand first, so that the version can be
 * spliced in without parsing.
 */
export function encodeObject(object: AnyObject): Buffer {
  const { apiVersion, kind, metadata, ...rest } = object;
  const { resourceVersion: _revision, ...meta } = metadata;
  return Buffer.from(JSON.stringify({ apiVersion, kind, metadata: meta, ...rest }));
}

/** The bytes under which the store keeps an object of a kind: in the version that is stored. */
export function encodeFor({ storage }: Pick<Kind, 'storage'>, object: AnyObject): Buffer {
  return encodeObject(storage ? storage.write(object) : object);
}

/** As Kubernetes' own encoder, leaves out of metadata the lists and maps that are empty. In place. */
export function dropEmpty({ metadata }: AnyObject): void {
  for (const field of ['labels', 'annotations', 'finalizers', 'ownerReferences'] as const) {
    const value = metadata[field];
    if (value && Object.keys(value).length === 0) delete metadata[field];
  }
}

/** Whether objects of a kind can be had as protobuf: the built-in kinds', whose schemas are named types. */
export function hasProtobuf({ schema }: Pick<Kind, 'schema'>): boolean {
  return schema.$ref !== undefined;
}

/** An object at one revision: its JSON as it is sent, and (parsed on demand) the object. Immutable. */
export class StoredObject {
  /** The JSON with `metadata.resourceVersion`. */
  readonly json: Buffer;
  private parsed: AnyObject | undefined;
  private encoded: Buffer | undefined;
  private views: WeakMap<KindStorage, StoredObject> | undefined;

  constructor(
    readonly key: string,
    readonly revision: number,
    value: Uint8Array,
    private readonly source?: StoredObject,
  ) {
    this.json = spliceRevision(value, revision);
  }

  /** Shared by all readers and frozen to any depth; `copy()` is for those who change it. */
  get object(): AnyObject {
    this.parsed ??= deepFreeze(this.copy());
    return this.parsed;
  }

  /** A new parsed object that the caller owns. */
  copy(): AnyObject {
    return JSON.parse(this.json.toString('utf8')) as AnyObject;
  }

  /** The object as a protobuf message without its envelope, made once for all readers. */
  message(schema: StructuralSchema): Buffer {
    this.encoded ??= encodeMessage(schema, this.parsed ?? this.copy());
    return this.encoded;
  }

  /** The object as a kind shows it: itself, or in the kind's version, which is made once for all readers. */
  as({ storage }: Pick<Kind, 'storage'>): StoredObject {
    if (!storage) return this;
    this.views ??= new WeakMap();
    let view = this.views.get(storage);
    if (!view) {
      const object = storage.read(this.copy());
      view = object ? new StoredObject(this.key, this.revision, encodeObject(object), this) : this;
      this.views.set(storage, view);
    }
    return view;
  }

  /** Whether the store has it in the version in which the kind is stored; a write brings it there, even one that changes nothing. */
  isCurrent({ storage }: Pick<Kind, 'storage'>): boolean {
    return !storage || (this.source ?? this).object.apiVersion === apiVersionOf(storage.resource);
  }

  /** The same content under another revision: what a watcher is told of an object that left. */
  at(revision: number): StoredObject {
    return new StoredObject(this.key, revision, encodeObject(this.object));
  }
}

/** Revision 0 is that of an object that was not written (a dry run): it has no version. */
function spliceRevision(value: Uint8Array, revision: number): Buffer {
  const buffer = Buffer.isBuffer(value) ? value : Buffer.from(value.buffer, value.byteOffset, value.byteLength);
  if (revision === 0) return buffer;
  const at = buffer.indexOf(metadataStart);
  if (at < 0) throw new Error('a stored object has no metadata; the store holds something this server did not write');
  const cut = at + metadataStart.length;
  const insert = `"resourceVersion":"${revision}"${buffer[cut] === 0x7d ? '' : ','}`;
  const out = Buffer.allocUnsafe(buffer.length + insert.length);
  buffer.copy(out, 0, 0, cut);
  out.write(insert, cut, 'latin1');
  buffer.copy(out, cut + insert.length, cut);
  return out;
}

function deepFreeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null) {
    for (const inner of Object.values(value)) deepFreeze(inner);
    Object.freeze(value);
  }
  return value;
}
