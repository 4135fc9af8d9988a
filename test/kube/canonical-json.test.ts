import fc from 'fast-check';
import { canonicalJson } from '../../runtime/kube/canonical-json';
import { equalJson } from '../../runtime/kube/schema-engine';

test('keys stand in order, and what is undefined does not stand at all', () => {
  expect(canonicalJson({ b: [1, undefined, null], a: undefined, c: { y: 'x', x: 1 } })).toBe(
    '{"b":[1,null,null],"c":{"x":1,"y":"x"}}',
  );
});

test.each([
  [{ a: 1, b: undefined }, { a: 1 }, true],
  [{ a: undefined, b: 1 }, { b: 1, c: undefined }, true],
  [{ a: 1, b: 2 }, { b: 2, a: 1 }, true],
  [{ a: null }, {}, false],
  [[], {}, false],
  [[1, 2], [2, 1], false],
  [{ a: 1 }, { a: 1, b: 0 }, false],
  [{}, { constructor: 'x' }, false],
  [{ toString: undefined }, {}, true],
])('%j and %j are the same: %p', (a, b, same) => {
  expect(equalJson(a, b)).toBe(same);
  expect(equalJson(b, a)).toBe(same);
});

test('the same means the same text', () => {
  fc.assert(
    fc.property(fc.jsonValue(), fc.jsonValue(), (a, b) => {
      expect(equalJson(a, b)).toBe(canonicalJson(a) === canonicalJson(b));
      expect(equalJson(a, structuredClone(a))).toBe(true);
    }),
  );
});
