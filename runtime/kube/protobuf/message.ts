import type { StructuralSchema } from '../schema';
import { isObject, type JsonObject } from '../schema-engine';
import { schemaOfType } from '../schemas';
import { type Codec, maxDepth } from './codec';
import * as scalar from './scalars';
import { type SchemaForms, schemaForms } from './schema-forms';
import { bytesOf, readFields, readPacked, type WireField } from './wire';
import type { ReverseWriter } from './writer';

/** A field, or the fields of a Go struct that is inline in JSON and nested under one number in protobuf. */
interface Member {
  readonly number: number;
  write(writer: ReverseWriter, object: JsonObject): void;
  read(object: JsonObject, wire: WireField, depth: number): void;
}

const codecs = new WeakMap<StructuralSchema, Codec>();

/** The codec of a schema; made once, its fields when they are first needed. */
export function codecOf(schema: StructuralSchema): Codec {
  let codec = codecs.get(schema);
  if (!codec) {
    codec = makeCodec(schema);
    codecs.set(schema, codec);
  }
  return codec;
}

const jsonSchema = 'io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.JSONSchemaProps';
let madeForms: SchemaForms | undefined;

function forms(): SchemaForms {
  madeForms ??= schemaForms(codecOf(schemaOfType(jsonSchema)));
  return madeForms;
}

function makeCodec(schema: StructuralSchema): Codec {
  if (schema.$ref !== undefined) return codecOf(schemaOfType(schema.$ref));
  switch (schema['x-orlop-proto-form']) {
    case 'duration':
      return scalar.duration;
    case 'schemaOrBool':
      return forms().orBool;
    case 'schemaOrArray':
      return forms().orArray;
    case 'schemaOrStrings':
      return forms().orStrings;
  }
  if (schema['x-orlop-quantity']) return scalar.quantity;
  if (schema['x-kubernetes-int-or-string']) return scalar.intOrString;
  if (schema['x-kubernetes-preserve-unknown-fields']) return scalar.json;
  switch (schema.type) {
    case 'string':
      if (schema.format === 'date-time') return scalar.time;
      if (schema.format === 'micro-time') return scalar.microTime;
      return schema.format === 'byte' ? scalar.base64 : scalar.text;
    case 'boolean':
      return scalar.boolean;
    case 'integer':
      return scalar.integer;
    case 'number':
      return scalar.double;
    case 'array':
      return new ListMessage(codecOf(schema.items ?? {}));
    default:
      return new Message(schema);
  }
}

/** Objects of one type. */
class Message implements Codec {
  readonly wire = 2;
  private members: Members | undefined;

  constructor(private readonly schema: StructuralSchema) {}

  write(writer: ReverseWriter, value: unknown): void {
    const mark = writer.size;
    if (isObject(value)) this.fields.write(writer, value);
    writer.length(mark);
  }

  read(field: WireField, depth: number): JsonObject {
    const object: JsonObject = {};
    this.fields.read(object, bytesOf(field), depth + 1);
    return object;
  }

  private get fields(): Members {
    this.members ??= membersOf(this.schema);
    return this.members;
  }
}

/** A list where one value is expected, as in a map, or of a named type: a message of its own around it. */
class ListMessage implements Codec {
  readonly wire = 2;
  private readonly items: Repeated;

  constructor(codec: Codec) {
    this.items = new Repeated(1, 'items', codec);
  }

  write(writer: ReverseWriter, value: unknown): void {
    const mark = writer.size;
    this.items.write(writer, { items: value });
    writer.length(mark);
  }

  read(field: WireField, depth: number): unknown {
    const into: JsonObject = { items: [] };
    for (const wire of readFields(bytesOf(field))) if (wire.number === 1) this.items.read(into, wire, depth);
    return into.items;
  }
}

class Members {
  private readonly byNumber = new Map<number, Member>();

  add(member: Member): void {
    this.byNumber.set(member.number, member);
  }

  /** The struct that is nested under a number; made when there is none yet. */
  nested(number: number): Members {
    const known = this.byNumber.get(number);
    if (known instanceof Nested) return known.members;
    const nested = new Nested(number);
    this.add(nested);
    return nested.members;
  }

  write(writer: ReverseWriter, object: JsonObject): void {
    for (const member of this.lastFirst) member.write(writer, object);
  }

  read(object: JsonObject, bytes: Buffer, depth: number): void {
    if (depth > maxDepth) throw new RangeError(`it nests deeper than ${maxDepth} levels`);
    // A number that is not known is a field of a newer version than ours.
    for (const wire of readFields(bytes)) this.byNumber.get(wire.number)?.read(object, wire, depth);
  }

  private get lastFirst(): Member[] {
    this.order ??= [...this.byNumber.values()].sort((a, b) => b.number - a.number);
    return this.order;
  }

  private order: Member[] | undefined;
}

class Nested implements Member {
  readonly members = new Members();

  constructor(readonly number: number) {}

  write(writer: ReverseWriter, object: JsonObject): void {
    const mark = writer.size;
    this.members.write(writer, object);
    if (writer.size === mark) return;
    writer.length(mark);
    writer.tag(this.number, 2);
  }

  read(object: JsonObject, wire: WireField, depth: number): void {
    this.members.read(object, bytesOf(wire), depth + 1);
  }
}

