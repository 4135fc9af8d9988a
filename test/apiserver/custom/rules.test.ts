import { type Json, TestServer } from '../harness';
import { define, definition, definitionsPath, widget, widgetsPath } from './definitions';

let server: TestServer;
beforeAll(async () => {
  server = await TestServer.start();
});
afterAll(() => server.stop());

const rule = (text: string, more: object = {}) => ({ rule: text, ...more });
const causes = (answer: { json: Json }) => answer.json.details?.causes?.map((c: Json) => `${c.field}: ${c.message}`);

describe('rules of a definition', () => {
  const schema = {
    type: 'object',
    'x-kubernetes-validations': [rule("self.metadata.name.startsWith('w')", { message: 'the name must begin with w' })],
    properties: {
      spec: {
        type: 'object',
        'x-kubernetes-validations': [
          rule('self.min <= self.max'),
          rule('!has(self.color) || self.color in ["red", "blue"]', {
            messageExpression: '"no such color: " + self.color',
            fieldPath: '.color',
            reason: 'FieldValueForbidden',
          }),
          rule('!has(self.big) || quantity(self.big).isLessThan(quantity("1Gi"))', { message: 'too big' }),
          rule('self.min == oldSelf.min', { message: 'min cannot change' }),
          rule('!oldSelf.hasValue() || oldSelf.value().max <= self.max', {
            message: 'max cannot shrink',
            optionalOldSelf: true,
          }),
        ],
        properties: {
          min: { type: 'integer' },
          max: { type: 'integer', default: 10 },
          color: { type: 'string', maxLength: 20 },
          big: { type: 'string' },
          'a-b': { type: 'string', 'x-kubernetes-validations': [rule("self.matches('^[a-z]+$')")] },
          ports: {
            type: 'array',
            maxItems: 10,
            'x-kubernetes-list-type': 'map',
            'x-kubernetes-list-map-keys': ['name'],
            'x-kubernetes-validations': [rule('self.exists_one(p, p.name == "http")', { message: 'http is needed' })],
            items: {
              type: 'object',
              required: ['name'],
              properties: { name: { type: 'string', maxLength: 10 }, port: { type: 'integer' } },
              'x-kubernetes-validations': [rule('self.port == oldSelf.port', { message: 'a port stays' })],
            },
          },
          fixed: {
            type: 'object',
            properties: { a: { type: 'string' } },
            'x-kubernetes-validations': [rule('self == oldSelf', { message: 'is immutable' })],
          },
        },
        required: ['min'],
      },
    },
  };

  beforeAll(() => define(server, definition(schema)));

  const create = (name: string, spec: object) => server.post(widgetsPath, widget(name, { spec }));

  test('hold for what is created', async () => {
    const fine = { min: 1, max: 2, color: 'red', big: '5Mi', 'a-b': 'abc', ports: [{ name: 'http', port: 80 }] };
    expect((await create('w1', fine)).status).toBe(201);
    // Defaults are filled before the rules are asked.
    expect((await create('w2', { min: 3 })).status).toBe(201);
  });

  test('are told in Kubernetes’ words, parents first', async () => {
    const refused = await create('x', {
      min: 3,
      max: 2,
      color: 'green',
      big: '2Gi',
      'a-b': 'A',
      ports: [{ name: 'dns' }],
    });
    expect(refused.status).toBe(422);
    expect(causes(refused)).toEqual([
      '<nil>: Invalid value: "object": the name must begin with w',
      'spec: Invalid value: "object": failed rule: self.min <= self.max',
      'spec.color: Forbidden: no such color: green',
      'spec: Invalid value: "object": too big',
      'spec.a-b: Invalid value: "string": failed rule: self.matches(\'^[a-z]+$\')',
      'spec.ports: Invalid value: "array": http is needed',
    ]);
  });

  test('are not asked about a value that its schema refuses', async () => {
    expect(causes(await create('w3', { min: 'x' }))).toEqual([
      'spec.min: Invalid value: "string": spec.min in body must be of type integer: "string"',
      '<nil>: Invalid value: null: some validation rules were not checked because the object was invalid; correct the existing errors to complete validation',
    ]);
  });

  test('that have no answer are errors', async () => {
    expect(causes(await create('w4', { min: 1, big: 'much' }))).toEqual([
      expect.stringMatching(
        /^spec: Invalid value: "object": quantity is not valid: "much".* evaluating rule: !has\(self\.big\)/s,
      ),
    ]);
  });

  test('of a change compare with what was', async () => {
    await create('w5', {
      min: 1,
      ports: [
        { name: 'http', port: 80 },
        { name: 'dns', port: 53 },
      ],
      fixed: { a: 'x' },
    });
    const patch = (spec: object) => server.patch(`${widgetsPath}/w5`, 'merge', { spec });
    expect(causes(await patch({ min: 2 }))).toEqual(['spec: Invalid value: "object": min cannot change']);
    expect(causes(await patch({ max: 5 }))).toEqual(['spec: Invalid value: "object": max cannot shrink']);
    expect((await patch({ max: 50 })).status).toBe(200);
    const moved = {
      ports: [
        { name: 'dns', port: 53 },
        { name: 'http', port: 81 },
      ],
    };
    expect(causes(await patch(moved))).toEqual(['spec.ports[1]: Invalid value: "object": a port stays']);
    expect(causes(await patch({ fixed: { a: 'y' } }))).toEqual(['spec.fixed: Invalid value: "object": is immutable']);
    expect((await patch({ color: 'blue' })).status).toBe(200);
  });
});

