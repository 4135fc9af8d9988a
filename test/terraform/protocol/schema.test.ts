import { z } from 'zod';
import { resourceSchema } from '../../../runtime/terraform/protocol/resource';
import { schemaJson } from '../../../runtime/terraform/protocol/schema-json';
import { blockOf } from '../../../runtime/terraform/protocol/zod-block';

const json = (shape: z.ZodRawShape) =>
  schemaJson(resourceSchema({ name: 'x', attributes: z.strictObject(shape) })).block;

test('zod types become Terraform types', () => {
  const { attributes } = json({
    s: z.string(),
    e: z.enum(['a', 'b']).optional(),
    n: z.int().min(1),
    b: z.boolean(),
    l: z.array(z.string()),
    t: z.array(z.number()).meta({ set: true }),
    m: z.record(z.string(), z.boolean()),
    d: z.unknown().optional(),
    u: z.union([z.literal('x'), z.string().min(3)]),
  });
  expect(Object.entries(attributes).map(([name, { type }]) => [name, type])).toEqual([
    ['s', 'string'],
    ['e', 'string'],
    ['n', 'number'],
    ['b', 'bool'],
    ['l', ['list', 'string']],
    ['t', ['set', 'number']],
    ['m', ['map', 'bool']],
    ['d', 'dynamic'],
    ['u', 'string'],
  ]);
});

test('who sets a property follows from the zod type and its metadata', () => {
  const { attributes } = json({
    needed: z.string(),
    free: z.string().nullish(),
    ours: z.string().nullable().meta({ computed: true }),
    either: z.string().optional().meta({ computed: true }),
    filled: z.string().default('x').describe('Filled in.'),
    secret: z.string().optional().meta({ writeOnly: true, sensitive: true }),
  });
  const kinds = Object.entries(attributes).map(([name, { type, description, ...flags }]) => [name, Object.keys(flags)]);
  expect(Object.fromEntries(kinds)).toEqual({
    needed: ['required'],
    free: ['optional'],
    ours: ['computed'],
    either: ['optional', 'computed'],
    filled: ['optional', 'computed'],
    secret: ['optional', 'sensitive', 'write_only'],
  });
  expect(attributes.filled?.description).toBe('Filled in.');
});

test('blocks take their nesting from metadata and their limits from zod', () => {
  const port = z.strictObject({ internal: z.int() });
  expect(
    json({
      ports: z.array(port).min(1).max(3).meta({ block: 'list' }),
      extra: z.array(port).optional().meta({ block: 'set' }),
      one: port.optional().meta({ block: 'single' }),
    }).block_types,
  ).toMatchObject({
    ports: { nesting_mode: 'list', min_items: 1, max_items: 3 },
    extra: { nesting_mode: 'set' },
    one: { nesting_mode: 'single', block: { attributes: { internal: { type: 'number', required: true } } } },
  });
});

test('an object that is no block is an attribute with attributes of its own', () => {
  const { attributes } = blockOf(z.strictObject({ all: z.record(z.string(), z.strictObject({ a: z.string() })) }));
  expect(attributes[0]).toMatchObject({ type: ['map', ['object', { a: 'string' }]], nested: { nesting: 'map' } });
});

test('a zod type that Terraform has no type for is named', () => {
  expect(() => blockOf(z.strictObject({ when: z.date() }))).toThrow('when: a zod "date" has no Terraform type here');
  expect(() => blockOf(z.strictObject({ mix: z.union([z.string(), z.number()]) }))).toThrow('mix: a zod "union"');
});
