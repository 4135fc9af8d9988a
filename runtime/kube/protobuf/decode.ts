import type { StructuralSchema } from '../schema';
import { decodeJson, formatMicroTime, formatTime, type JsonObject } from '../schema-engine';
import { resolveRef, schemaOf, schemaOfType } from '../schemas';
import { StatusError } from '../status-error';
import { isValueBoolean, isValueInteger, isValueMessage } from './presence';
import { bytesOf, readFields, signedOf, type WireField } from './wire';

const magic = Buffer.from([0x6b, 0x38, 0x73, 0x00]);
const maxDepth = 100;
/** Clients send it under the version of what they delete. */
const deleteOptions = 'io.k8s.apimachinery.pkg.apis.meta.v1.DeleteOptions';

/**
 * Reads an object from Kubernetes' protobuf form (`application/vnd.kubernetes.protobuf`) into what its JSON form would
 * be: fields that Go's encoder writes although they are empty are left out.
 *
 * @throws StatusError BadRequest for bytes that are none, or of a kind that is not built in
 */
export function decodeProtobuf(body: Buffer): JsonObject {
  if (!body.subarray(0, 4).equals(magic)) throw unreadable('it does not begin as Kubernetes protobuf does');
  try {
    const { apiVersion, kind, raw } = envelope(body.subarray(4));
    const schema = kind === 'DeleteOptions' ? schemaOfType(deleteOptions) : schemaOf(apiVersion, kind);
    if (!schema) throw unreadable(`no kind ${kind} of ${apiVersion} is known`);
    return { apiVersion, kind, ...message(schema, raw, 0) };
  } catch (error) {
    if (error instanceof RangeError) throw unreadable(error.message);
    throw error;
  }
}

function unreadable(why: string): StatusError {
  return new StatusError('BadRequest', `the body of the request is not valid protobuf: ${why}`);
}

function envelope(bytes: Buffer): { apiVersion: string; kind: string; raw: Buffer } {
  const found = { apiVersion: '', kind: '', raw: Buffer.alloc(0) as Buffer };
  for (const field of readFields(bytes)) {
    if (field.number === 2) found.raw = bytesOf(field);
    if (field.number !== 1) continue;
    for (const part of readFields(bytesOf(field))) {
      if (part.number === 1) found.apiVersion = bytesOf(part).toString('utf8');
      if (part.number === 2) found.kind = bytesOf(part).toString('utf8');
    }
  }
  return found;
}

interface Field {
  name: string;
  schema: StructuralSchema;
}
/** Fields by number; a number under which a Go struct is nested leads to the fields of that struct. */
type Fields = Map<number, Field | Fields>;
const known = new WeakMap<StructuralSchema, Fields>();

function fieldsOf(schema: StructuralSchema): Fields {
  let fields = known.get(schema);
  if (fields) return fields;
  fields = new Map();
  // A whole object's own type has no number of its own; a reference's has.
  const { apiVersion, kind } = schema.properties ?? {};
  const inEnvelope = apiVersion?.['x-orlop-proto'] === 2 && kind?.['x-orlop-proto'] === 1;
  for (const [name, property] of Object.entries(schema.properties ?? {})) {
    if (inEnvelope && (name === 'apiVersion' || name === 'kind')) continue;
    const number = property['x-orlop-proto'];
    const inline = property['x-orlop-inline'];
    if (number === undefined) continue;
    let into = fields;
    if (inline !== undefined) {
      into = (fields.get(inline) as Fields | undefined) ?? new Map();
      fields.set(inline, into);
    }
    into.set(number, { name, schema: property });
  }
  known.set(schema, fields);
  return fields;
}

function message(schema: StructuralSchema, bytes: Buffer, depth: number): JsonObject {
  const object: JsonObject = {};
  fill(object, fieldsOf(schema), bytes, depth);
  return object;
}