describe('rules of a definition that came after the object', () => {
  const fieldOf = (rules: object[]) => ({ type: 'string', maxLength: 5, 'x-kubernetes-validations': rules });
  const specOf = (rules: object[]) => {
    const inner = { type: 'object', required: ['key'], properties: { key: { type: 'string' }, f: fieldOf(rules) } };
    const lists = { 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': ['key'] };
    return {
      type: 'object',
      properties: {
        f: fieldOf(rules),
        list: { type: 'array', maxItems: 5, items: inner, ...lists },
        map: { type: 'object', maxProperties: 5, additionalProperties: inner },
      },
    };
  };
  const content = (f: string) => ({ f, list: [{ key: 'a', f }], map: { a: { key: 'a', f } } });
  const everywhere = ['spec.f', 'spec.list[0].f', 'spec.map[a].f'];
  const fields = (answer: { json: Json }) => answer.json.details?.causes?.map((each: Json) => each.field).sort();
  let made = 0;

  /** Makes an object, then the rules, and gives what patches the object. */
  async function objectBefore(rules: object[]) {
    const plural = `lates${++made}`;
    const kind = `Late${made}`;
    const schemaOf = (inner: object) => ({ type: 'object', properties: { spec: inner } });
    const made0 = await define(server, definition(schemaOf(specOf([])), {}, {}, plural, kind));
    const path = widgetsPath.replace('widgets', plural);
    expect((await server.post(path, { ...widget('late', { spec: content('foo') }), kind })).status).toBe(201);
    const change = [{ op: 'replace', path: '/spec/versions/0/schema/openAPIV3Schema', value: schemaOf(specOf(rules)) }];
    expect((await server.patch(`${definitionsPath}/${made0.metadata.name}`, 'json', change)).status).toBe(200);
    return (body: object) => server.patch(`${path}/late`, 'merge', body);
  }
  const label = (value: string) => ({ metadata: { labels: { at: value } } });

  test('are not asked about what stays as it is, and tell a key of a map as one', async () => {
    const patch = await objectBefore([rule('self == "bar"')]);
    expect((await patch(label('1'))).status).toBe(200);
    expect(fields(await patch({ spec: content('baz') }))).toEqual(everywhere);
    expect((await patch({ spec: content('bar') })).status).toBe(200);
  });

  test('about the change are asked about what stays as it is too', async () => {
    const patch = await objectBefore([rule('self != oldSelf')]);
    expect(fields(await patch(label('1')))).toEqual(everywhere);
    expect((await patch({ spec: content('bar') })).status).toBe(200);
  });

  test('with an optional oldSelf likewise', async () => {
    const differs = '!oldSelf.hasValue() || self != oldSelf.value()';
    const patch = await objectBefore([rule(differs, { optionalOldSelf: true })]);
    expect(fields(await patch(label('1')))).toEqual(everywhere);
    expect((await patch({ spec: content('bar') })).status).toBe(200);
  });
});

test('a rule that costs too much when it runs is stopped, and the object refused', async () => {
  // Both lists are within what the estimate allows; the texts in them are what makes it long.
  const list = { type: 'array', maxItems: 300, items: { type: 'string' } };
  const schema = {
    type: 'object',
    properties: { spec: { type: 'object', properties: { a: list, b: list } } },
    'x-kubernetes-validations': [rule('self.spec.a.all(x, self.spec.b.all(y, x + y != ""))')],
  };
  await define(server, definition(schema, {}, {}, 'costlies', 'Costly'));
  const long = Array.from({ length: 300 }, (_, index) => `${index}`.padEnd(500, 'x'));
  const body = { ...widget('c', { spec: { a: long, b: long } }), kind: 'Costly' };
  const refused = await server.post(widgetsPath.replace('widgets', 'costlies'), body);
  expect(refused.status).toBe(422);
  expect(refused.json.message).toContain(
    'no further validation rules will be run due to call cost exceeds limit for rule',
  );
});

describe('a definition is refused whose rule', () => {
  const fieldWith = (field: object, rules: object[]) =>
    definition(
      { type: 'object', properties: { f: { ...field, 'x-kubernetes-validations': rules } } },
      {},
      {},
      'bad',
      'Bad',
    );
  const text = { type: 'string' };

  test.each<[string, object, object[], string]>([
    [
      'does not compile',
      text,
      [rule('self.')],
      'x-kubernetes-validations[0].rule: Invalid value: "self.": compilation failed: Syntax error: ',
    ],
    [
      'names a field that is not there',
      { type: 'object', properties: { a: text } },
      [rule('self.b == "x"')],
      "compilation failed: undefined field 'b'",
    ],
    ['compares different types', text, [rule('self == 1')], 'compilation failed: no such overload: string == int'],
    ['gives no bool', text, [rule('self')], 'compilation failed: cel expression must evaluate to a bool, got string'],
    ['calls what is not there', text, [rule('self.lunch() == 1')], 'lunch'],
    ['is empty', text, [rule(' ')], 'x-kubernetes-validations[0].rule: Required value: rule is not specified'],
    [
      'has a message of two lines',
      text,
      [rule('self != ""', { message: 'a\nb' })],
      'message must not contain line breaks',
    ],
    [
      'has another reason',
      text,
      [rule('self != ""', { reason: 'Because' })],
      'x-kubernetes-validations[0].reason: Unsupported value: "Because"',
    ],
    [
      'points to no field',
      { type: 'object', properties: { a: text } },
      [rule('has(self.a)', { fieldPath: '.b' })],
      'x-kubernetes-validations[0].fieldPath: Invalid value: ".b"',
    ],
    [
      'has a message expression of another type',
      text,
      [rule('self != ""', { messageExpression: '1' })],
      'x-kubernetes-validations[0].messageExpression: Invalid value: "1": compilation failed: cel expression must evaluate to a string, got int',
    ],
    [
      'costs too much',
      { type: 'array', items: text },
      [rule('self.all(x, self.all(y, x != y))')],
      'x-kubernetes-validations[0].rule: Forbidden: estimated rule cost exceeds budget by factor of more than 100x',
    ],
    [
      'compares items that cannot be told apart',
      { type: 'array', maxItems: 3, items: { type: 'string', 'x-kubernetes-validations': [rule('self == oldSelf')] } },
      [],
      'oldSelf cannot be used on the uncorrelatable portion of the schema within',
    ],
  ])('%s', async (_, field, rules, why) => {
    const answer = await server.post(definitionsPath, fieldWith(field, rules));
    expect(answer.status).toBe(422);
    expect(answer.json.message).toContain(why);
  });
});
