import type { StructuralSchema } from '../schema';
import { equalJson, isObject, type JsonObject, parseTimestamp } from '../schema-engine';
import { celLibrary, type Environment } from './load';

/** How values of a schema are seen by rules. */
export interface Declared {
  /** The name of the type in CEL: `int`, `list<string>`, `Object2`. */
  type: string;
  /** A JSON value as rules see it. The value has passed its schema. */
  convert(value: unknown): unknown;
}

/** Metadata is Kubernetes' own: rules see the names only. */
const metadata: StructuralSchema = {
  type: 'object',
  properties: { name: { type: 'string' }, generateName: { type: 'string' } },
};
const text: StructuralSchema = { type: 'string' };

/** What every object has beyond its schema, as far as rules may see it. */
export function asResource(schema: StructuralSchema): StructuralSchema {
  return { ...schema, properties: { ...schema.properties, apiVersion: text, kind: text, metadata } };
}

/** Declares the types of a schema in an environment of its own. */
export class Declarer {
  private count = 0;

  constructor(private readonly environment: Environment) {}

  declare(schema: StructuralSchema): Declared {
    if (schema['x-kubernetes-int-or-string']) return { type: 'dyn', convert: convertIntOrString };
    switch (schema.type) {
      case 'object':
        return this.object(schema['x-kubernetes-embedded-resource'] ? asResource(schema) : schema);
      case 'array': {
        const items = this.declare(schema.items ?? {});
        const convert = (value: unknown) => (Array.isArray(value) ? value.map(items.convert) : []);
        return { type: `list<${items.type}>`, convert };
      }
      case 'integer':
        return { type: 'int', convert: (value) => BigInt(value as number) };
      case 'number':
        return { type: 'double', convert: Number };
      case 'boolean':
        return { type: 'bool', convert: (value) => value };
      case 'string':
        return scalarText(schema.format);
      default:
        return { type: 'dyn', convert: convertAny };
    }
  }

  private object(schema: StructuralSchema): Declared {
    const rest = schema.additionalProperties;
    if (typeof rest === 'object') {
      const values = this.declare(rest);
      const convert = (value: unknown) =>
        new Map(entriesOf(value).map(([key, item]) => [key, values.convert(item)] as const));
      return { type: `map<string, ${values.type}>`, convert };
    }
    return this.message(schema.properties ?? {});
  }

  private message(properties: Record<string, StructuralSchema>): Declared {
    const fields = Object.entries(properties).flatMap(([name, property]) => {
      const escaped = escapeName(name);
      return escaped === undefined ? [] : [{ name, escaped, declared: this.declare(property) }];
    });
    const type = `Object${++this.count}`;
    const Message = class extends Map<string, unknown> {
      constructor(readonly json: JsonObject) {
        super();
      }
    };
    this.environment.registerType(type, {
      ctor: Message,
      fields: Object.fromEntries(fields.map(({ escaped, declared }) => [escaped, declared.type])),
    } as never);
    this.environment.registerOperator(`${type} == ${type}`, ((
      a: InstanceType<typeof Message>,
      b: InstanceType<typeof Message>,
    ) => equalJson(a.json, b.json)) as never);
    const convert = (value: unknown) => {
      const message = new Message(isObject(value) ? value : {});
      for (const { name, escaped, declared } of fields) {
        const item = message.json[name];
        // A field that is null is as one that is not there.
        if (item !== undefined && item !== null) message.set(escaped, declared.convert(item));
      }
      return message;
    };
    return { type, convert };
  }
}

function scalarText(format: string | undefined): Declared {
  switch (format) {
    case 'byte':
      return { type: 'bytes', convert: (value) => Buffer.from(String(value), 'base64') };
    case 'date':
      return { type: 'google.protobuf.Timestamp', convert: (value) => new Date(`${value}T00:00:00Z`) };
    case 'date-time':
    case 'datetime':
      return { type: 'google.protobuf.Timestamp', convert: (value) => new Date(parseTimestamp(String(value)) ?? 0) };
    case 'duration':
      return { type: 'google.protobuf.Duration', convert: convertDuration };
    default:
      return { type: 'string', convert: (value) => value };
  }
}

/** Seconds and nanoseconds of a text such as `1h30m` or `1.5s`. */
function convertDuration(value: unknown): unknown {
  const { Duration } = celLibrary() as unknown as { Duration: new (seconds: bigint, nanos: number) => unknown };
  const units: Record<string, number> = {
    ns: 1,
    us: 1e3,
    µs: 1e3,
    ms: 1e6,
    s: 1e9,
    m: 6e10,
    h: 3.6e12,
    d: 8.64e13,
    w: 6.048e14,
  };
  let nanos = 0;
  for (const [, amount = '', unit = ''] of String(value).matchAll(/([\d.]+)\s*([a-zµ]+)/gi)) {
    nanos += Number(amount) * (units[unit.toLowerCase()] ?? units[unit.slice(0, 1).toLowerCase()] ?? 0);
  }
  const sign = String(value).startsWith('-') ? -1 : 1;
  const seconds = Math.trunc(nanos / 1e9);
  return new Duration(BigInt(sign * seconds), sign * Math.round(nanos - seconds * 1e9));
}

function convertIntOrString(value: unknown): unknown {
  return typeof value === 'number' ? BigInt(Math.trunc(value)) : value;
}

/** A value whose type nobody has said. */
function convertAny(value: unknown): unknown {
  if (typeof value === 'number') return Number.isInteger(value) ? BigInt(value) : value;
  if (Array.isArray(value)) return value.map(convertAny);
  if (!isObject(value)) return value;
  return new Map(entriesOf(value).map(([key, item]) => [key, convertAny(item)] as const));
}

function entriesOf(value: unknown): Array<[string, unknown]> {
  return isObject(value) ? Object.entries(value) : [];
}

const reserved = new Set(
  'true false null in as break const continue else for function if import let loop package namespace return var void while'.split(
    ' ',
  ),
);

/** A property's name as rules write it, as Kubernetes escapes it; undefined where it cannot be written. */
export function escapeName(name: string): string | undefined {
  if (reserved.has(name)) return `__${name}__`;
  if (!/^[A-Za-z_.\-/][\w.\-/]*$/.test(name)) return undefined;
  return name
    .replaceAll('__', '__underscores__')
    .replaceAll('.', '__dot__')
    .replaceAll('-', '__dash__')
    .replaceAll('/', '__slash__');
}
