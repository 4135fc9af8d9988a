import fc from 'fast-check';
import { errorText } from '../../runtime/kube/field-errors';
import type { StructuralSchema } from '../../runtime/kube/schema';
import {
  applySchemaDefaults,
  cloneJson,
  decodeJson,
  decodeJsonObject,
  equalJson,
  normalize,
  validateSchema,
} from '../../runtime/kube/schema-engine';
import { schemaOf, schemaOfType } from '../../runtime/kube/schemas';
import { isStatusError } from '../../runtime/kube/status-error';

const deployment = schemaOf('apps/v1', 'Deployment') as StructuralSchema;
const podSpec = schemaOfType('io.k8s.api.core.v1.PodSpec');
const texts = (schema: StructuralSchema, value: unknown, options = {}) =>
  validateSchema(schema, value, options).map(errorText);

test('a kind that is not served has no schema', () => {
  expect(schemaOf('v1', 'Nothing')).toBeUndefined();
  expect(() => schemaOfType('toString')).toThrow('served-kinds.json');
});

describe('defaulting', () => {
  test('fills missing fields of existing items only', () => {
    const spec = {
      containers: [{ name: 'a', ports: [{ containerPort: 80 }, { containerPort: 53, protocol: 'UDP' }] }],
    };
    applySchemaDefaults(podSpec, spec);
    expect(spec.containers[0]?.ports).toEqual([
      { containerPort: 80, protocol: 'TCP' },
      { containerPort: 53, protocol: 'UDP' },
    ]);
  });

  test('custom schemas: null where it may not be takes the default, a nullable null stays, defaults are not shared', () => {
    const schema: StructuralSchema = {
      type: 'object',
      properties: {
        a: {
          type: 'object',
          default: {},
          properties: { b: { type: 'array', items: { type: 'string' }, default: ['x'] } },
        },
        c: { type: 'string', nullable: true, default: 'c' },
        d: { type: 'string', default: 'd' },
      },
      additionalProperties: { type: 'object', properties: { e: { type: 'integer', default: 1 } } },
    };
    const first: Record<string, unknown> = { c: null, d: null, more: {} };
    applySchemaDefaults(schema, first);
    expect(first).toEqual({ a: { b: ['x'] }, c: null, d: 'd', more: { e: 1 } });
    const second: Record<string, unknown> = {};
    applySchemaDefaults(schema, second);
    expect((first.a as { b: string[] }).b).not.toBe((second.a as { b: string[] }).b);
  });
});

describe('normalize', () => {
  test('drops unknown fields and says where they were', () => {
    const object = {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: 'a', labels: { anything: 'goes' }, nmae: 1 },
      spec: { template: { spec: { containers: [{ name: 'a', imagee: 'b' }] } } },
      foo: 1,
    };
    const unknown = normalize(deployment, object);
    expect(unknown).toEqual(['metadata.nmae', 'spec.template.spec.containers[0].imagee', 'foo']);
    expect(object).toEqual({
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: 'a', labels: { anything: 'goes' } },
      spec: { template: { spec: { containers: [{ name: 'a' }] } } },
    });
  });

  test('nulls, quantities and times become what Kubernetes would give back', () => {
    const pod = {
      metadata: { creationTimestamp: null, deletionTimestamp: '2026-01-31T14:00:00.9+01:00' },
      spec: {
        containers: [{ name: 'a', resources: { limits: { cpu: 0.5, memory: '1024Mi', odd: 'x' } } }],
        hostname: null,
      },
    };
    expect(normalize(schemaOf('v1', 'Pod') as StructuralSchema, pod)).toEqual([]);
    expect(pod).toEqual({
      metadata: { deletionTimestamp: '2026-01-31T13:00:00Z' },
      spec: { containers: [{ name: 'a', resources: { limits: { cpu: '500m', memory: '1Gi', odd: 'x' } } }] },
    });
    const lease = { spec: { renewTime: '2026-01-31T14:00:00.1+01:00' } };
    normalize(schemaOf('coordination.k8s.io/v1', 'Lease') as StructuralSchema, lease);
    expect(lease.spec.renewTime).toBe('2026-01-31T13:00:00.100000Z');
  });

  test('what is empty is gone where Go leaves it out, and stays in an apply', () => {
    const empties = {
      metadata: { labels: {}, annotations: { empty: '' } },
      spec: {
        containers: [{ name: '', image: '', args: [], env: [{ name: 'a', value: '' }], stdin: false, resources: {} }],
        hostNetwork: false,
        nodeSelector: {},
        priority: 0,
        securityContext: {},
        terminationGracePeriodSeconds: 0,
        tolerations: [],
        volumes: [{ name: 'v', emptyDir: {} }],
      },
      status: { conditions: [] },
    };
    const schema = schemaOf('v1', 'Pod') as StructuralSchema;
    const applied = structuredClone(empties);
    normalize(schema, applied, true);
    expect(applied).toEqual(empties);
    normalize(schema, empties);
    expect(empties).toEqual({
      metadata: { annotations: { empty: '' } },
      spec: {
        containers: [{ name: '', env: [{ name: 'a' }] }],
        priority: 0,
        securityContext: {},
        terminationGracePeriodSeconds: 0,
        volumes: [{ name: 'v', emptyDir: {} }],
      },
    });
  });

  test('an empty value of a wrong type stays for validation, and so does every one of a custom kind', () => {
    const pod = { spec: { hostNetwork: '', nodeSelector: [], tolerations: {} } };
    normalize(schemaOf('v1', 'Pod') as StructuralSchema, pod);
    expect(pod).toEqual({ spec: { hostNetwork: '', nodeSelector: [], tolerations: {} } });
    const custom: StructuralSchema = { type: 'object', properties: { list: { type: 'array', items: {} } } };
    const value = { list: [] };
    normalize(custom, value);
    expect(value).toEqual({ list: [] });
  });

  test('what a schema preserves is left alone', () => {
    const schema: StructuralSchema = { type: 'object', 'x-kubernetes-preserve-unknown-fields': true };
    const value = { a: { b: null } };
    expect(normalize(schema, value)).toEqual([]);
    expect(value).toEqual({ a: { b: null } });
  });
});

