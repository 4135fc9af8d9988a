import type { StructuralSchema } from '../../runtime/kube/schema';
import { isObject, type JsonObject } from '../../runtime/kube/schema-engine';
import { resolveRef } from '../../runtime/kube/schemas';

/** Makes objects of a schema, each field there or not, in the one spelling that Kubernetes gives back. */
export class ObjectMaker {
  /** @param random 0 ≤ random < 1 */
  constructor(private readonly random: () => number) {}

  /** Fields are the rarer the deeper they stand. */
  object(schema: StructuralSchema, depth = 0): JsonObject {
    const resolved = resolveRef(schema);
    const out: JsonObject = {};
    const share = depth < 2 ? 0.8 : Math.min(0.8, 4 / Object.keys(resolved.properties ?? {}).length);
    // The type of an object as a whole travels in the envelope alone.
    const { apiVersion, kind } = resolved.properties ?? {};
    const whole = apiVersion?.['x-orlop-proto'] === 2 && kind?.['x-orlop-proto'] === 1;
    for (const [name, property] of Object.entries(resolved.properties ?? {})) {
      if (property['x-orlop-proto'] === undefined || this.random() > share) continue;
      if (whole && (name === 'apiVersion' || name === 'kind')) continue;
      const keepsEmpty =
        property['x-orlop-pointer'] || property['x-orlop-keep-empty'] || resolved.required?.includes(name);
      const value = this.value(property, depth + 1);
      if (value !== undefined && (keepsEmpty || !isEmptyValue(value))) out[name] = value;
    }
    return out;
  }

  private value(property: StructuralSchema, depth: number): unknown {
    const schema = resolveRef(property);
    const form = schema['x-orlop-proto-form'];
    if (form === 'duration') return this.of(['0s', '150ms', '1.5s', '30s', '1m0s', '2h3m4.000000005s']);
    if (form && form !== 'listMessage') return this.schemaForm(form, depth);
    if (schema['x-orlop-quantity']) return this.of(['1', '100m', '2Gi', '0']);
    if (schema['x-kubernetes-int-or-string']) return this.of([0, 8080, -1, '25%', 'web']);
    if (schema['x-kubernetes-preserve-unknown-fields']) {
      return this.of<unknown>(
        schema.type === 'object' ? [{ 'f:a': {}, 'k:{"b":1}': { '.': {} } }] : [1, 'a', true, { a: [1] }],
      );
    }
    switch (schema.type) {
      case 'string':
        return this.text(schema.format);
      case 'boolean':
        return this.random() < 0.5;
      case 'integer':
        return schema.format === 'int32'
          ? this.of([0, 1, -1, 127, 128, 300, -(2 ** 31), 2 ** 31 - 1])
          : this.of([0, 1, -1, 2 ** 31, 2 ** 49, 2 ** 50 + 3, Number.MAX_SAFE_INTEGER, Number.MIN_SAFE_INTEGER]);
      case 'number':
        return this.of([0, 0.1, -1e300, 42]);
      case 'array':
        return this.some(() => this.value(schema.items ?? {}, depth + 1), depth);
      default:
        return this.mapOrObject(schema, depth);
    }
  }

  private mapOrObject(schema: StructuralSchema, depth: number): unknown {
    const values = schema.additionalProperties;
    if (typeof values !== 'object') return depth > 8 ? {} : this.object(schema, depth);
    const items = this.some(() => this.value(values, depth + 1), depth);
    return items && Object.fromEntries(items.map((value, i) => [`${this.text()}${i}`, value]));
  }

  private schemaForm(form: string, depth: number): unknown {
    if (form === 'schemaOrBool' && this.random() < 0.5) return this.random() < 0.5;
    const schema = () => (depth > 8 ? {} : this.object(jsonSchema, depth + 1));
    if (form === 'schemaOrBool' || this.random() < 0.5) return schema();
    return [form === 'schemaOrArray' ? schema() : this.text(), form === 'schemaOrArray' ? schema() : this.text()];
  }

  private text(format?: string): string {
    switch (format) {
      case 'date-time':
        return this.of([
          '2026-01-01T00:00:00Z',
          '1969-12-31T23:59:59Z',
          '0001-01-01T00:00:01Z',
          '9999-12-31T23:59:59Z',
        ]);
      case 'micro-time':
        return this.of(['2026-01-01T00:00:00.000001Z', '1969-12-31T23:59:59.999999Z', '2026-01-01T00:00:00.000000Z']);
      case 'byte':
        return this.of(['', 'AP8=', 'aGVsbG8=']);
      default:
        return this.of([
          '',
          'a',
          'kubernetes.io/name',
          'é',
          'a text of some length, which is beyond forty bytes 漢字 😀',
        ]);
    }
  }

  /** One to three of them; undefined where it is deep enough. */
  private some<T>(make: () => T, depth: number): T[] | undefined {
    if (depth > 8) return undefined;
    const found = Array.from({ length: 1 + Math.floor(this.random() * 3) }, make).filter((each) => each !== undefined);
    return found.length > 0 ? found : undefined;
  }

  private of<T>(values: readonly T[]): T {
    return values[Math.floor(this.random() * values.length)] as T;
  }
}

const jsonSchema: StructuralSchema = {
  $ref: 'io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.JSONSchemaProps',
};

function isEmptyValue(value: unknown): boolean {
  if (value === '' || value === 0 || value === false) return true;
  return isObject(value) && Object.keys(value).length === 0;
}

/** A sequence of numbers that a seed decides (mulberry32). */
export function randomOf(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
