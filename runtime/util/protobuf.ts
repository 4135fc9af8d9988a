/**
 * As much of protobuf's wire format as our gRPC services need (plugin protocol 6, etcd): a message is described by a
 * table of its fields, and one reader and one writer serve all messages.
 */
type Scalar = 'string' | 'bytes' | 'int' | 'bool';

export interface Field {
  readonly no: number;
  readonly type: Scalar | Message<Record<string, Field>>;
  readonly kind: 'one' | 'many' | 'map';
}

export interface Message<F extends Record<string, Field>> {
  readonly fields: F;
}

type ValueOf<T> = T extends 'string'
  ? string
  : T extends 'bytes'
    ? Uint8Array
    : T extends 'int'
      ? number
      : T extends 'bool'
        ? boolean
        : T extends Message<infer F>
          ? Decoded<F>
          : never;

type FieldValue<F extends Field> = F['kind'] extends 'many'
  ? ValueOf<F['type']>[]
  : F['kind'] extends 'map'
    ? Record<string, ValueOf<F['type']>>
    : ValueOf<F['type']>;

type Decoded<F extends Record<string, Field>> = { [K in keyof F]?: FieldValue<F[K]> };

/** The JavaScript object that a message description stands for. Absent fields are absent. */
export type MessageOf<M> = M extends Message<infer F> ? Decoded<F> : never;

export const message = <F extends Record<string, Field>>(fields: F): Message<F> => ({ fields });
export const one = <T extends Field['type']>(no: number, type: T) => ({ no, type, kind: 'one' }) as const;
export const many = <T extends Field['type']>(no: number, type: T) => ({ no, type, kind: 'many' }) as const;
/** A map with string keys. */
export const map = <T extends Field['type']>(no: number, type: T) => ({ no, type, kind: 'map' }) as const;

const VARINT = 0;
const DELIMITED = 2;

export function encodeMessage<F extends Record<string, Field>>(type: Message<F>, value: Decoded<F>): Buffer {
  const out: Buffer[] = [];
  for (const [name, field] of Object.entries(type.fields)) {
    const content: unknown = value[name];
    if (content === undefined) continue;
    if (field.kind === 'one') writeField(out, field.no, field.type, content);
    else if (field.kind === 'many') {
      for (const element of content as unknown[]) writeField(out, field.no, field.type, element);
    } else {
      for (const [key, element] of Object.entries(content as Record<string, unknown>)) {
        const entry: Buffer[] = [];
        writeField(entry, 1, 'string', key);
        writeField(entry, 2, field.type, element);
        writeField(out, field.no, 'bytes', Buffer.concat(entry));
      }
    }
  }
  return Buffer.concat(out);
}

function writeField(out: Buffer[], no: number, type: Field['type'], value: unknown): void {
  if (type === 'int' || type === 'bool') {
    out.push(varint(no * 8 + VARINT), varint(Number(value)));
    return;
  }
  const bytes =
    type === 'string'
      ? Buffer.from(value as string, 'utf8')
      : type === 'bytes'
        ? Buffer.from(value as Uint8Array)
        : encodeMessage(type, value as Decoded<Record<string, Field>>);
  out.push(varint(no * 8 + DELIMITED), varint(bytes.length), bytes);
}

function varint(value: number): Buffer {
  if (value >= 0 && value < 0x80) return Buffer.of(value);
  let rest = BigInt.asUintN(64, BigInt(value));
  const bytes: number[] = [];
  while (rest > 0x7fn) {
    bytes.push(Number(rest & 0x7fn) | 0x80);
    rest >>= 7n;
  }
  bytes.push(Number(rest));
  return Buffer.from(bytes);
}

/** @throws RangeError when the bytes end within a field */
export function decodeMessage<F extends Record<string, Field>>(type: Message<F>, bytes: Uint8Array): Decoded<F> {
  const byNumber = new Map(Object.entries(type.fields).map(([name, field]) => [field.no, { name, field }]));
  const result: Record<string, unknown> = {};
  const reader = new Reader(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength));
  while (!reader.done) {
    const tag = reader.varint();
    const known = byNumber.get(tag >>> 3);
    if (!known) {
      reader.skip(tag & 7);
      continue;
    }
    const { name, field } = known;
    if (field.kind === 'one') result[name] = readField(reader, field.type);
    else if (field.kind === 'many') {
      const list = (result[name] ?? []) as unknown[];
      result[name] = list;
      list.push(readField(reader, field.type));
    } else {
      const entries = (result[name] ?? {}) as Record<string, unknown>;
      result[name] = entries;
      const entry = decodeMessage(message({ key: one(1, 'string'), value: one(2, field.type) }), reader.delimited());
      entries[entry.key ?? ''] = entry.value;
    }
  }
  return result as Decoded<F>;
}

function readField(reader: Reader, type: Field['type']): unknown {
  if (type === 'int') return reader.varint();
  if (type === 'bool') return reader.varint() !== 0;
  const bytes = reader.delimited();
  if (type === 'bytes') return bytes;
  return type === 'string' ? bytes.toString('utf8') : decodeMessage(type, bytes);
}

class Reader {
  private at = 0;

  constructor(private readonly bytes: Buffer) {}

  get done(): boolean {
    return this.at >= this.bytes.length;
  }

  varint(): number {
    const first = this.bytes[this.at];
    if (first !== undefined && first < 0x80) {
      this.at++;
      return first;
    }
    let result = 0n;
    for (let shift = 0n; ; shift += 7n) {
      const byte = this.bytes[this.at++];
      if (byte === undefined) throw new RangeError('protobuf: the message ends within a number');
      result |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return Number(BigInt.asIntN(64, result));
    }
  }

  delimited(): Buffer {
    const length = this.varint();
    const end = this.at + length;
    if (end > this.bytes.length) throw new RangeError('protobuf: the message ends within a field');
    const content = this.bytes.subarray(this.at, end);
    this.at = end;
    return content;
  }

  skip(wireType: number): void {
    if (wireType === VARINT) this.varint();
    else if (wireType === DELIMITED) this.delimited();
    else this.at += wireType === 1 ? 8 : 4;
  }
}
