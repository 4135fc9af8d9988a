import { prepareCreate, prepareUpdate } from '../../../../runtime/apiserver/admission';
import { kindFor } from '../../../../runtime/kube/kinds';
import type { AnyObject } from '../../../../runtime/kube/object';
import { isStatusError } from '../../../../runtime/kube/status-error';

const kind = kindFor('apiextensions.k8s.io/v1', 'CustomResourceDefinition');
if (!kind) throw new Error('there are no definitions');

type Loose = Record<string, unknown>;
const open = { type: 'object', 'x-kubernetes-preserve-unknown-fields': true };

function definition(spec: Loose = {}, version: Loose = {}, metadata: Loose = {}): AnyObject {
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: 'widgets.example.com', ...metadata },
    spec: {
      group: 'example.com',
      scope: 'Cluster',
      names: { plural: 'widgets', kind: 'Widget' },
      versions: [{ name: 'v1', served: true, storage: true, schema: { openAPIV3Schema: open }, ...version }],
      ...spec,
    },
  };
}

function problems(run: () => unknown): string[] {
  try {
    run();
  } catch (error) {
    if (isStatusError(error)) return (error.details?.causes ?? []).map(({ field, message }) => `${field}: ${message}`);
    throw error;
  }
  return [];
}

const errorsOf = (...of: Parameters<typeof definition>) => problems(() => prepareCreate(kind, definition(...of)));
const schemaErrors = (schema: Loose) =>
  errorsOf({}, { schema: { openAPIV3Schema: schema } }).map((text) =>
    text.replace('spec.versions[0].schema.openAPIV3Schema', '$'),
  );
const fieldErrors = (field: Loose) =>
  schemaErrors({ type: 'object', properties: { f: field } }).map((text) => text.replace('$.properties[f]', 'f'));

test('names, conversion and status get their defaults', () => {
  const { object } = prepareCreate(kind, definition());
  expect(object.spec).toMatchObject({
    names: { plural: 'widgets', singular: 'widget', kind: 'Widget', listKind: 'WidgetList' },
    conversion: { strategy: 'None' },
  });
  expect(object.status).toEqual({ conditions: [], acceptedNames: { plural: '', kind: '' }, storedVersions: ['v1'] });
  expect(object.metadata.generation).toBe(1);
});

test.each<[string, Parameters<typeof definition>, string]>([
  [
    'another name',
    [{}, {}, { name: 'other' }],
    'metadata.name: Invalid value: "other": must be spec.names.plural+"."+spec.group',
  ],
  [
    'a group without a dot',
    [{ group: 'example' }, {}, { name: 'widgets.example' }],
    'spec.group: Invalid value: "example": should be a domain with at least one dot',
  ],
  ['no group', [{ group: '' }, {}, { name: 'widgets.' }], 'spec.group: Required value'],
  [
    'a scope that is none',
    [{ scope: 'Node' }],
    'spec.scope: Unsupported value: "Node": supported values: "Cluster", "Namespaced"',
  ],
  [
    'a protected group',
    [{ group: 'a.k8s.io' }, {}, { name: 'widgets.a.k8s.io' }],
    'metadata.annotations[api-approved.kubernetes.io]: Required value: protected groups must have approval annotation',
  ],
  [
    'the same kind and list',
    [{ names: { plural: 'widgets', kind: 'Widget', listKind: 'Widget' } }],
    'spec.names.listKind: Invalid value: "Widget": kind and listKind may not be the same',
  ],
  [
    'an uppercase plural',
    [{ names: { plural: 'Widgets', kind: 'Widget' } }, {}, { name: 'Widgets.example.com' }],
    'spec.names.plural: Invalid value: "Widgets": a DNS-1035 label must consist of',
  ],
  [
    'no storage version',
    [{}, { storage: false }],
    'spec.versions: Invalid value: ["v1"]: must have exactly one version marked as storage version',
  ],
  [
    'no schema',
    [{}, { schema: undefined }],
    'spec.versions[0].schema.openAPIV3Schema: Required value: schemas are required',
  ],
  [
    'a webhook',
    [{ conversion: { strategy: 'Webhook' } }],
    'spec.conversion.strategy: Invalid value: "Webhook": conversion by a webhook is not supported by this server',
  ],
  [
    'unknown fields preserved everywhere',
    [{ preserveUnknownFields: true }],
    'spec.preserveUnknownFields: Invalid value: true: cannot set to true',
  ],
  [
    'a column without a path',
    [{}, { additionalPrinterColumns: [{ name: 'A', type: 'text', jsonPath: 'spec' }] }],
    'spec.versions[0].additionalPrinterColumns[0].type: Unsupported value: "text": supported values: "boolean", "date", "integer", "number", "string"',
  ],
  [
    'a scale of another place',
    [{}, { subresources: { scale: { specReplicasPath: '.status.n', statusReplicasPath: '.status.n' } } }],
    'spec.versions[0].subresources.scale.specReplicasPath: Invalid value: ".status.n": should be a json path under .spec',
  ],
  [
    'a selectable field that is not there',
    [{}, { selectableFields: [{ jsonPath: '.spec.a' }] }],
    'spec.versions[0].selectableFields[0].jsonPath: Invalid value: ".spec.a": is an invalid path: does not refer to a valid field',
  ],
])('%s is refused', (_, args, expected) => {
  expect(errorsOf(...args)).toContainEqual(expect.stringContaining(expected));
});

