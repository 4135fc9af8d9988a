import fc from 'fast-check';
import { StatusError } from '../../runtime/kube/status-error';
import { decodeYaml } from '../../runtime/kube/yaml';

test('scalars are read as Kubernetes reads them', () => {
  const text =
    'a: yes\nb: "yes"\nc: 2026-01-01\nd: 22:22\ne: 0x10\nf: 010\ng: ~\nh: off\ni: 1.5\nj: 2026-01-01T00:00:00Z\nk: 1e3';
  expect(decodeYaml(text)).toEqual([
    {
      a: true,
      b: 'yes',
      c: '2026-01-01',
      d: '22:22',
      e: 16,
      f: 8,
      g: null,
      h: false,
      i: 1.5,
      j: '2026-01-01T00:00:00Z',
      k: 1000,
    },
  ]);
});

test('several documents, empty ones left out; merge keys and aliases', () => {
  expect(decodeYaml('---\na: 1\n---\n# nothing\n---\nb: &x {c: 1}\nd:\n  <<: *x\n  e: 2\n')).toEqual([
    { a: 1 },
    { b: { c: 1 }, d: { c: 1, e: 2 } },
  ]);
  expect(decodeYaml('')).toEqual([]);
});

test('keys that stand twice are refused, or told by their lines', () => {
  const text = 'a: 1\nb:\n  c: 1\n  c: 2\n\na: 3\n';
  expect(() => decodeYaml(text)).toThrow('yaml: unmarshal errors:\n  line 4: key "c" already set in map');
  const duplicates: string[] = [];
  expect(decodeYaml(text, { duplicates })).toEqual([{ a: 3, b: { c: 2 } }]);
  expect(duplicates).toEqual(['line 4: key "c" already set in map', 'line 6: key "a" already set in map']);
});

const laughs = Array.from(
  { length: 12 },
  (_, i) =>
    `a${i}: &a${i} [${
      i
        ? Array(9)
            .fill(`*a${i - 1}`)
            .join(',')
        : 'x'
    }]`,
);

test.each([
  ['a: 1\na: 2', 'BadRequest'],
  ['a: [', 'BadRequest'],
  ['a: *b', 'BadRequest'],
  [laughs.join('\n'), 'BadRequest'],
  ['['.repeat(100_000), 'BadRequest'],
  ['- '.repeat(100_000), 'BadRequest'],
  ['? '.repeat(50_000), 'BadRequest'],
  ['{a: '.repeat(50_000), 'BadRequest'],
  [Array.from({ length: 1000 }, (_, i) => `${' '.repeat(i)}a:`).join('\n'), 'BadRequest'],
  ['__proto__: {x: 1}', 'BadRequest'],
  ['x'.repeat(4 * 1024 * 1024), 'RequestEntityTooLarge'],
])('%#: bad text is refused', (text, reason) => {
  expect(() => decodeYaml(text)).toThrow(StatusError);
  expect(() => decodeYaml(text)).toThrow(expect.objectContaining({ reason }));
});

test('brackets in texts are no nesting', () => {
  expect(decodeYaml(`a: |\n  ${'[{'.repeat(1000)}\nb: "${'['.repeat(1000)}"`)).toHaveLength(1);
});

test('any text is read or refused with a status; JSON is YAML', () => {
  const piece = fc.constantFrom(
    'a',
    ': ',
    '- ',
    '\n',
    '  ',
    '[',
    '{',
    '}',
    ']',
    ',',
    '&x ',
    '*x',
    '!!',
    '<<',
    '"',
    "'",
    '|',
    '#',
    '? ',
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 40 }), (pieces) => {
      try {
        decodeYaml(pieces.join(''));
      } catch (error) {
        if (!(error instanceof StatusError)) throw error;
      }
    }),
  );
  fc.assert(
    fc.property(fc.dictionary(fc.stringMatching(/^[a-z]+$/), fc.jsonValue({ maxDepth: 3 })), (value) => {
      const text = JSON.stringify(value);
      if (text.includes('__proto__')) return;
      expect(decodeYaml(text)).toEqual([JSON.parse(text)]);
    }),
  );
});
