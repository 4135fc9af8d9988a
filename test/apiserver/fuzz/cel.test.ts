import fc from 'fast-check';
import { FuzzedServer, runs } from './support';

let fuzzed: FuzzedServer;
beforeAll(async () => {
  fuzzed = await FuzzedServer.start();
});
afterAll(() => fuzzed.stop());

const definitions = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';

/** A definition whose objects have a list, a map, a text and a number under `spec`, with one rule. */
function definition(rule: string, bounds: object = { maxItems: 10 }) {
  const properties = {
    list: { type: 'array', items: { type: 'string', maxLength: 10 }, ...bounds },
    map: { type: 'object', additionalProperties: { type: 'integer' }, maxProperties: 10 },
    text: { type: 'string', maxLength: 100 },
    number: { type: 'integer' },
  };
  const spec = { type: 'object', properties, 'x-kubernetes-validations': [{ rule, message: 'no' }] };
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: 'things.example.com' },
    spec: {
      group: 'example.com',
      scope: 'Cluster',
      names: { plural: 'things', singular: 'thing', kind: 'Thing', listKind: 'ThingList' },
      versions: [
        {
          name: 'v1',
          served: true,
          storage: true,
          schema: { openAPIV3Schema: { type: 'object', properties: { spec } } },
        },
      ],
    },
  };
}

const define = (rule: string, bounds?: object) =>
  fuzzed.survives({
    method: 'POST',
    path: `${definitions}?dryRun=All`,
    body: JSON.stringify(definition(rule, bounds)),
  });

const words = [
  ...[
    'self',
    'self.list',
    'self.map',
    'self.text',
    'self.number',
    'oldSelf',
    'has(self.text)',
    'x',
    '__proto__',
    'constructor',
  ],
  ...[
    '.all(x, ',
    '.exists(x, ',
    '.map(x, ',
    '.filter(x, ',
    '.size()',
    '.matches(',
    ".startsWith('a')",
    'duration(',
    'quantity(',
  ],
  ...[
    '(',
    ')',
    '[',
    ']',
    '{',
    '}',
    '.',
    ',',
    '?',
    ':',
    ' ? 1 : 2',
    ' + ',
    ' - ',
    ' * ',
    ' / 0',
    ' % 0',
    ' == ',
    ' && ',
    ' || ',
    '!',
    ' in ',
  ],
  ...[
    '1',
    '0',
    '-9223372036854775808',
    '9223372036854775807',
    '1e308',
    '0u',
    "'a'",
    '"\\u0000"',
    'b"\\xff"',
    'r"("',
    'true',
    'null',
    '//',
    '\n',
  ],
];

it('rules put together at random', () =>
  fc.assert(
    fc.asyncProperty(
      fc.array(fc.oneof({ weight: 9, arbitrary: fc.constantFrom(...words) }, fc.string({ maxLength: 5 })), {
        maxLength: 10,
      }),
      async (parts) => {
        await define(parts.join(''));
      },
    ),
    { numRuns: runs },
  ));

it('a rule that means something is taken', async () => {
  expect(await define("self.list.all(x, x.startsWith('a')) && self.number > 0")).toBe(201);
});

it.each([
  ['parentheses in one another', `${'('.repeat(20_000)}true${')'.repeat(20_000)}`],
  ['lists in one another', `${'['.repeat(20_000)}1${']'.repeat(20_000)} == []`],
  ['negations of negations', `${'!'.repeat(100_000)}true`],
  ['choices in choices', `${'true ? '.repeat(20_000)}true${' : false'.repeat(20_000)}`],
  ['a long chain of fields', `self${'.text'.repeat(50_000)} == ''`],
  ['a long sum', `${'1 + '.repeat(50_000)}1 > 0`],
  ['a text without an end', `'${'a'.repeat(500_000)}`],
])('a rule of %s is refused', async (_what, rule) => {
  expect(await define(rule)).toBe(422);
});

it('a rule whose cost has no bound is refused when it is defined', async () => {
  const rule = 'self.list.all(x, self.list.all(y, self.list.all(z, x == y || y == z)))';
  expect(await define(rule, {})).toBe(422);
});
