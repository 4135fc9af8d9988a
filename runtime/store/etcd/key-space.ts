import type { MessageOf } from '../../util/protobuf';
import type { Entry, StoreEvent } from '../store';
import type { KeyValue } from './messages';

type Kv = MessageOf<typeof KeyValue>;

/** How keys and revisions of a store stand in etcd: keys behind a prefix, revisions less an offset. */
export class KeySpace {
  constructor(
    readonly prefix: string,
    /** What the store's revisions are ahead of etcd's: 0 but after a restore. */
    public offset = 0,
  ) {}

  /** Where the store keeps what is no entry. No key of an entry begins so: they begin with a slash. */
  internal(name: string): string {
    return `${this.prefix}.${name}`;
  }

  /** Written to make etcd's revision move, for watchers to see: shown to nobody. */
  get marker(): string {
    return `${this.prefix}/\u0000marker`;
  }

  isMarker(key: string): boolean {
    return key.startsWith('/\u0000');
  }

  toEtcd(revision: number): number {
    return Math.max(0, revision - this.offset);
  }

  fromEtcd(revision: number): number {
    return revision + this.offset;
  }

  /** All keys of the store, the marker among them. */
  get everything(): { key: string; rangeEnd: string } {
    return { key: `${this.prefix}/`, rangeEnd: endOf(`${this.prefix}/`) };
  }

  /** The entries under a prefix, after one of them if given. */
  range(prefix: string, after?: string): { key: string; rangeEnd: string } {
    const first = prefix === '/' ? '/\u0001' : prefix;
    const start = after !== undefined && after >= prefix ? `${after}\u0000` : first;
    return { key: this.prefix + start, rangeEnd: endOf(this.prefix + prefix) };
  }

  entry({ key = '', value = Buffer.alloc(0), modRevision = 0, createRevision = 0 }: Kv): Entry {
    return {
      key: key.slice(this.prefix.length),
      value,
      revision: this.fromEtcd(modRevision),
      createRevision: this.fromEtcd(createRevision),
    };
  }

  /** Undefined when the value before it is needed and gone. */
  event(deleted: boolean, kv: Kv, previous: Kv | undefined): StoreEvent | undefined {
    const { key, value, revision } = this.entry(kv);
    const before = previous && (previous.value ?? Buffer.alloc(0));
    if (!before && !this.isMarker(key) && (deleted || kv.createRevision !== kv.modRevision)) return undefined;
    return {
      type: deleted ? 'delete' : 'put',
      key,
      revision,
      value: deleted ? (before ?? Buffer.alloc(0)) : value,
      ...(before ? { previous: before } : {}),
    };
  }
}

/** The first key behind all that begin with a prefix. */
function endOf(prefix: string): string {
  const last = prefix.codePointAt(prefix.length - 1) as number;
  return prefix.slice(0, -1) + String.fromCodePoint(last + 1);
}