describe('validation', () => {
  test('types, by path', () => {
    const bad = {
      metadata: { labels: { a: 1 } },
      spec: {
        replicas: 'x',
        selector: [],
        strategy: { rollingUpdate: { maxSurge: true } },
        template: { spec: { containers: [{ name: 'a', tty: 'yes', resources: { limits: { cpu: 'lots' } } }] } },
      },
    };
    expect(texts(deployment, bad)).toEqual([
      'metadata.labels[a]: Invalid value: 1: must be a string',
      'spec.replicas: Invalid value: "x": must be an integer',
      'spec.selector: Invalid value: []: must be an object',
      'spec.strategy.rollingUpdate.maxSurge: Invalid value: true: must be an integer or a string',
      'spec.template.spec.containers[0].tty: Invalid value: "yes": must be a boolean',
      `spec.template.spec.containers[0].resources.limits[cpu]: Invalid value: "lots": quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'`,
    ]);
  });

  test('required fields, unless the kind asks for them itself', () => {
    expect(texts(deployment, { spec: {} })).toEqual(['spec.selector: Required value', 'spec.template: Required value']);
    expect(texts(deployment, { spec: {} }, { required: false })).toEqual([]);
  });

  test('numbers have the width of their field', () => {
    expect(texts(deployment, { spec: { replicas: 2 ** 31 } }, { required: false })).toEqual([
      'spec.replicas: Invalid value: 2147483648: must be an integer of 32 bits',
    ]);
    expect(texts(podSpec, { containers: [], activeDeadlineSeconds: 1.5 })).toHaveLength(1);
  });

  test('formats', () => {
    const secret = schemaOf('v1', 'Secret') as StructuralSchema;
    expect(texts(secret, { data: { a: 'aGVsbG8=', b: 'hello' } })).toEqual([
      'data[b]: Invalid value: "hello": must be base64',
    ]);
    expect(texts(secret, { metadata: { deletionTimestamp: 'yesterday' } })[0]).toContain('RFC 3339');
  });

  test('bounds, patterns, enums and unique items of custom schemas', () => {
    const schema: StructuralSchema = {
      type: 'object',
      properties: {
        n: { type: 'integer', minimum: 1, maximum: 3 },
        s: { type: 'string', minLength: 2, maxLength: 3, pattern: '^a' },
        e: { type: 'string', enum: ['A', 'B'] },
        l: { type: 'array', maxItems: 1, items: { type: 'string' }, 'x-kubernetes-list-type': 'set' },
        m: {
          type: 'array',
          minItems: 3,
          items: { type: 'object', properties: { k: { type: 'string' } } },
          'x-kubernetes-list-type': 'map',
          'x-kubernetes-list-map-keys': ['k'],
        },
      },
    };
    expect(
      texts(schema, { n: 0, s: 'b', e: 'C', l: ['x', 'x'], m: [{ k: 'a' }, { k: 'a' }] }, { uniqueItems: true }),
    ).toEqual([
      'n: Invalid value: 0: must be greater than or equal to 1',
      's: Invalid value: "b": must be at least 2 characters long',
      's: Invalid value: "b": must match \'^a\'',
      'e: Unsupported value: "C": supported values: "A", "B"',
      'l: Too many: 2: must have at most 1 item',
      'l[1]: Duplicate value: "x"',
      'm: Invalid value: 2: must have at least 3 items',
      'm[1]: Duplicate value: {"k":"a"}',
    ]);
  });
});

