import fc from 'fast-check';
import { decodeObject } from '../../../runtime/apiserver/admission';
import { kinds } from '../../../runtime/kube/kinds';
import type { StructuralSchema } from '../../../runtime/kube/schema';
import { schemaOfType } from '../../../runtime/kube/schemas';
import { StatusError } from '../../../runtime/kube/status-error';
import { created, kindOf, minimal } from './fixtures';

const words = [
  '',
  'a',
  'web',
  'Always',
  'TCP',
  'ClusterIP',
  'None',
  '10.0.0.1',
  '25%',
  'In',
  '/',
  'http',
  '1Gi',
  'A_b',
  'Exists',
];

/** Any value of a schema's types, sparse: most fields missing, as in manifests. */
function anyOf(schema: StructuralSchema, depth = 0): fc.Arbitrary<unknown> {
  if (schema.$ref) return anyOf({ ...schemaOfType(schema.$ref), ...schema, $ref: undefined }, depth);
  if (schema['x-orlop-quantity']) return fc.constantFrom('1', '500m', '1Gi', 0, '-1');
  if (schema['x-kubernetes-int-or-string'])
    return fc.oneof(fc.constantFrom(...words), fc.integer({ min: -1, max: 70000 }));
  switch (schema.type) {
    case 'array':
      return depth > 7 ? fc.constant([]) : fc.array(anyOf(schema.items ?? {}, depth + 1), { maxLength: 2 });
    case 'object': {
      if (depth > 7) return fc.constant({});
      if (schema.properties) {
        const missing = fc.constant(undefined);
        const fields = Object.entries(schema.properties).map(([key, value]) => [
          key,
          fc.oneof(
            { weight: depth < 2 ? 1 : 4, arbitrary: missing },
            { weight: depth < 2 ? 3 : 1, arbitrary: missing.chain(() => anyOf(value, depth + 1)) },
          ),
        ]);
        return fc.record(Object.fromEntries(fields), { requiredKeys: [] });
      }
      const values =
        typeof schema.additionalProperties === 'object' ? schema.additionalProperties : { type: 'string' as const };
      return fc.dictionary(fc.constantFrom(...words), anyOf(values, depth + 1), { maxKeys: 2 });
    }
    case 'integer':
    case 'number':
      return fc.integer({ min: -1, max: 70000 });
    case 'boolean':
      return fc.boolean();
    default:
      if (schema.format === 'date-time' || schema.format === 'micro-time') return fc.constant('2026-01-31T13:00:00Z');
      return schema.format === 'byte' ? fc.constantFrom('', 'YQ==') : fc.constantFrom(...words);
  }
}

describe.each(kinds.map((kind) => ({ name: kind.resource.kind, kind })))('$name', ({ kind }) => {
  const arbitrary = anyOf(kind.schema).map((value) => {
    const { kind: _k, apiVersion: _v, ...rest } = JSON.parse(JSON.stringify(value)) as Record<string, unknown>;
    return decodeObject(kind, rest, 'Ignore').object;
  });

  test('defaults are idempotent, and nothing throws on whatever fits the schema', () => {
    fc.assert(
      fc.property(arbitrary, (object) => {
        kind.applyDefaults?.(object);
        const once = JSON.stringify(object);
        kind.applyDefaults?.(object);
        expect(JSON.stringify(object)).toBe(once);
        kind.prepareForCreate?.(object);
        const errors = kind.validate?.(object) ?? [];
        kind.warnings?.(object);
        const old = structuredClone(object);
        kind.prepareForUpdate?.(object, old);
        kind.validateUpdate?.(object, old);
        kind.prepareForStatusUpdate?.(object, old);
        kind.validateStatusUpdate?.(object, old);
        // A stored object has a selector that can be printed.
        if (errors.some((error) => error.field.includes('elector'))) return;
        for (const column of kind.columns) expect(column.cell(object, 0)).not.toBeUndefined();
        for (const field of Object.values(kind.selectableFields ?? {})) expect(typeof field(object)).toBe('string');
      }),
      { numRuns: 60, seed: 42 },
    );
  });
});

test.each(Object.entries(minimal))('what is stored of a %s is stored unchanged again', (_name, make) => {
  const stored = created(make());
  const { resourceVersion: _ignored, ...metadata } = stored.metadata;
  const again = created({ ...structuredClone(stored), metadata });
  expect(again).toEqual(stored);
});

test.each(Object.entries(minimal))('a %s with nothing in it is refused, not stumbled over', (_name, make) => {
  const { apiVersion, kind } = make();
  const write = () => created({ apiVersion, kind, metadata: {} });
  expect(write).toThrow(StatusError);
  expect(kindOf(make()).resource.kind).toBe(kind);
});
