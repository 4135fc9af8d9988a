import { boolean, double, integer, lengthDelimited, text } from '../protobuf/scalars';
import { ReverseWriter } from '../protobuf/writer';
import { isObject, type JsonObject } from '../schema-engine';
import type { OpenApi } from './schemas';

// The OpenAPI v2 document as the protobuf messages of gnostic's openapi.v2, which Go clients ask for.

interface Encoder {
  readonly wire: 0 | 1 | 2;
  write(writer: ReverseWriter, value: unknown): void;
}

/** A field: its name in JSON, its number, how it is written; a list's items each on their own. */
type Field = [name: string, number: number, encoder: () => Encoder, repeated?: 'repeated'];

/** Objects with known fields; under `extensions` stand those whose names begin with `x-`. */
function message(fields: readonly Field[], extensions?: number): Encoder {
  const lastFirst = [...fields].sort(([, a], [, b]) => b - a);
  return {
    wire: 2,
    write: (writer, value) =>
      lengthDelimited(writer, () => {
        if (!isObject(value)) return;
        if (extensions !== undefined) writeNamed(writer, extensions, anyValue, value, (key) => key.startsWith('x-'));
        for (const [name, number, encoder, repeated] of lastFirst) {
          const content = value[name];
          if (content === undefined) continue;
          const items = repeated ? [...(content as unknown[])].reverse() : [content];
          for (const item of items) writeField(writer, number, encoder(), item);
        }
      }),
  };
}

function writeField(writer: ReverseWriter, number: number, encoder: Encoder, value: unknown): void {
  encoder.write(writer, value);
  writer.tag(number, encoder.wire);
}

/** The entries of a map, each a message of a name and a value. */
function writeNamed(
  writer: ReverseWriter,
  number: number,
  encoder: Encoder,
  map: JsonObject,
  takes: (key: string) => boolean = () => true,
): void {
  for (const key of Object.keys(map).filter(takes).reverse()) {
    const entry = message([
      ['name', 1, () => text],
      ['value', 2, () => encoder],
    ]);
    writeField(writer, number, entry, { name: key, value: map[key] });
  }
}

/** A message that is a map. */
function mapOf(number: number, encoder: () => Encoder, extensions?: number): Encoder {
  return {
    wire: 2,
    write: (writer, value) =>
      lengthDelimited(writer, () => {
        const map = value as JsonObject;
        const isExtension = (key: string) => extensions !== undefined && key.startsWith('x-');
        writeNamed(writer, number, encoder(), map, (key) => !isExtension(key));
        if (extensions !== undefined) writeNamed(writer, extensions, anyValue, map, isExtension);
      }),
  };
}

/** A message of one field, which is chosen by the value. */
function wrapped(choose: (value: unknown) => [number: number, encoder: Encoder, value: unknown]): Encoder {
  return {
    wire: 2,
    write: (writer, value) => lengthDelimited(writer, () => writeField(writer, ...choose(value))),
  };
}

/** Any value: its YAML, of which JSON is a part. */
const anyValue = wrapped((value) => [2, text, JSON.stringify(value)]);
const typeItem = wrapped((value) => [1, text, value]);
const itemsItem = wrapped((value) => [1, schema, value]);
const additionalProperties = wrapped((value) => (isObject(value) ? [1, schema, value] : [2, boolean, value]));

const schema: Encoder = message(
  [
    ['$ref', 1, () => text],
    ['format', 2, () => text],
    ['title', 3, () => text],
    ['description', 4, () => text],
    ['default', 5, () => anyValue],
    ['multipleOf', 6, () => double],
    ['maximum', 7, () => double],
    ['exclusiveMaximum', 8, () => boolean],
    ['minimum', 9, () => double],
    ['exclusiveMinimum', 10, () => boolean],
    ['maxLength', 11, () => integer],
    ['minLength', 12, () => integer],
    ['pattern', 13, () => text],
    ['maxItems', 14, () => integer],
    ['minItems', 15, () => integer],
    ['uniqueItems', 16, () => boolean],
    ['maxProperties', 17, () => integer],
    ['minProperties', 18, () => integer],
    ['required', 19, () => text, 'repeated'],
    ['enum', 20, () => anyValue, 'repeated'],
    ['additionalProperties', 21, () => additionalProperties],
    ['type', 22, () => typeItem],
    ['items', 23, () => itemsItem],
    ['allOf', 24, () => schema, 'repeated'],
    ['properties', 25, () => mapOf(1, () => schema)],
    ['example', 30, () => anyValue],
  ],
  31,
);

const parameterFields = (type: number): Field[] => [
  ['required', 1, () => boolean],
  ['in', 2, () => text],
  ['description', 3, () => text],
  ['name', 4, () => text],
  ['type', type, () => text],
  ['uniqueItems', type === 6 ? 20 : 19, () => boolean],
];
const queryParameter = message(parameterFields(6), 23);
const pathParameter = message(parameterFields(5), 22);
const bodyParameter = message(
  [
    ['description', 1, () => text],
    ['name', 2, () => text],
    ['in', 3, () => text],
    ['required', 4, () => boolean],
    ['schema', 5, () => schema],
  ],
  6,
);
const nonBody = wrapped((value) =>
  (value as OpenApi).in === 'path' ? [4, pathParameter, value] : [3, queryParameter, value],
);
const parameter = wrapped((value) =>
  (value as OpenApi).in === 'body' ? [1, bodyParameter, value] : [2, nonBody, value],
);
const parametersItem = wrapped((value) => [1, parameter, value]);

const schemaItem = wrapped((value) => [1, schema, value]);
const response = message([
  ['description', 1, () => text],
  ['schema', 2, () => schemaItem],
]);
const responseValue = wrapped((value) => [1, response, value]);

const operation = message(
  [
    ['tags', 1, () => text, 'repeated'],
    ['description', 3, () => text],
    ['operationId', 5, () => text],
    ['produces', 6, () => text, 'repeated'],
    ['consumes', 7, () => text, 'repeated'],
    ['parameters', 8, () => parametersItem, 'repeated'],
    ['responses', 9, () => mapOf(1, () => responseValue, 2)],
  ],
  13,
);

const pathItem = message(
  [
    ['get', 2, () => operation],
    ['put', 3, () => operation],
    ['post', 4, () => operation],
    ['delete', 5, () => operation],
    ['patch', 8, () => operation],
    ['parameters', 9, () => parametersItem, 'repeated'],
  ],
  10,
);

const info = message([
  ['title', 1, () => text],
  ['version', 2, () => text],
]);

const document = message([
  ['swagger', 1, () => text],
  ['info', 2, () => info],
  ['paths', 8, () => mapOf(2, () => pathItem, 1)],
  ['definitions', 9, () => mapOf(1, () => schema)],
]);

/** The protobuf form of `swaggerDocument`'s answer. */
export function encodeSwagger(swagger: OpenApi): Buffer {
  const writer = new ReverseWriter();
  document.write(writer, swagger);
  return writer.takeContent();
}