class Single implements Member {
  constructor(
    readonly number: number,
    private readonly name: string,
    private readonly codec: Codec,
    /** Whether an empty value says something. Go writes every field that is no pointer, also where it is empty. */
    private readonly keepsEmpty: boolean,
  ) {}

  write(writer: ReverseWriter, object: JsonObject): void {
    const value = object[this.name];
    if (value === undefined || value === null) return;
    this.codec.write(writer, value);
    writer.tag(this.number, this.codec.wire);
  }

  read(object: JsonObject, wire: WireField, depth: number): void {
    const value = this.codec.read(wire, depth);
    if (value === undefined || (!this.keepsEmpty && isEmpty(value))) return;
    object[this.name] = value;
  }
}

class Repeated implements Member {
  constructor(
    readonly number: number,
    private readonly name: string,
    private readonly codec: Codec,
  ) {}

  write(writer: ReverseWriter, object: JsonObject): void {
    const list = object[this.name];
    if (!Array.isArray(list)) return;
    for (let i = list.length - 1; i >= 0; i--) {
      this.codec.write(writer, list[i] ?? '');
      writer.tag(this.number, this.codec.wire);
    }
  }

  read(object: JsonObject, wire: WireField, depth: number): void {
    const list = (object[this.name] ?? []) as unknown[];
    const packed = this.codec.wire === 0 && wire.bytes;
    for (const item of packed ? readPacked(packed) : [wire]) list.push(this.codec.read(item, depth));
    object[this.name] = list;
  }
}

/** A map: entries of a key and a value, in the order of the keys as Go writes them. */
class Entries implements Member {
  constructor(
    readonly number: number,
    private readonly name: string,
    private readonly codec: Codec,
  ) {
    this.emptyBytes = codec.wire === 2 ? Buffer.alloc(0) : undefined;
  }

  private readonly emptyBytes: Buffer | undefined;

  write(writer: ReverseWriter, object: JsonObject): void {
    const map = object[this.name];
    if (!isObject(map)) return;
    const keys = Object.keys(map).sort();
    for (let i = keys.length - 1; i >= 0; i--) {
      const key = keys[i] as string;
      const mark = writer.size;
      this.codec.write(writer, map[key] ?? '');
      writer.tag(2, this.codec.wire);
      scalar.textField(writer, 1, key);
      writer.length(mark);
      writer.tag(this.number, 2);
    }
  }

  read(object: JsonObject, wire: WireField, depth: number): void {
    const map = (object[this.name] ?? {}) as JsonObject;
    let key = '';
    let value: unknown;
    for (const part of readFields(bytesOf(wire))) {
      if (part.number === 1) key = bytesOf(part).toString('utf8');
      if (part.number === 2) value = this.codec.read(part, depth);
    }
    if (key === '__proto__') throw new RangeError('the key "__proto__" is not allowed');
    map[key] = value ?? this.codec.read({ number: 2, integer: 0, bytes: this.emptyBytes }, depth) ?? '';
    object[this.name] = map;
  }
}

function membersOf(schema: StructuralSchema): Members {
  const members = new Members();
  const inEnvelope = isWholeObject(schema);
  for (const [name, property] of Object.entries(schema.properties ?? {})) {
    if (inEnvelope && (name === 'apiVersion' || name === 'kind')) continue;
    const number = property['x-orlop-proto'];
    if (number === undefined) continue;
    const into = [property['x-orlop-inline'] ?? []].flat().reduce((outer, inline) => outer.nested(inline), members);
    const keepsEmpty =
      property['x-orlop-pointer'] || property['x-orlop-keep-empty'] || (schema.required?.includes(name) ?? false);
    into.add(memberOf(number, name, property, keepsEmpty));
  }
  return members;
}

/** Whose type is told by its envelope: its fields have the numbers that a reference's kind and version have themselves. */
function isWholeObject({ properties = {} }: StructuralSchema): boolean {
  const { apiVersion, kind, ...fields } = properties;
  if (apiVersion?.['x-orlop-proto'] !== 2 || kind?.['x-orlop-proto'] !== 1) return false;
  const numbers = Object.values(fields).map(
    (field) => [field['x-orlop-inline'] ?? []].flat()[0] ?? field['x-orlop-proto'],
  );
  return numbers.includes(1) || numbers.includes(2);
}

function memberOf(number: number, name: string, property: StructuralSchema, keepsEmpty: boolean): Member {
  // A named type may be a list or a map itself.
  const schema = property.$ref === undefined ? property : schemaOfType(property.$ref);
  if (schema['x-orlop-proto-form'] === 'listMessage') {
    return new Single(number, name, new ListMessage(codecOf(schema.items ?? {})), true);
  }
  if (schema.type === 'array') return new Repeated(number, name, codecOf(schema.items ?? {}));
  if (schema.type === 'object' && typeof schema.additionalProperties === 'object') {
    return new Entries(number, name, codecOf(schema.additionalProperties));
  }
  return new Single(number, name, codecOf(property), keepsEmpty);
}

function isEmpty(value: unknown): boolean {
  if (value === '' || value === 0 || value === false) return true;
  return isObject(value) && Object.keys(value).length === 0;
}
