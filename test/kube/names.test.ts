import fc from 'fast-check';
import {
  checkConfigMapKey,
  checkDns1035Label,
  checkDns1123Label,
  checkDns1123Subdomain,
  checkEnvVarName,
  checkLabelValue,
  checkPortName,
  checkPortNumber,
  checkQualifiedName,
  generateName,
} from '../../runtime/kube/names';
import { formatPath, parsePath } from '../../runtime/kube/path';

test.each([
  [checkDns1123Label, ['a', '0', 'a-b', 'a'.repeat(63)], ['', 'A', '-a', 'a-', 'a.b', 'a'.repeat(64)]],
  [checkDns1123Subdomain, ['a.b', 'a-1.c'], ['', 'a..b', '.a', 'A.b', 'a'.repeat(254)]],
  [checkDns1035Label, ['a1'], ['1a', '']],
  [checkQualifiedName, ['a', 'A_b.c', 'example.com/a'], ['', '/a', 'a/', 'a/b/c', 'Up.com/a', '-a', 'a'.repeat(64)]],
  [checkLabelValue, ['', 'A', '1.2_3-4'], ['-', 'a b', 'a'.repeat(64)]],
  [checkConfigMapKey, ['a', '.env', 'A_b-c.d'], ['', '.', '..', '..a', 'a/b']],
  [checkEnvVarName, ['A', 'a.b-c', '1'], ['', 'a=b', 'a\n', 'ä']],
  [checkPortName, ['http', 'a-1'], ['', '1', '-a', 'a--b', 'A', 'a'.repeat(16)]],
] as const)('%p', (check, good, bad) => {
  for (const value of good) expect([value, check(value)]).toEqual([value, []]);
  for (const value of bad) expect([value, check(value).length > 0]).toEqual([value, true]);
});

test('messages are Kubernetes’ own', () => {
  expect(checkDns1123Label('A')).toEqual([
    "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')",
  ]);
  expect(checkPortNumber(70000)).toEqual(['must be between 1 and 65535, inclusive']);
});

test('a generated name keeps the base and fits 63 characters', () => {
  expect(generateName('web-', () => 0)).toBe('web-bbbbb');
  expect(generateName('x'.repeat(100), () => 0.999)).toBe(`${'x'.repeat(58)}99999`);
});

test('paths', () => {
  expect(formatPath(['spec', 'containers', 0, 'image'])).toBe('spec.containers[0].image');
  expect(formatPath(['metadata', 'labels', 'a.b/c'])).toBe('metadata.labels[a.b/c]');
  expect(parsePath('metadata.labels[a.b/c]')).toEqual(['metadata', 'labels', 'a.b/c']);
  const step = fc.oneof(fc.nat(99), fc.stringMatching(/^[a-z][A-Za-z]*$/), fc.stringMatching(/^[a-z]+\/[a-z.]+$/));
  fc.assert(fc.property(fc.array(step), (steps) => expect(parsePath(formatPath(steps))).toEqual(steps)));
  fc.assert(fc.property(fc.string(), (text) => Array.isArray(parsePath(text))));
});
