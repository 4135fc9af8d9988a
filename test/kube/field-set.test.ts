import fc from 'fast-check';
import {
  asMember,
  difference,
  equalSets,
  type FieldSet,
  inOrder,
  intersection,
  isFieldSet,
  isMember,
  isSubset,
  paths,
  union,
} from '../../runtime/kube/apply/field-set';

/** A set as the plain list of its paths: the model that the operations are compared with. */
const list = (set: FieldSet) => [...paths(set)].map((path) => path.join(' ')).sort();

function setOf(all: readonly string[][]): FieldSet {
  return all.reduce<FieldSet>((set, path) => {
    const single = [...path].reverse().reduce<FieldSet>((child, element) => ({ [element]: child }), {});
    return union(set, single);
  }, {});
}

const path = fc.array(fc.constantFrom('f:a', 'f:b', 'k:{"name":"x"}', 'v:1'), { minLength: 1, maxLength: 4 });
const set = fc.array(path, { maxLength: 8 }).map(setOf);

test('a set holds the paths it was made of', () => {
  fc.assert(
    fc.property(fc.array(path), (all) => {
      expect(list(setOf(all))).toEqual([...new Set(all.map((p) => p.join(' ')))].sort());
    }),
  );
});

test('union, difference and intersection are those of the paths, and inputs stay', () => {
  fc.assert(
    fc.property(set, set, (a, b) => {
      const [left, right] = [structuredClone(a), structuredClone(b)];
      const inB = new Set(list(b));
      expect(list(union(a, b))).toEqual([...new Set([...list(a), ...list(b)])].sort());
      expect(list(difference(a, b))).toEqual(list(a).filter((p) => !inB.has(p)));
      expect(list(intersection(a, b))).toEqual(list(a).filter((p) => inB.has(p)));
      expect(isSubset(a, b)).toBe(list(a).every((p) => inB.has(p)));
      expect(equalSets(a, b)).toBe(list(a).join() === list(b).join());
      expect([a, b]).toEqual([left, right]);
    }),
  );
});

test('every result is written as FieldsV1 is: no key without a path, "." only beside others', () => {
  const wellFormed = (s: FieldSet, root = true): boolean =>
    Object.entries(s).every(([e, child]) =>
      e === '.' ? !root && Object.keys(s).length > 1 : wellFormed(child, false),
    );
  fc.assert(
    fc.property(set, set, (a, b) => {
      for (const s of [union(a, b), difference(a, b), intersection(a, b)]) {
        expect(wellFormed(s)).toBe(true);
        expect(isFieldSet(s)).toBe(true);
      }
    }),
  );
});

test('members', () => {
  expect(isMember({})).toBe(true);
  expect(isMember({ '.': {}, 'f:a': {} })).toBe(true);
  expect(isMember({ 'f:a': {} })).toBe(false);
  expect(asMember({ 'f:a': {} })).toEqual({ '.': {}, 'f:a': {} });
});

test.each([[null], [[]], ['f:a'], [{ a: {} }], [{ 'f:a': 1 }], [{ '.': { 'f:a': {} } }], [{ 'f:a': null }]])(
  '%j is no field set',
  (value) => expect(isFieldSet(value)).toBe(false),
);

test('the elements of an ordered set stand as Kubernetes writes them, and the paths stay', () => {
  fc.assert(
    fc.property(set, (one) => {
      const sorted = inOrder(one);
      expect(list(sorted)).toEqual(list(one));
      expect(inOrder(sorted)).toBe(sorted);
    }),
  );
  const text = JSON.stringify(
    inOrder({
      'f:spec': {
        'f:b': {},
        '.': {},
        'f:a': {
          'k:{"port":443,"protocol":"TCP"}': { 'f:x': {}, '.': {} },
          'k:{"port":80,"protocol":"UDP"}': {},
          'k:{"port":80,"protocol":"TCP"}': {},
          'v:10': {},
          'v:9': {},
          'v:"a"': {},
        },
      },
      'f:data': {},
    }),
  );
  expect(text.replaceAll('\\"', '')).toBe(
    '{"f:data":{},"f:spec":{".":{},"f:a":{"k:{port:80,protocol:TCP}":{},"k:{port:80,protocol:UDP}":{},' +
      '"k:{port:443,protocol:TCP}":{".":{},"f:x":{}},"v:9":{},"v:10":{},"v:a":{}},"f:b":{}}}',
  );
});