test.each<[string, Loose, string[]]>([
  ['no type at the root', {}, ['$.type: Required value: must not be empty at the root']],
  [
    'another type at the root',
    { type: 'array', items: { type: 'string' } },
    ['$.type: Invalid value: "array": must be object at the root'],
  ],
  [
    'metadata with rules',
    { type: 'object', properties: { metadata: { type: 'object', required: ['labels'] } } },
    [
      '$.properties[metadata]: Forbidden: must not specify anything other than name and generateName, but metadata is implicitly specified',
    ],
  ],
])('%s is refused', (_, schema, expected) => {
  expect(schemaErrors(schema)).toEqual(expected);
});

test.each<[string, Loose, string[]]>([
  ['no type', { description: 'x' }, ['f.type: Required value: must not be empty for specified object fields']],
  [
    'an unknown type',
    { type: 'int' },
    ['f.type: Unsupported value: "int": supported values: "array", "boolean", "integer", "number", "object", "string"'],
  ],
  ['a reference', { type: 'object', $ref: '#/x' }, ['f.$ref: Forbidden: $ref is not supported']],
  [
    'unique items',
    { type: 'array', items: { type: 'string' }, uniqueItems: true },
    ['f.uniqueItems: Forbidden: uniqueItems cannot be set to true since the runtime complexity becomes quadratic'],
  ],
  ['a list of nothing', { type: 'array' }, ['f.items: Required value: must be specified']],
  [
    'a list of several schemas',
    { type: 'array', items: [{ type: 'string' }] },
    ['f.items: Forbidden: items must be a schema object and not an array'],
  ],
  [
    'items that are no schema',
    { type: 'array', items: { type: 3 } },
    ['f.items.type: Invalid value: 3: must be a string'],
  ],
  [
    'closed objects',
    { type: 'object', additionalProperties: false },
    ['f.additionalProperties: Forbidden: additionalProperties cannot be set to false'],
  ],
  [
    'fields and map',
    { type: 'object', properties: { a: { type: 'string' } }, additionalProperties: { type: 'string' } },
    ['f.additionalProperties: Forbidden: additionalProperties and properties are mutual exclusive'],
  ],
  [
    'a pattern that is none',
    { type: 'string', pattern: '(?<=a)b' },
    [
      expect.stringContaining(
        'f.pattern: Invalid value: "(?<=a)b": must be a valid regular expression, but isn\'t',
      ) as unknown as string,
    ],
  ],
  [
    'int-or-string with a type',
    { type: 'string', 'x-kubernetes-int-or-string': true },
    ['f.type: Invalid value: "string": must be empty if x-kubernetes-int-or-string is true'],
  ],
  [
    'a map list without keys',
    { type: 'array', items: { type: 'object' }, 'x-kubernetes-list-type': 'map' },
    ['f.x-kubernetes-list-map-keys: Required value: must not be empty if x-kubernetes-list-type is map'],
  ],
  [
    'a map list whose key may be missing',
    {
      type: 'array',
      items: { type: 'object', properties: { k: { type: 'string' } } },
      'x-kubernetes-list-type': 'map',
      'x-kubernetes-list-map-keys': ['k'],
    },
    [
      'f.items.properties[k].default: Required value: this property is in x-kubernetes-list-map-keys, so it must have a default or be a required property',
    ],
  ],
  [
    'a set of granular objects',
    { type: 'array', items: { type: 'object' }, 'x-kubernetes-list-type': 'set' },
    [
      'f.items.x-kubernetes-map-type: Invalid value: null: must be atomic as item of a list with x-kubernetes-list-type=set',
    ],
  ],
  [
    'an empty embedded object',
    { type: 'object', 'x-kubernetes-embedded-resource': true },
    [
      'f.properties: Required value: must not be empty if x-kubernetes-embedded-resource is true without x-kubernetes-preserve-unknown-fields',
    ],
  ],
  [
    'a branch that says a type',
    { type: 'string', anyOf: [{ type: 'string' }] },
    ['f.anyOf[0].type: Forbidden: must be empty to be structural'],
  ],
  [
    'a branch that marks what it looks at',
    {
      type: 'object',
      'x-kubernetes-preserve-unknown-fields': true,
      not: { 'x-kubernetes-preserve-unknown-fields': true, 'x-kubernetes-int-or-string': true },
    },
    [
      'f.not.x-kubernetes-preserve-unknown-fields: Forbidden: must be false to be structural',
      'f.not.x-kubernetes-int-or-string: Forbidden: must be false to be structural',
    ],
  ],
  [
    'a branch with a list of schemas',
    { type: 'array', items: { type: 'string' }, not: { items: [{ minLength: 1 }] } },
    ['f.not.items: Forbidden: items must be a schema object and not an array'],
  ],
  [
    'int-or-string written out in another way',
    { 'x-kubernetes-int-or-string': true, anyOf: [{ type: 'string' }, { type: 'integer' }] },
    [
      'f.anyOf[0].type: Forbidden: must be empty to be structural',
      'f.anyOf[1].type: Forbidden: must be empty to be structural',
    ],
  ],
  [
    'int-or-string that is an object',
    { 'x-kubernetes-int-or-string': true, 'x-kubernetes-preserve-unknown-fields': true },
    [
      'f.x-kubernetes-preserve-unknown-fields: Invalid value: true: must be false if x-kubernetes-int-or-string is true',
    ],
  ],
  [
    'a branch over an undefined field',
    {
      type: 'object',
      properties: { a: { type: 'string' } },
      oneOf: [{ required: ['b'], properties: { b: { minLength: 1 } } }],
    },
    ['f.properties[b]: Required value: because it is defined in f.oneOf[0].properties[b]'],
  ],
  [
    'a default that breaks a rule',
    { type: 'integer', minimum: 3, default: 1 },
    ['f.default: Invalid value: 1: f.default in body should be greater than or equal to 3'],
  ],
  [
    'a default of another type',
    { type: 'string', default: 1 },
    ['f.default: Invalid value: "integer": f.default in body must be of type string: "integer"'],
  ],
  [
    'a default with an unknown field',
    { type: 'object', properties: { a: { type: 'string' } }, default: { b: 1 } },
    ['f.default: Invalid value: {"b":1}: must not have unknown fields: f.default.b'],
  ],
])('a field: %s is refused', (_, field, expected) => {
  const replaced = fieldErrors(field).map((text) =>
    text.replaceAll('$.properties[f]', 'f').replaceAll('spec.versions[0].schema.openAPIV3Schema.properties[f]', 'f'),
  );
  expect(replaced).toEqual(expected);
});

