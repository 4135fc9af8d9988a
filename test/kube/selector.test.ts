import fc from 'fast-check';
import {
  formatFieldSelector,
  formatLabelSelector,
  labelRequirements,
  matchesFields,
  matchesLabels,
  parseFieldSelector,
  parseLabelSelector,
  selectsLabels,
} from '../../runtime/kube/selector';

const select = (selector: string, labels: Record<string, string>) =>
  matchesLabels(parseLabelSelector(selector), labels);

describe('label selectors', () => {
  test.each([
    ['', {}, true],
    ['app=web', { app: 'web' }, true],
    ['app==web', { app: 'api' }, false],
    ['app!=web', {}, true],
    ['app != web', { app: 'web' }, false],
    ['app', { app: '' }, true],
    ['!app', { app: '' }, false],
    [' ! app ', {}, true],
    ['tier in (a, b)', { tier: 'b' }, true],
    ['tier in (a,b)', {}, false],
    ['tier notin (a,b)', {}, true],
    ['tier notin (a,b)', { tier: 'a' }, false],
    ['app=', { app: '' }, true],
    ['in in (in)', { in: 'in' }, true],
    ['app=web,!old,tier in (a)', { app: 'web', tier: 'a' }, true],
    ['example.com/a=b', { 'example.com/a': 'b' }, true],
    ['n>5', { n: '6' }, true],
    ['n<5', { n: '6' }, false],
    ['n<5', { n: 'six' }, false],
    ['toString', {}, false],
  ] as const)('%s on %j is %s', (selector, labels, expected) => {
    expect(select(selector, labels)).toBe(expected);
  });

  test.each([
    '=a',
    'a b',
    'a in',
    'a in (',
    'a in (b',
    'a=b,',
    ',',
    'a=b=c',
    'a>x',
    '!',
    'a in b',
    '(',
    'a=-',
    'x/y/z',
  ])('%s is refused', (selector) => {
    expect(() => parseLabelSelector(selector)).toThrow(RangeError);
  });

  test('a refusal says what was found and what was expected', () => {
    expect(() => parseLabelSelector('a b')).toThrow(
      "unable to parse requirement: found 'b', expected: in, notin, =, ==, !=, gt, lt",
    );
  });

  test('a selector object: none selects nothing, an empty one everything', () => {
    expect(selectsLabels(undefined, { a: 'b' })).toBe(false);
    expect(selectsLabels({}, { a: 'b' })).toBe(true);
    expect(selectsLabels({ matchLabels: { a: 'b' } }, { a: 'b', c: 'd' })).toBe(true);
    expect(selectsLabels({ matchLabels: { toString: 'b' } }, {})).toBe(false);
    expect(selectsLabels({ matchExpressions: [{ key: 'a', operator: 'NotIn', values: ['b'] }] }, { a: 'b' })).toBe(
      false,
    );
    expect(() => labelRequirements({ matchExpressions: [{ key: 'a', operator: 'Like' }] })).toThrow(
      '"Like" is not a valid label selector operator',
    );
  });

  test('the string form is read back as it was written', () => {
    const text = 'app=web,tier in (a,b),x!=y,!old,new,n>3';
    expect(formatLabelSelector(parseLabelSelector(text))).toBe(text);
    expect(
      formatLabelSelector({ matchLabels: { app: 'web' }, matchExpressions: [{ key: 'k', operator: 'Exists' }] }),
    ).toBe('app=web,k');
  });

  test('any text is read or refused with a RangeError', () => {
    const odd = fc.oneof(
      fc.string(),
      fc.array(fc.constantFrom('a', ' ', ',', '(', ')', 'in', '!', '=', '<')).map((p) => p.join('')),
    );
    fc.assert(
      fc.property(odd, (text) => {
        try {
          const read = parseLabelSelector(text);
          expect(parseLabelSelector(formatLabelSelector(read))).toEqual(
            read.map((r) => ({ ...r, values: [...r.values].sort() })),
          );
        } catch (error) {
          if (!(error instanceof RangeError)) throw error;
        }
      }),
    );
  });
});

describe('field selectors', () => {
  const pod: Record<string, string> = { 'metadata.name': 'a', 'status.phase': 'Running' };
  const matches = (text: string) => matchesFields(parseFieldSelector(text), (field) => pod[field]);

  test.each([
    ['', true],
    ['metadata.name=a', true],
    ['metadata.name==b', false],
    ['status.phase!=Running', false],
    ['metadata.name=a,status.phase!=Failed', true],
    ['spec.nodeName=', true],
  ])('%s is %s', (text, expected) => expect(matches(text)).toBe(expected));

  test('a term without an operator is refused', () => {
    expect(() => parseFieldSelector('name')).toThrow("invalid selector: 'name'; can't understand 'name'");
    expect(() => parseFieldSelector('a=\\x')).toThrow('invalid escape sequence: \\x');
  });

  test('any value survives the string form', () => {
    fc.assert(
      fc.property(fc.string(), (value) => {
        const terms = [{ field: 'a.b', operator: '=' as const, value }];
        expect(parseFieldSelector(formatFieldSelector(terms))).toEqual(terms);
      }),
    );
  });
});