function fill(object: JsonObject, fields: Fields, bytes: Buffer, depth: number): void {
  if (depth > maxDepth) throw new RangeError(`it nests deeper than ${maxDepth} levels`);
  for (const wire of readFields(bytes)) {
    const field = fields.get(wire.number);
    // A field of a newer version than ours.
    if (!field) continue;
    if (field instanceof Map) fill(object, field, bytesOf(wire), depth + 1);
    else set(object, field, wire, depth);
  }
}

function set(object: JsonObject, { name, schema: property }: Field, wire: WireField, depth: number): void {
  const schema = resolveRef(property);
  if (schema.type === 'array') {
    const list = (object[name] ?? []) as unknown[];
    list.push(decodeValue(resolveRef(schema.items ?? {}), wire, depth));
    object[name] = list;
  } else if (schema.type === 'object' && typeof schema.additionalProperties === 'object') {
    const map = (object[name] ?? {}) as JsonObject;
    addEntry(map, resolveRef(schema.additionalProperties), bytesOf(wire), depth);
    object[name] = map;
  } else {
    const value = decodeValue(schema, wire, depth);
    if (!isAbsent(name, value)) object[name] = value;
  }
}

function addEntry(map: JsonObject, schema: StructuralSchema, bytes: Buffer, depth: number): void {
  let key = '';
  let value: unknown = '';
  for (const field of readFields(bytes)) {
    if (field.number === 1) key = bytesOf(field).toString('utf8');
    if (field.number === 2) value = decodeValue(schema, field, depth);
  }
  if (key === '__proto__') throw new RangeError('the key "__proto__" is not allowed');
  map[key] = value;
}

function decodeValue(schema: StructuralSchema, wire: WireField, depth: number): unknown {
  if (schema['x-orlop-quantity']) return textAt(bytesOf(wire), 1);
  if (schema['x-kubernetes-int-or-string']) return intOrString(bytesOf(wire));
  if (schema['x-kubernetes-preserve-unknown-fields']) return decodeJson(textAt(bytesOf(wire), 1) || 'null').value;
  switch (schema.type) {
    case 'string':
      if (schema.format === 'date-time' || schema.format === 'micro-time') return time(bytesOf(wire), schema.format);
      return bytesOf(wire).toString(schema.format === 'byte' ? 'base64' : 'utf8');
    case 'boolean':
      return wire.integer !== 0n;
    case 'integer':
      return signedOf(wire);
    case 'number': {
      const double = Buffer.alloc(8);
      double.writeBigUInt64LE(wire.integer);
      return double.readDoubleLE();
    }
    default:
      return message(schema, bytesOf(wire), depth + 1);
  }
}

function textAt(bytes: Buffer, number: number): string {
  let text = '';
  for (const field of readFields(bytes)) if (field.number === number) text = bytesOf(field).toString('utf8');
  return text;
}

function intOrString(bytes: Buffer): number | string {
  let isText = false;
  let integer = 0;
  let text = '';
  for (const field of readFields(bytes)) {
    if (field.number === 1) isText = field.integer === 1n;
    if (field.number === 2) integer = signedOf(field);
    if (field.number === 3) text = bytesOf(field).toString('utf8');
  }
  return isText ? text : integer;
}

/** The zero time stands for none. */
function time(bytes: Buffer, format: 'date-time' | 'micro-time'): string | undefined {
  let seconds = 0;
  let nanos = 0;
  for (const field of readFields(bytes)) {
    if (field.number === 1) seconds = signedOf(field);
    if (field.number === 2) nanos = signedOf(field);
  }
  if (seconds === 0 && nanos === 0) return undefined;
  return format === 'date-time' ? formatTime(seconds * 1000) : formatMicroTime(seconds * 1000 + nanos / 1e6);
}

/** Go writes every field that is no pointer; JSON leaves such a one out when it is empty. */
function isAbsent(name: string, value: unknown): boolean {
  if (value === undefined || value === '') return true;
  if (value === 0) return isValueInteger(name);
  if (value === false) return isValueBoolean(name);
  return typeof value === 'object' && value !== null && Object.keys(value).length === 0 && isValueMessage(name);
}