test('what generators write is taken', () => {
  const schema = {
    type: 'object',
    description: 'x',
    required: ['spec'],
    properties: {
      apiVersion: { type: 'string' },
      kind: { type: 'string' },
      metadata: { type: 'object' },
      spec: {
        type: 'object',
        properties: {
          port: {
            anyOf: [{ type: 'integer' }, { type: 'string' }],
            'x-kubernetes-int-or-string': true,
            pattern: '^.+$',
          },
          other: {
            allOf: [{ anyOf: [{ type: 'integer' }, { type: 'string' }] }, { pattern: '^.+$' }],
            'x-kubernetes-int-or-string': true,
          },
          list: { type: 'array', items: { type: 'string', format: 'uri' }, default: [] },
          map: { type: 'object', additionalProperties: { type: 'string' }, 'x-kubernetes-map-type': 'atomic' },
          nested: { type: 'object', default: {}, properties: { a: { type: 'integer', default: 3, format: 'int32' } } },
        },
        oneOf: [{ required: ['port'] }, { required: ['list'] }],
      },
    },
  };
  expect(schemaErrors(schema)).toEqual([]);
});

test('updates: what cannot change, and what storedVersions keeps', () => {
  const { object: old } = prepareCreate(kind, definition());
  old.metadata.uid = 'u';
  old.metadata.creationTimestamp = '2026-01-01T00:00:00Z';
  old.status = { ...(old.status as object), conditions: [{ type: 'Established', status: 'True' }] };
  const update = (spec: Loose, version?: Loose) => problems(() => prepareUpdate(kind, definition(spec, version), old));
  expect(update({})).toEqual([]);
  expect(update({ scope: 'Namespaced' })).toEqual(['spec.scope: Invalid value: "Namespaced": field is immutable']);
  expect(update({ names: { plural: 'widgets', kind: 'Gadget' } })).toEqual([
    'spec.names.kind: Invalid value: "Gadget": field is immutable',
  ]);
  expect(update({}, { name: 'v2' })).toEqual([
    'status.storedVersions[0]: Invalid value: "v1": must appear in spec.versions',
  ]);
});
