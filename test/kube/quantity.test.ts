import fc from 'fast-check';
import {
  addQuantities,
  compareQuantities,
  formatQuantity,
  parseQuantity,
  quantityMilliValue,
  quantityValue,
  tryParseQuantity,
} from '../../runtime/kube/quantity';

const canonicalQuantity = (value: string | number) => formatQuantity(parseQuantity(value));

describe('canonical form', () => {
  test.each([
    ['0', '0'],
    ['0Ki', '0'],
    ['-0', '0'],
    ['+1', '1'],
    ['1000', '1k'],
    ['1500', '1500'],
    ['1.5', '1500m'],
    ['0.5', '500m'],
    ['.5', '500m'],
    ['5.', '5'],
    ['100m', '100m'],
    ['1000m', '1'],
    ['0.0000000001', '1n'],
    ['-0.0000000001', '-1n'],
    ['1Gi', '1Gi'],
    ['1024Mi', '1Gi'],
    ['1.5Gi', '1536Mi'],
    ['0.5Ki', '512'],
    ['1.5Ki', '1536'],
    ['2048', '2048'],
    ['1e3', '1e3'],
    ['12345e3', '12345e3'],
    ['1E', '1E'],
    ['1E3', '1e3'],
    ['1e4', '10e3'],
    ['100000000E', '9223372036854775807'],
    ['1e999999999', '9223372036854775807'],
    ['1e-999999999', '1e-9'],
  ])('%s is %s', (text, canonical) => {
    expect(canonicalQuantity(text)).toBe(canonical);
  });

  test('a JSON number is a quantity', () => expect(canonicalQuantity(2)).toBe('2'));
});

test.each(['', '.', 'x', '1 Gi', '1gi', '1KI', '--1', '1e', '1e+', '1.2.3', 'NaN', '0x10', null, {}, Number.NaN])(
  '%p is no quantity',
  (value) => {
    expect(tryParseQuantity(value)).toBeUndefined();
  },
);

test('a value that is no quantity is refused with its text', () => {
  expect(() => parseQuantity('lots')).toThrow(/quantities must match the regular expression.*"lots"/);
});

test('sums keep the format of the first unless it is zero', () => {
  expect(formatQuantity(addQuantities('1Gi', '512Mi'))).toBe('1536Mi');
  expect(formatQuantity(addQuantities('0', '512Mi'))).toBe('512Mi');
});

test('values round away from zero', () => {
  expect(quantityValue('1500m')).toBe(2);
  expect(quantityMilliValue('0.1m')).toBe(1);
  expect(quantityMilliValue('2')).toBe(2000);
});

test('order is by value, whatever the suffix', () => {
  expect(compareQuantities('1Gi', '1024Mi')).toBe(0);
  expect(compareQuantities('1G', '1Gi')).toBeLessThan(0);
  expect(compareQuantities('1', '999m')).toBeGreaterThan(0);
});

const suffix = fc.constantFrom('n', 'u', 'm', '', 'k', 'M', 'G', 'Ki', 'Mi', 'Gi', 'e3', 'e-3');
const text = fc.tuple(fc.integer({ min: -1e6, max: 1e6 }), suffix).map(([n, s]) => `${n}${s}`);

test('the canonical form has the same value and is its own canonical form', () => {
  fc.assert(
    fc.property(text, (t) => {
      const canonical = canonicalQuantity(t);
      expect(compareQuantities(canonical, t)).toBe(0);
      expect(canonicalQuantity(canonical)).toBe(canonical);
    }),
  );
});

test('a sum grows and shrinks with what is added, whatever the order', () => {
  fc.assert(
    fc.property(text, text, (a, b) => {
      expect(compareQuantities(addQuantities(a, b), a)).toBe(compareQuantities(b, '0'));
      expect(compareQuantities(addQuantities(a, b), addQuantities(b, a))).toBe(0);
    }),
  );
});

test('any text is either refused or read, at once', () => {
  fc.assert(fc.property(fc.string({ maxLength: 400 }), (t) => tryParseQuantity(t) !== null));
});
