import type { StructuralSchema } from '../schema';
import type { JsonObject } from '../schema-engine';
import { magic, protobufSchema } from './envelope';
import { codecOf } from './message';
import { textField } from './scalars';
import { ReverseWriter } from './writer';

/** Encoding is synchronous, so one writer serves all. */
const writer = new ReverseWriter();
const itemsField = 2;
const rawField = 2;

/** An object without its envelope: what a list holds. `schema` is that of its kind; apiVersion and kind are left out. */
export function encodeMessage(schema: StructuralSchema, object: JsonObject): Buffer {
  const codec = codecOf(schema);
  codec.write(writer, object);
  return writer.takeContent();
}

/** A message in the envelope that names its kind: a whole body, or the object of a watch event. */
export function inEnvelope(apiVersion: string, kind: string, message: Uint8Array): Buffer {
  writer.bytes(message);
  writer.length(0);
  writer.tag(rawField, 2);
  const mark = writer.size;
  textField(writer, 2, kind);
  textField(writer, 1, apiVersion);
  writer.length(mark);
  writer.tag(1, 2);
  writer.bytes(magic);
  return writer.take();
}

/** A whole body. @returns undefined for a kind that has no protobuf form */
export function encodeProtobuf(object: { apiVersion: string; kind: string }): Buffer | undefined {
  const schema = protobufSchema(object.apiVersion, object.kind);
  return schema && inEnvelope(object.apiVersion, object.kind, encodeMessage(schema, object as unknown as JsonObject));
}

/** The body of a list: a concatenation of its items' messages. */
export function encodeProtobufList(
  apiVersion: string,
  listKind: string,
  metadata: JsonObject,
  items: readonly Uint8Array[],
): Buffer {
  const schema = protobufSchema('meta.k8s.io/v1', 'PartialObjectMetadataList') as StructuralSchema;
  // The metadata of all lists is one type and has the same number in each.
  const head = encodeMessage(schema, { metadata });
  const parts: Uint8Array[] = [];
  let size = head.length;
  for (const item of items) {
    const lead = lengthPrefix(itemsField, item.length);
    parts.push(lead, item);
    size += lead.length + item.length;
  }
  const shell = inEnvelope(apiVersion, listKind, new Uint8Array(0));
  // The shell ends with the tag of the content and the length 0.
  const start = shell.subarray(0, shell.length - 2);
  return Buffer.concat([start, lengthPrefix(rawField, size), head, ...parts]);
}

/** One frame of a watch: four bytes of length, then a WatchEvent with the object in its envelope. */
export function encodeWatchFrame(type: string, body: Uint8Array): Buffer {
  // RawExtension: the object's bytes under number 1.
  writer.bytes(body);
  writer.length(0);
  writer.tag(1, 2);
  writer.length(0);
  writer.tag(2, 2);
  textField(writer, 1, type);
  const head = Buffer.allocUnsafe(4);
  head.writeUInt32BE(writer.size);
  writer.bytes(head);
  return writer.take();
}

function lengthPrefix(number: number, length: number): Buffer {
  writer.varint(length);
  writer.tag(number, 2);
  return writer.take();
}
