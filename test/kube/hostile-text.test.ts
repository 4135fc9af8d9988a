import fc from 'fast-check';
import {
  checkCIdentifier,
  checkConfigMapKey,
  checkDns1035Label,
  checkDns1123Label,
  checkDns1123Subdomain,
  checkEnvVarName,
  checkLabelValue,
  checkQualifiedName,
  checkWildcardDns1123Subdomain,
} from '../../runtime/kube/names';
import { addQuantities, compareQuantities, formatQuantity, tryParseQuantity } from '../../runtime/kube/quantity';
import { parseTimestamp } from '../../runtime/kube/schema-engine';

const pieces = (...words: string[]) =>
  fc
    .array(fc.oneof(fc.constantFrom(...words), fc.string({ maxLength: 6 })), { maxLength: 8 })
    .map((all) => all.join(''));

it('a quantity is read or refused, and what is read can be written, added and compared', () => {
  const text = pieces(
    '1',
    '0',
    '.',
    '-',
    '+',
    'e',
    'E',
    'Ki',
    'Mi',
    'Ei',
    'm',
    'n',
    'u',
    'k',
    'P',
    '9'.repeat(50),
    'e999999999',
    ' ',
  );
  fc.assert(
    fc.property(fc.oneof(text, fc.double(), fc.integer()), (value) => {
      const quantity = tryParseQuantity(value);
      if (!quantity) return;
      const again = tryParseQuantity(formatQuantity(quantity));
      expect(again).toBeDefined();
      expect(Number.isNaN(compareQuantities(quantity, value))).toBe(false);
      expect(formatQuantity(addQuantities(quantity, '0'))).toBe(formatQuantity(quantity));
    }),
    { numRuns: 2000 },
  );
});

it('an exponent does not become a number of that many digits', () => {
  for (const text of [
    '1e999999999',
    '1E-999999999',
    `1${'0'.repeat(100_000)}`,
    `0.${'0'.repeat(100_000)}1`,
    '1e99999999999999999999',
  ]) {
    const quantity = tryParseQuantity(text);
    if (quantity) expect(formatQuantity(quantity).length).toBeLessThan(200_000);
  }
});

/** Patterns that go back and forth take the square of a text's length, or worse: these would not end. */
it.each([
  ['label', checkDns1123Label],
  ['subdomain', checkDns1123Subdomain],
  ['wildcard subdomain', checkWildcardDns1123Subdomain],
  ['old label', checkDns1035Label],
  ['qualified name', checkQualifiedName],
  ['label value', checkLabelValue],
  ['C identifier', checkCIdentifier],
  ['key of a ConfigMap', checkConfigMapKey],
  ['name of a variable', checkEnvVarName],
])('a %s of a mebibyte is refused in one pass', (_name, check) => {
  for (const unit of ['a', 'a-', 'a.', '-', '.', 'a/', '9', '_', 'A.-']) {
    const text = `${unit.repeat(1024 * 1024)}\u0000`;
    expect(check(text).length).toBeGreaterThan(0);
  }
});

it('a time is read or refused', () => {
  const text = pieces('2026-01-01', 'T', '00:00:00', '.', '9'.repeat(30), 'Z', '+24:00', '-00:00', ' ', '99999-');
  fc.assert(
    fc.property(text, (value) => {
      const parsed = parseTimestamp(value);
      if (parsed !== undefined) expect(Number.isFinite(Number(parsed))).toBe(true);
    }),
    { numRuns: 1000 },
  );
});