test('undefined is as if it were not there', () => {
  expect(equalJson({ a: 1, b: undefined }, { a: 1 })).toBe(true);
  expect(equalJson({ a: undefined }, { b: undefined })).toBe(true);
  expect(equalJson({ a: undefined, b: 1 }, { a: 1, b: undefined })).toBe(false);
  expect(Object.keys(cloneJson({ a: undefined, b: 1 }))).toEqual(['b']);
});

describe('decode', () => {
  test('finds keys that stand twice', () => {
    const { value, duplicates } = decodeJsonObject(
      '{"a":1,"spec":{"x":"a:\\"{","list":[{"b":1},{"b":1,"b":2}],"x":2},"a":3,"a":4}',
    );
    expect(value).toEqual({ a: 4, spec: { x: 2, list: [{ b: 1 }, { b: 2 }] } });
    expect(duplicates).toEqual(['spec.list[1].b', 'spec.x', 'a']);
  });

  test.each([
    ['{', 'BadRequest'],
    ['{"a":[9007199254740993]}', 'BadRequest'],
    ['{"a":-1152921504606846976}', 'BadRequest'],
    ['[1]', 'BadRequest'],
    ['{"a":{"__proto__":{"x":1}}}', 'BadRequest'],
    [`${'[{"a":'.repeat(300)}1${'}]'.repeat(300)}`, 'BadRequest'],
    [`${'['.repeat(1_000_000)}`, 'BadRequest'],
    [`"${'x'.repeat(4 * 1024 * 1024)}"`, 'RequestEntityTooLarge'],
  ] as const)('%#: bad text is refused', (text, reason) => {
    try {
      decodeJsonObject(text);
    } catch (error) {
      return expect(isStatusError(error, reason)).toBe(true);
    }
    throw new Error('accepted');
  });

  test('large integers are taken where they stay what they are, and doubles as Kubernetes takes them', () => {
    const exact = '{"a":9007199254740992,"b":1152921504606847000,"c":"9007199254740993"}';
    expect(JSON.stringify(decodeJson(exact).value)).toBe(exact);
    const doubles = '[0.1234567890123456789,1.5e+20,36893488147419103232,12345678901234567.0]';
    expect(decodeJson(doubles).value).toEqual([0.12345678901234568, 1.5e20, 2 ** 65, 12345678901234568]);
  });

  test('any JSON is read as JSON.parse reads it, without duplicates', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 6 }), (value) => {
        const text = JSON.stringify(value);
        if (text.includes('__proto__')) return;
        expect(decodeJson(text)).toEqual({ value: JSON.parse(text), duplicates: [] });
      }),
    );
  });
});

test('no value breaks a visitor; normalizing and defaulting twice is the same as once', () => {
  const key = fc.constantFrom(
    'spec',
    'template',
    'metadata',
    'labels',
    'containers',
    'ports',
    'resources',
    'limits',
    'cpu',
    'x',
  );
  const { tree } = fc.letrec((tie) => ({
    tree: fc.oneof({ depthSize: 'medium' }, tie('leaf'), fc.dictionary(key, tie('tree')), fc.array(tie('tree'))),
    leaf: fc.oneof(fc.string(), fc.integer(), fc.boolean(), fc.constant(null)),
  }));
  fc.assert(
    fc.property(tree, (value) => {
      validateSchema(deployment, value);
      normalize(deployment, value);
      applySchemaDefaults(deployment, value);
      const once = structuredClone(value);
      expect(normalize(deployment, value)).toEqual([]);
      applySchemaDefaults(deployment, value);
      expect(equalJson(value, once)).toBe(true);
    }),
  );
});
