import fc from 'fast-check';
import { decodeValue, encodeValue, parseNumber } from '../../../runtime/terraform/protocol/cty';
import { equalByType } from '../../../runtime/terraform/protocol/equal';
import { parseExactJson, valueFromJson } from '../../../runtime/terraform/protocol/state-json';
import { type CtyType, Dynamic, ExactNumber, Unknown, type Value } from '../../../runtime/terraform/protocol/value';

const through = (value: Value, type: CtyType) => decodeValue(encodeValue(value, type), type);

interface Typed {
  type: CtyType;
  value: Value;
}

const scalar: fc.Arbitrary<Typed> = fc.oneof(
  fc
    .oneof(fc.string(), fc.constant(null), fc.constant<Value>(Unknown))
    .map((value): Typed => ({ type: 'string', value })),
  fc.boolean().map((value): Typed => ({ type: 'bool', value })),
  fc
    .oneof(fc.integer(), fc.double({ noNaN: true, noDefaultInfinity: true }), fc.bigInt({ min: 2n ** 60n }))
    .map((value): Typed => ({ type: 'number', value: Object.is(value, -0) ? 0 : value })),
);

/** A type with a value of that type. */
const typed = fc.letrec<{ any: Typed }>((tie) => ({
  any: fc.oneof(
    { depthSize: 'small' },
    scalar,
    fc.array(tie('any'), { maxLength: 3 }).map(
      (each): Typed => ({
        type: ['tuple', each.map(({ type }) => type)],
        value: each.map(({ value }) => value),
      }),
    ),
    fc.dictionary(fc.string(), tie('any'), { maxKeys: 3, noNullPrototype: true }).map(
      (each): Typed => ({
        type: ['object', Object.fromEntries(Object.entries(each).map(([key, { type }]) => [key, type]))],
        value: Object.fromEntries(Object.entries(each).map(([key, { value }]) => [key, value])),
      }),
    ),
    tie('any')
      .filter(({ value }) => value !== null && value !== Unknown)
      .map(
        ({ type, value }): Typed => ({
          type: 'dynamic',
          value: type === 'dynamic' ? value : new Dynamic(type, value),
        }),
      ),
  ),
})).any;

test('every value comes back from msgpack as it went in', () => {
  fc.assert(
    fc.property(typed, ({ type, value }) => {
      expect(equalByType(through(value, type), value, type)).toBe(true);
    }),
  );
});

test.each([27402795448259830, 35405336158617030, 123456789012345680000])('the double %d is that integer', (value) => {
  expect(through(value, 'number')).toBe(BigInt(value));
});

test.each<[Value]>([
  [Number.MAX_SAFE_INTEGER],
  [2n ** 64n - 1n],
  [-(2n ** 63n)],
  [12345678901234567890123n],
  [0.1],
  [1e300],
  [-1.5e-7],
])('the number %s stays exact', (value) => expect(through(value, 'number')).toEqual(value));

test('a number that JavaScript cannot hold keeps its digits', () => {
  const third = new ExactNumber('0.33333333333333333333333333');
  expect(through(third, 'number')).toEqual(third);
  expect(parseNumber('1.10')).toBe(1.1);
  expect(parseNumber('9007199254740993')).toBe(9007199254740993n);
});

test('a set loses what is in it twice, but not what may yet turn out different', () => {
  expect(through(['a', 'b', 'a'], ['set', 'string'])).toEqual(['a', 'b']);
  expect(through([Unknown, Unknown], ['set', 'string'])).toEqual([Unknown, Unknown]);
});

test('a dynamic value keeps the type that its expression gave it', () => {
  const list = new Dynamic(['list', 'string'], ['a']);
  expect(through(list, 'dynamic')).toEqual(list);
  expect(through(Dynamic.of({ a: [1, null] }), 'dynamic')).toEqual(
    new Dynamic(['object', { a: ['tuple', ['number', 'dynamic']] }], { a: [1, null] }),
  );
  expect(through(Unknown, 'dynamic')).toBe(Unknown);
});

test('a value that does not fit names its place', () => {
  expect(() =>
    encodeValue({ ports: [{ internal: 'x' }] }, ['object', { ports: ['list', ['object', { internal: 'number' }]] }]),
  ).toThrow('ports.0.internal: expected a value of Terraform type number, got string');
  expect(() => encodeValue({ nope: 1 }, ['object', {}])).toThrow('has no attribute "nope"');
});

test('stored JSON keeps numbers exact, and dynamic values their types', () => {
  const type: CtyType = ['object', { n: 'number', d: 'dynamic', gone: 'string', s: 'string' }];
  const state = parseExactJson(
    '{"n":12345678901234567890,"d":{"type":["list","number"],"value":[1,0.1]},"s":"12345678901234567890","x":1}',
  );
  expect(valueFromJson(state, type)).toEqual({
    n: 12345678901234567890n,
    d: new Dynamic(['list', 'number'], [1, 0.1]),
    gone: null,
    s: '12345678901234567890',
  });
});

test('stored JSON of another shape is refused with its place', () => {
  expect(() => valueFromJson({ a: [1] }, ['object', { a: 'bool' }])).toThrow('stored state at a is no Terraform bool');
});

test('sets are equal in any order, lists are not', () => {
  expect(equalByType([1, 2], [2, 1], ['set', 'number'])).toBe(true);
  expect(equalByType([1, 1], [1, 2], ['set', 'number'])).toBe(false);
  expect(equalByType([1, 2], [2, 1], ['list', 'number'])).toBe(false);
});
