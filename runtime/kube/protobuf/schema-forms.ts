import { isObject } from '../schema-engine';
import type { Codec } from './codec';
import { lengthDelimited, text } from './scalars';
import { bytesOf, readFields, signedOf } from './wire';
import type { ReverseWriter } from './writer';

/** Codecs of what JSON Schema allows to be a schema or something shorter, in a custom resource definition. */
export interface SchemaForms {
  /** `additionalProperties`: a schema, or whether there may be any. */
  orBool: Codec;
  /** `items`: a schema, or one for each place. */
  orArray: Codec;
  /** `dependencies`: a schema, or names. */
  orStrings: Codec;
}

/** @param schema the codec of a schema */
export function schemaForms(schema: Codec): SchemaForms {
  return { orBool: schemaOrBool(schema), orArray: schemaOr(schema, schema), orStrings: schemaOr(schema, text) };
}

function schemaOrBool(schema: Codec): Codec {
  return {
    wire: 2,
    write: (writer, value) =>
      lengthDelimited(writer, () => {
        if (isObject(value)) field(writer, 2, schema, value);
        writer.varint(value ? 1 : 0);
        writer.tag(1, 0);
      }),
    read: (wire, depth) => {
      let allows = false;
      let found: unknown;
      for (const part of readFields(bytesOf(wire))) {
        if (part.number === 1) allows = signedOf(part) !== 0;
        if (part.number === 2) found = schema.read(part, depth);
      }
      return found ?? allows;
    },
  };
}

function schemaOr(schema: Codec, item: Codec): Codec {
  return {
    wire: 2,
    write: (writer, value) =>
      lengthDelimited(writer, () => {
        if (isObject(value)) field(writer, 1, schema, value);
        else if (Array.isArray(value)) for (const each of [...value].reverse()) field(writer, 2, item, each);
      }),
    read: (wire, depth) => {
      const list: unknown[] = [];
      let found: unknown;
      for (const part of readFields(bytesOf(wire))) {
        if (part.number === 1) found = schema.read(part, depth);
        if (part.number === 2) list.push(item.read(part, depth));
      }
      return found ?? list;
    },
  };
}

function field(writer: ReverseWriter, number: number, codec: Codec, value: unknown): void {
  codec.write(writer, value);
  writer.tag(number, codec.wire);
}
