import { decodeJson, formatTime } from '../schema-engine';
import type { Codec } from './codec';
import { formatDuration, parseDuration } from './duration';
import { bytesOf, readFields, signedOf } from './wire';
import type { ReverseWriter } from './writer';

export const text: Codec = {
  wire: 2,
  write: (writer, value) => lengthDelimited(writer, () => writer.text(String(value))),
  read: (field) => bytesOf(field).toString('utf8'),
};

/** Bytes, which JSON has as base64. */
export const base64: Codec = {
  wire: 2,
  write: (writer, value) => lengthDelimited(writer, () => writer.bytes(Buffer.from(String(value), 'base64'))),
  read: (field) => bytesOf(field).toString('base64'),
};

export const boolean: Codec = {
  wire: 0,
  write: (writer, value) => writer.varint(value ? 1 : 0),
  read: (field) => signedOf(field) !== 0,
};

export const integer: Codec = {
  wire: 0,
  write: (writer, value) => writer.varint(Number(value)),
  read: (field) => signedOf(field),
};

export const double: Codec = {
  wire: 1,
  write: (writer, value) => writer.double(Number(value)),
  read: (field) => {
    const bytes = Buffer.alloc(8);
    bytes.writeBigUInt64LE(BigInt(field.integer));
    return bytes.readDoubleLE();
  },
};

/** A message with one text. */
export const quantity: Codec = {
  wire: 2,
  write: (writer, value) => lengthDelimited(writer, () => textField(writer, 1, String(value))),
  read: (field) => textAt(bytesOf(field), 1),
};

/** Any JSON: a message with its text. */
export const json: Codec = {
  wire: 2,
  write: (writer, value) => lengthDelimited(writer, () => textField(writer, 1, JSON.stringify(value))),
  read: (field) => {
    const content = textAt(bytesOf(field), 1);
    return content === '' ? undefined : (decodeJson(content).value ?? undefined);
  },
};

/** A message with the type, the number and the text. */
export const intOrString: Codec = {
  wire: 2,
  write: (writer, value) =>
    lengthDelimited(writer, () => {
      if (typeof value === 'number') return integerField(writer, 2, value);
      textField(writer, 3, String(value));
      integerField(writer, 1, 1);
    }),
  read: (field) => {
    let isText = false;
    let number = 0;
    let content = '';
    for (const part of readFields(bytesOf(field))) {
      if (part.number === 1) isText = signedOf(part) === 1;
      if (part.number === 2) number = signedOf(part);
      if (part.number === 3) content = bytesOf(part).toString('utf8');
    }
    return isText ? content : number;
  },
};

const fraction = /\.(\d+)/;

/** Seconds and nanoseconds since the epoch; the zero time stands for none. `time` has no fraction of a second. */
const timestamp = (format: (seconds: number, nanos: number) => string): Codec => ({
  wire: 2,
  write: (writer, value) =>
    lengthDelimited(writer, () => {
      const found = fraction.exec(String(value));
      if (found?.[1]) integerField(writer, 2, Number(found[1].padEnd(9, '0').slice(0, 9)));
      integerField(writer, 1, Math.floor(Date.parse(String(value)) / 1000));
    }),
  read: (field) => {
    let seconds = 0;
    let nanos = 0;
    for (const part of readFields(bytesOf(field))) {
      if (part.number === 1) seconds = signedOf(part);
      if (part.number === 2) nanos = signedOf(part);
    }
    return seconds === 0 && nanos === 0 ? undefined : format(seconds, nanos);
  },
});

export const time = timestamp((seconds) => formatTime(seconds * 1000));
export const microTime = timestamp((seconds, nanos) => {
  const micros = String(Math.floor(nanos / 1000)).padStart(6, '0');
  return `${formatTime(seconds * 1000).slice(0, -1)}.${micros}Z`;
});

/** A message with nanoseconds; in JSON as Go writes durations. */
export const duration: Codec = {
  wire: 2,
  write: (writer, value) => lengthDelimited(writer, () => integerField(writer, 1, parseDuration(String(value)))),
  read: (field) => {
    let nanos = 0;
    for (const part of readFields(bytesOf(field))) if (part.number === 1) nanos = signedOf(part);
    return formatDuration(nanos);
  },
};

/** Writes what `content` writes, its length before it. */
export function lengthDelimited(writer: ReverseWriter, content: () => void): void {
  const mark = writer.size;
  content();
  writer.length(mark);
}

export function textField(writer: ReverseWriter, number: number, value: string): void {
  text.write(writer, value);
  writer.tag(number, 2);
}

function integerField(writer: ReverseWriter, number: number, value: number): void {
  writer.varint(value);
  writer.tag(number, 0);
}

function textAt(bytes: Buffer, number: number): string {
  let content = '';
  for (const field of readFields(bytes)) if (field.number === number) content = bytesOf(field).toString('utf8');
  return content;
}
