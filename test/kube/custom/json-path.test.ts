import { parseJsonPath } from '../../../runtime/kube/custom';

const object = {
  metadata: { labels: { 'a.b/c': 'x' } },
  spec: {
    items: [
      { name: 'a', n: 1 },
      { name: 'b', n: 2 },
      { name: 'c', n: 3 },
    ],
    ready: true,
  },
  status: {
    conditions: [
      { type: 'Ready', status: 'True' },
      { type: 'Other', status: 'False' },
    ],
  },
};

test.each([
  ['.spec.ready', [true]],
  ['.spec.missing.deeper', []],
  ['.spec.items[*].name', ['a', 'b', 'c']],
  ['.spec.items[0].name', ['a']],
  ['.spec.items[-1].name', ['c']],
  ['.spec.items[0,2].name', ['a', 'c']],
  ['.spec.items[1:].n', [2, 3]],
  ['.spec.items[9].name', []],
  ['.spec.items[?(@.n>1)].name', ['b', 'c']],
  ["..labels['a.b/c']", ['x']],
  ['.metadata.labels.a\\.b/c', ['x']],
  ['.status.conditions[?(@.type=="Ready")].status', ['True']],
  ["['spec']['ready']", [true]],
  ['.spec.items[?(@.missing)].name', []],
  ['..n', [1, 2, 3]],
])('%s', (path, expected) => {
  expect(parseJsonPath(path)(object)).toEqual(expected);
});

test.each(['spec', '.', '.spec[', '.spec[?(@.a=1)]', '.spec.{a}', '.a[foo]', '.a[?(@.b==c)]'])(
  '%s is no path',
  (path) => {
    expect(() => parseJsonPath(path)).toThrow('invalid JSONPath');
  },
);

test('a long text is no path', () => {
  expect(() => parseJsonPath(`.a[?(@${' '.repeat(1_000_000)}`)).toThrow('longer than 4096');
});
