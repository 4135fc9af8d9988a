import { type Json, TestServer } from '../harness';
import { define, definition, definitionsPath, established, group, widget, widgetsPath } from './definitions';

let server: TestServer;
beforeEach(async () => {
  server = await TestServer.start();
});
afterEach(() => server.stop());

const spec = (properties: object, more: object = {}) => ({
  type: 'object',
  properties: { spec: { type: 'object', properties, ...more } },
});

const causes = (answer: { json: Json }) => answer.json.details?.causes?.map((c: Json) => `${c.field}: ${c.message}`);

describe('writing', () => {
  const schema = spec(
    {
      size: { type: 'integer', minimum: 1, maximum: 5 },
      color: { type: 'string', enum: ['red', 'blue'], default: 'red' },
      code: { type: 'string', pattern: '^a+$', maxLength: 4 },
      when: { type: 'string', format: 'date-time' },
      port: { 'x-kubernetes-int-or-string': true },
      tags: { type: 'array', 'x-kubernetes-list-type': 'set', items: { type: 'string' }, maxItems: 3 },
      parts: {
        type: 'array',
        'x-kubernetes-list-type': 'map',
        'x-kubernetes-list-map-keys': ['name'],
        items: {
          type: 'object',
          required: ['name'],
          properties: { name: { type: 'string' }, count: { type: 'integer', default: 1 } },
        },
      },
      limits: { type: 'object', additionalProperties: { type: 'integer' } },
      free: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
      maybe: { type: 'string', nullable: true },
    },
    { required: ['size'] },
  );

  beforeEach(() => define(server, definition(schema)));

  test('defaults are filled, unknown fields pruned, texts and numbers kept as they are', async () => {
    const body = widget('a', {
      spec: {
        size: 1,
        what: 1,
        when: '2026-01-01T00:00:00+02:00',
        parts: [{ name: 'x' }],
        free: { any: null },
        maybe: null,
        port: 'http',
      },
    });
    const made = await server.post(widgetsPath, body);
    expect(made.json.spec).toEqual({
      size: 1,
      color: 'red',
      when: '2026-01-01T00:00:00+02:00',
      parts: [{ name: 'x', count: 1 }],
      free: { any: null },
      maybe: null,
      port: 'http',
    });
    expect(made.headers.warning).toBe('299 - "unknown field \\"spec.what\\""');
    const strict = await server.post(`${widgetsPath}?fieldValidation=Strict`, body);
    expect(strict.status).toBe(400);
    expect(strict.json.message).toContain('strict decoding error: unknown field "spec.what"');
    const meta = widget('b', { metadata: { name: 'b', what: 1 }, spec: { size: 1 } });
    const strictMeta = await server.post(`${widgetsPath}?fieldValidation=Strict`, meta);
    expect(strictMeta.json.message).toContain('strict decoding error: unknown field "metadata.what"');
    expect((await server.post(`${widgetsPath}?fieldValidation=Ignore`, meta)).headers.warning).toBeUndefined();
  });

  test('every broken rule is told in Kubernetes’ words', async () => {
    const body = widget('a', {
      spec: {
        size: 9,
        color: 'green',
        code: 'bbbbb',
        when: 'noon',
        port: true,
        tags: ['x', 'x', 'y', 'z'],
        parts: [{ name: 'x' }, { name: 'x' }, {}],
        limits: { cpu: '1' },
      },
    });
    const refused = await server.post(widgetsPath, body);
    expect(refused.status).toBe(422);
    expect(refused.json.message).toMatch(/^Widget\.shop\.example\.com "a" is invalid: \[/);
    expect(causes(refused)).toEqual([
      'spec.size: Invalid value: 9: spec.size in body should be less than or equal to 5',
      'spec.color: Unsupported value: "green": supported values: "red", "blue"',
      'spec.code: Too long: may not be more than 4 bytes',
      `spec.code: Invalid value: "bbbbb": spec.code in body should match '^a+$'`,
      'spec.when: Invalid value: "noon": spec.when in body must be of type date-time: "noon"',
      'spec.port: Invalid value: "boolean": spec.port in body must be of type integer,string: "boolean"',
      'spec.tags: Too many: 4: must have at most 3 items',
      'spec.tags[1]: Duplicate value: "x"',
      'spec.parts[1]: Duplicate value: {"name":"x"}',
      'spec.parts[2].name: Required value',
      'spec.limits.cpu: Invalid value: "string": spec.limits.cpu in body must be of type integer: "string"',
    ]);
    expect(causes(await server.post(widgetsPath, widget('a', { spec: {} })))).toEqual(['spec.size: Required value']);
    expect((await server.post(widgetsPath, widget('a', { metadata: { name: 'a', labels: 'x' } }))).status).toBe(400);
    expect((await server.get(`${widgetsPath}/a`)).status).toBe(404);
  });

  test('a finalizer needs no domain, only a qualified name', async () => {
    const withFinalizer = (name: string, finalizer: string) =>
      server.post(widgetsPath, widget(name, { metadata: { name, finalizers: [finalizer] }, spec: { size: 1 } }));
    expect((await withFinalizer('plain', 'mine')).status).toBe(201);
    expect(causes(await withFinalizer('odd', 'not mine'))).toEqual([
      expect.stringContaining('metadata.finalizers[0]: Invalid value: "not mine": name part must consist of'),
    ]);
    await server.patch(`${widgetsPath}/plain`, 'merge', { metadata: { finalizers: null } });
    expect((await server.delete(`${widgetsPath}/plain`)).status).toBe(200);
  });

  test('strategic merge is refused; other patches and the generation work', async () => {
    await server.post(widgetsPath, widget('a', { spec: { size: 1 } }));
    const refused = await server.patch(`${widgetsPath}/a`, 'strategic', { spec: { size: 2 } });
    expect(refused.status).toBe(415);
    const types = 'application/json-patch+json, application/merge-patch+json, application/apply-patch+yaml';
    expect(refused.json.message).toContain(types);
    const merged = await server.patch(`${widgetsPath}/a`, 'merge', { spec: { size: 2 } });
    expect(merged.json.metadata.generation).toBe(2);
    const labelled = await server.patch(`${widgetsPath}/a`, 'merge', { metadata: { labels: { a: 'b' } } });
    expect(labelled.json.metadata.generation).toBe(2);
  });

  test('server-side apply merges by the list types of the schema', async () => {
    const apply = (manager: string, content: object) =>
      server.patch(`${widgetsPath}/a?fieldManager=${manager}`, 'apply', widget('a', { spec: content }));
    await apply('one', { size: 1, tags: ['x'], parts: [{ name: 'p', count: 2 }] });
    const both = await apply('two', { size: 1, tags: ['y'], parts: [{ name: 'q', count: 3 }] });
    expect(both.json.spec).toMatchObject({
      tags: ['x', 'y'],
      parts: [
        { name: 'p', count: 2 },
        { name: 'q', count: 3 },
      ],
    });
    const conflict = await apply('two', { size: 2 });
    expect(conflict.status).toBe(409);
    expect(conflict.json.message).toContain('conflict with "one": .spec.size');
    const unknown = await apply('one', { size: 1, what: true });
    expect(unknown.status).toBe(400);
    expect(unknown.json.message).toContain('.spec.what: field not declared in schema');
  });
});

test('an update may leave what is broken already as it is', async () => {
  const { metadata } = await define(
    server,
    definition(
      spec({
        a: { type: 'string' },
        b: { type: 'string' },
        list: {
          type: 'array',
          'x-kubernetes-list-type': 'map',
          'x-kubernetes-list-map-keys': ['k'],
          items: { type: 'object', required: ['k'], properties: { k: { type: 'string' }, v: { type: 'string' } } },
        },
      }),
    ),
  );
  await server.post(widgetsPath, widget('a', { spec: { a: 'long', b: 'x', list: [{ k: 'one', v: 'long' }] } }));
  await server.patch(`${definitionsPath}/${metadata.name}`, 'json', [
    { op: 'add', path: '/spec/versions/0/schema/openAPIV3Schema/properties/spec/properties/a/maxLength', value: 2 },
    {
      op: 'add',
      path: '/spec/versions/0/schema/openAPIV3Schema/properties/spec/properties/list/items/properties/v/maxLength',
      value: 2,
    },
  ]);
  expect((await server.patch(`${widgetsPath}/a`, 'merge', { spec: { b: 'y' } })).status).toBe(200);
  const more = {
    spec: {
      list: [
        { k: 'two', v: 'ok' },
        { k: 'one', v: 'long' },
      ],
    },
  };
  expect((await server.patch(`${widgetsPath}/a`, 'merge', more)).status).toBe(200);
  const refused = await server.patch(`${widgetsPath}/a`, 'merge', { spec: { a: 'longer' } });
  expect(causes(refused)).toEqual(['spec.a: Too long: may not be more than 2 bytes']);
});

test('defaults and pruning reach objects that were stored before the schema said so', async () => {
  const { metadata } = await define(server, definition(spec({ a: { type: 'string' }, b: { type: 'string' } })));
  await server.post(widgetsPath, widget('a', { spec: { a: 'x', b: 'y' } }));
  const watch = await server.watch(`${widgetsPath}?watch=1`);
  expect((await watch.next()).object.spec).toEqual({ a: 'x', b: 'y' });
  const replaced = { a: { type: 'string' }, c: { type: 'string', default: 'new' } };
  await server.patch(`${definitionsPath}/${metadata.name}`, 'json', [
    { op: 'replace', path: '/spec/versions/0/schema/openAPIV3Schema/properties/spec/properties', value: replaced },
  ]);
  expect((await server.get(`${widgetsPath}/a`)).json.spec).toEqual({ a: 'x', c: 'new' });
  expect((await server.get(widgetsPath)).json.items[0].spec).toEqual({ a: 'x', c: 'new' });
  await server.patch(`${widgetsPath}/a`, 'merge', { metadata: { labels: { l: '1' } } });
  expect((await watch.next()).object.spec).toEqual({ a: 'x', c: 'new' });
  watch.close();
});

test('status and scale are subresources where the definition says so', async () => {
  const schema = {
    type: 'object',
    properties: {
      spec: { type: 'object', properties: { replicas: { type: 'integer' } } },
      status: { type: 'object', properties: { replicas: { type: 'integer' }, selector: { type: 'string' } } },
    },
  };
  const scale = {
    specReplicasPath: '.spec.replicas',
    statusReplicasPath: '.status.replicas',
    labelSelectorPath: '.status.selector',
  };
  await define(server, definition(schema, { subresources: { status: {}, scale } }));
  const made = await server.post(widgetsPath, widget('a', { spec: { replicas: 1 }, status: { replicas: 9 } }));
  expect(made.json.status).toBeUndefined();
  const status = await server.patch(`${widgetsPath}/a/status`, 'merge', {
    spec: { replicas: 7 },
    status: { replicas: 1, selector: 'app=a' },
  });
  expect(status.json).toMatchObject({ spec: { replicas: 1 }, status: { replicas: 1 }, metadata: { generation: 1 } });
  expect((await server.patch(`${widgetsPath}/a`, 'merge', { status: { replicas: 2 } })).json.status.replicas).toBe(1);
  expect((await server.get(`${widgetsPath}/a/scale`)).json).toMatchObject({
    spec: { replicas: 1 },
    status: { replicas: 1, selector: 'app=a' },
  });
  const scaled = await server.patch(`${widgetsPath}/a/scale`, 'merge', { spec: { replicas: 4 } });
  expect(scaled.json.spec.replicas).toBe(4);
  expect((await server.get(`${widgetsPath}/a`)).json).toMatchObject({
    spec: { replicas: 4 },
    metadata: { generation: 2 },
  });
  const { resources } = (await server.get(`/apis/${group}/v1`)).json;
  expect(resources.map((r: Json) => [r.name, r.kind])).toEqual([
    ['widgets', 'Widget'],
    ['widgets/status', 'Widget'],
    ['widgets/scale', 'Scale'],
  ]);
});

test('without a status subresource the status is a field like any other', async () => {
  await define(server, definition({ type: 'object', 'x-kubernetes-preserve-unknown-fields': true }));
  expect((await server.post(widgetsPath, widget('a', { status: { ok: true } }))).json.status).toEqual({ ok: true });
  expect((await server.get(`${widgetsPath}/a/status`)).status).toBe(404);
  expect((await server.patch(`${widgetsPath}/a`, 'merge', { status: { ok: false } })).json.metadata.generation).toBe(2);
});

test('columns are those of the definition; without any, name and age', async () => {
  const table = { headers: { accept: 'application/json;as=Table;v=v1;g=meta.k8s.io' } };
  const additionalPrinterColumns = [
    { name: 'Size', type: 'integer', jsonPath: '.spec.size', priority: 1 },
    { name: 'Ready', type: 'string', jsonPath: '.status.conditions[?(@.type=="Ready")].status' },
    { name: 'Since', type: 'date', jsonPath: '.metadata.creationTimestamp' },
    { name: 'All', type: 'string', jsonPath: '.spec' },
  ];
  await define(
    server,
    definition({ type: 'object', 'x-kubernetes-preserve-unknown-fields': true }, { additionalPrinterColumns }),
  );
  await server.post(
    widgetsPath,
    widget('a', { spec: { size: 3 }, status: { conditions: [{ type: 'Ready', status: 'True' }] } }),
  );
  await server.post(widgetsPath, widget('b'));
  const shown = (await server.get(widgetsPath, table)).json;
  expect(shown.columnDefinitions.map((c: Json) => [c.name, c.type, c.priority])).toEqual([
    ['Name', 'string', 0],
    ['Size', 'integer', 1],
    ['Ready', 'string', 0],
    ['Since', 'date', 0],
    ['All', 'string', 0],
  ]);
  expect(shown.rows.map((r: Json) => r.cells)).toEqual([
    ['a', 3, 'True', '0s', '{"size":3}'],
    ['b', null, null, '0s', null],
  ]);
});

test('selectable fields select, in lists and watches', async () => {
  const selectableFields = [{ jsonPath: '.spec.color' }];
  await define(server, definition(spec({ color: { type: 'string' } }), { selectableFields }));
  await server.post(widgetsPath, widget('a', { spec: { color: 'red' } }));
  await server.post(widgetsPath, widget('b', { spec: { color: 'blue' } }));
  const selected = (await server.get(`${widgetsPath}?fieldSelector=spec.color%3Dblue`)).json;
  expect(selected.items.map((item: Json) => item.metadata.name)).toEqual(['b']);
  expect((await server.get(`${widgetsPath}?fieldSelector=spec.size%3D1`)).status).toBe(400);
  const watch = await server.watch(`${widgetsPath}?watch=1&fieldSelector=spec.color%3Dred`);
  expect((await watch.next()).object.metadata.name).toBe('a');
  await server.patch(`${widgetsPath}/b`, 'merge', { spec: { color: 'red' } });
  expect(await watch.next()).toMatchObject({ type: 'ADDED', object: { metadata: { name: 'b' } } });
  watch.close();
});

test('embedded objects have metadata of their own, whatever the schema says', async () => {
  const template = {
    type: 'object',
    'x-kubernetes-embedded-resource': true,
    'x-kubernetes-preserve-unknown-fields': true,
  };
  await define(server, definition(spec({ template })));
  const fine = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'x', what: 1 }, data: { a: 'b' } };
  const made = await server.post(widgetsPath, widget('a', { spec: { template: fine } }));
  expect(made.json.spec.template).toEqual({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'x' },
    data: { a: 'b' },
  });
  expect(made.headers.warning).toContain('spec.template.metadata.what');
  const refused = await server.post(widgetsPath, widget('b', { spec: { template: { data: {} } } }));
  expect(causes(refused)).toEqual([
    'spec.template.apiVersion: Required value: must not be empty',
    'spec.template.kind: Required value: must not be empty',
  ]);
});

test('several versions of a kind differ in schema alone', async () => {
  const v1 = { name: 'v1', served: true, storage: false, schema: { openAPIV3Schema: spec({ a: { type: 'string' } }) } };
  const v2 = {
    name: 'v2',
    served: true,
    storage: true,
    schema: { openAPIV3Schema: spec({ a: { type: 'string' }, b: { type: 'string', default: 'two' } }) },
  };
  await server.post(definitionsPath, definition({}, {}, { versions: [v1, v2] }));
  await established(server, `widgets.${group}`);
  await server.post(widgetsPath, widget('a', { spec: { a: 'x' } }));
  expect((await server.get(`/apis/${group}/v2/namespaces/default/widgets/a`)).json).toMatchObject({
    apiVersion: `${group}/v2`,
    spec: { a: 'x', b: 'two' },
  });
  expect((await server.get(`${widgetsPath}/a`)).json.spec).toEqual({ a: 'x' });
  expect((await server.get(`/apis/${group}`)).json.preferredVersion.version).toBe('v2');
});

test('a pattern that would take long on a long text is not tried', async () => {
  const pattern = '([a-z]{1,50}){1,20}$';
  await define(server, definition(spec({ text: { type: 'string', pattern } })));
  expect((await server.post(widgetsPath, widget('a', { spec: { text: 'abc' } }))).status).toBe(201);
  const refused = await server.post(widgetsPath, widget('b', { spec: { text: `${'a'.repeat(1_000_000)}!` } }));
  expect(refused.status).toBe(422);
  expect(refused.json.message).toContain('matching patterns takes too long');
});

test('a deprecated version warns in every answer, and names the newest that stays', async () => {
  const schema = { openAPIV3Schema: { type: 'object' } };
  const version = (name: string, more: object = {}) => ({ name, served: true, storage: false, schema, ...more });
  const versions = [
    version('v1alpha1', { deprecated: true }),
    version('v1beta1', { deprecated: true, deprecationWarning: 'use something else' }),
    version('v1beta2', { storage: true }),
    version('v1', { served: false }),
  ];
  await define(server, definition({}, {}, { versions }));
  const warning = async (path: string) => (await server.get(path)).headers.warning;
  const path = widgetsPath.replace('/v1/', '/v1alpha1/');
  const text = `299 - "${group}/v1alpha1 Widget is deprecated; use ${group}/v1beta2 Widget"`;
  expect(await warning(path)).toBe(text);
  expect(await warning(widgetsPath.replace('/v1/', '/v1beta1/'))).toBe('299 - "use something else"');
  expect(await warning(widgetsPath.replace('/v1/', '/v1beta2/'))).toBeUndefined();
  const made = await server.post(path, widget('a', { apiVersion: `${group}/v1alpha1` }));
  expect([made.status, made.headers.warning]).toEqual([201, text]);
});

test('a finalizer without a domain is warned of when it is added', async () => {
  await define(server, definition({ type: 'object', 'x-kubernetes-preserve-unknown-fields': true }));
  const metadata = { name: 'a', finalizers: ['mine', 'my.own', 'example.com/fine'] };
  const made = await server.post(widgetsPath, { ...widget('a'), metadata });
  expect(made.status).toBe(201);
  expect(made.headers.warning).toContain(
    'metadata.finalizers: \\"mine\\": prefer a domain-qualified finalizer name to',
  );
  expect(made.headers.warning).toContain('\\"my.own\\": prefer a domain-qualified finalizer name including a path (/)');
  expect(made.headers.warning).not.toContain('fine');
  const kept = await server.patch(`${widgetsPath}/a`, 'merge', { spec: { x: 1 } });
  expect([kept.status, kept.headers.warning]).toEqual([200, undefined]);
  const bad = await server.patch(`${widgetsPath}/a`, 'merge', { metadata: { finalizers: ['not a name'] } });
  expect(bad.status).toBe(422);
});

test('an object of another kind is refused as invalid', async () => {
  await define(server, definition({ type: 'object' }));
  const refused = await server.post(widgetsPath, { ...widget('a'), kind: 'Gadget' });
  expect(refused.json).toMatchObject({
    code: 422,
    message: `Gadget.${group} "a" is invalid: kind: Invalid value: "Gadget": must be Widget`,
  });
});

test('a write of the status is checked for its status alone', async () => {
  const strict = (minimum: number) => ({
    type: 'object',
    properties: {
      spec: { type: 'object', properties: { size: { type: 'integer', minimum } } },
      status: { type: 'object', properties: { num: { type: 'integer', maximum: 10 } } },
    },
  });
  const withStatus = { subresources: { status: {} } };
  const defined = await define(server, definition(strict(1), withStatus));
  await server.post(widgetsPath, widget('a', { spec: { size: 1 } }));
  const spec = definition(strict(5), withStatus).spec;
  await server.put(`${definitionsPath}/widgets.${group}`, { ...defined, spec });
  const status = (num: number) => server.patch(`${widgetsPath}/a/status`, 'merge', { status: { num } });
  const refused = await status(15);
  expect(causes(refused)).toEqual(['status.num: Invalid value: 15: num in body should be less than or equal to 10']);
  expect((await status(5)).json.status).toEqual({ num: 5 });
  const applied = { ...widget('a', { spec: { size: 1 }, status: { num: 6 } }) };
  Object.assign(applied.metadata, { labels: { l: '1' } });
  const { json } = await server.patch(`${widgetsPath}/a/status?fieldManager=me&force=true`, 'apply', applied);
  expect([json.status, json.metadata.labels]).toEqual([{ num: 6 }, undefined]);
  const mine = json.metadata.managedFields.find((m: Json) => m.manager === 'me');
  expect(mine.fieldsV1).toEqual({ 'f:status': { 'f:num': {} } });
});

test('what the scale shows as replicas is a count', async () => {
  const count = { type: 'object', properties: { replicas: { type: 'integer' } } };
  const scale = { specReplicasPath: '.spec.replicas', statusReplicasPath: '.status.replicas' };
  await define(
    server,
    definition({ type: 'object', properties: { spec: count, status: count } }, { subresources: { status: {}, scale } }),
  );
  const refused = await server.post(widgetsPath, widget('a', { spec: { replicas: 2 ** 31 } }));
  expect(causes(refused)).toEqual([
    '.spec.replicas: Invalid value: 2147483648: should be less than or equal to 2147483647',
  ]);
  await server.post(widgetsPath, widget('a', { spec: { replicas: 1 } }));
  const status = await server.patch(`${widgetsPath}/a/status`, 'merge', { status: { replicas: -1 } });
  expect(causes(status)).toEqual(['.status.replicas: Invalid value: -1: should be a non-negative integer']);
});

test('reads default by the stored version, whichever is asked for', async () => {
  const version = (name: string, storage: boolean, properties: object) => ({
    name,
    served: true,
    storage,
    schema: { openAPIV3Schema: spec(properties) },
  });
  const text = (value?: string) => ({ type: 'string', ...(value ? { default: value } : {}) });
  const fields = { a: text(), b: text() };
  const versions = (stored: object) => [version('v1', false, fields), version('v2', true, stored)];
  const defined = await define(server, definition({}, {}, { versions: versions(fields) }));
  await server.post(widgetsPath, widget('a', { spec: { a: 'x' } }));
  const changed = versions({ ...fields, b: text('B') });
  await server.put(`${definitionsPath}/widgets.${group}`, { ...defined, spec: { ...defined.spec, versions: changed } });
  const made = await server.post(widgetsPath, widget('b', { spec: {} }));
  expect(made.json.spec).toEqual({ b: 'B' });
  expect((await server.get(`${widgetsPath}/a`)).json.spec).toEqual({ a: 'x', b: 'B' });
});

test('null is a value of a required field that may be null', async () => {
  const maybe = { type: 'object', nullable: true, properties: { a: { type: 'string' } } };
  await define(server, definition(spec({ maybe }, { required: ['maybe'] })));
  const made = await server.post(widgetsPath, widget('a', { spec: { maybe: null } }));
  expect([made.status, made.json.spec]).toEqual([201, { maybe: null }]);
  expect((await server.post(widgetsPath, widget('b', { spec: {} }))).status).toBe(422);
  const path = `${widgetsPath}/c?fieldManager=x`;
  await server.patch(path, 'apply', widget('c', { spec: { maybe: { a: '1' } } }));
  const cleared = await server.patch(path, 'apply', widget('c', { spec: { maybe: null } }));
  expect([cleared.status, cleared.json.spec]).toEqual([200, { maybe: null }]);
});

test('what is embedded is named as an object is', async () => {
  const embedded = {
    type: 'object',
    'x-kubernetes-embedded-resource': true,
    'x-kubernetes-preserve-unknown-fields': true,
  };
  await define(server, definition({ type: 'object', properties: { embedded } }));
  const inner = (kind: string, metadata: object) => ({ embedded: { apiVersion: 'v1', kind, metadata } });
  expect((await server.post(widgetsPath, widget('a', inner('ConfigMap', { labels: { a: 'b' } })))).status).toBe(201);
  const refused = await server.post(widgetsPath, widget('b', inner('%', { name: '..', labels: { a: 'b c' } })));
  expect(refused.json.details.causes.map((cause: Json) => cause.field)).toEqual([
    'embedded.kind',
    'embedded.metadata.name',
    'embedded.metadata.labels',
  ]);
});

test('a definition may say which names, kinds and versions fit', async () => {
  const schema = {
    type: 'object',
    properties: {
      apiVersion: { type: 'string', pattern: 'v1$' },
      metadata: { type: 'object', properties: { name: { type: 'string', pattern: '^w-', maxLength: 6 } } },
    },
  };
  const openAPIV3Schema = { ...schema, 'x-kubernetes-preserve-unknown-fields': true };
  const version = (name: string, storage: boolean) => ({ name, served: true, storage, schema: { openAPIV3Schema } });
  await define(server, definition({}, {}, { versions: [version('v1', true), version('v2', false)] }));
  expect((await server.post(widgetsPath, widget('w-one'))).status).toBe(201);
  expect(causes(await server.post(widgetsPath, widget('one')))).toEqual([
    'metadata.name: Invalid value: "one": metadata.name in body should match \'^w-\'',
  ]);
  expect((await server.post(widgetsPath, widget('w-three'))).status).toBe(422);
  const other = await server.post(widgetsPath.replace('/v1/', '/v2/'), {
    ...widget('w-two'),
    apiVersion: `${group}/v2`,
  });
  expect(other.json.details.causes[0].field).toBe('apiVersion');
});

test('items that stood twice before their keys changed may stand so still', async () => {
  const items = { type: 'object', required: ['a', 'b'], properties: { a: { type: 'string' }, b: { type: 'string' } } };
  const list = (...keys: string[]) =>
    spec({ list: { type: 'array', items, 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': keys } });
  const defined = await define(server, definition(list('a', 'b')));
  const one = { a: '1', b: '1' };
  await server.post(widgetsPath, widget('a', { spec: { list: [one, { a: '1', b: '2' }] } }));
  const twice = { spec: { list: [one, { a: '1', b: '2' }, { a: '1', b: '3' }] } };
  expect((await server.patch(`${widgetsPath}/a`, 'merge', { spec: { list: [one, one] } })).status).toBe(422);
  const next = definition(list('a')).spec;
  await server.put(`${definitionsPath}/widgets.${group}`, {
    ...defined,
    spec: { ...defined.spec, versions: next.versions },
  });
  expect((await server.patch(`${widgetsPath}/a`, 'merge', twice)).status).toBe(200);
  expect((await server.post(widgetsPath, widget('b', twice))).status).toBe(422);
});

test('a namespaced kind has no path without a namespace to write to', async () => {
  await define(server, definition({ type: 'object' }));
  const path = `/apis/${group}/v1/widgets`;
  expect((await server.get(path)).status).toBe(200);
  expect((await server.post(path, widget('a'))).status).toBe(404);
  expect((await server.delete(path)).status).toBe(404);
  expect((await server.delete('/api/v1/configmaps')).status).toBe(405);
});

test('a map list in another order is what it was', async () => {
  const items = { type: 'object', required: ['name'], properties: { name: { type: 'string' }, v: { type: 'string' } } };
  const list = (more: object) => {
    const type = { type: 'array', items, 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': ['name'] };
    return definition(spec({ list: { ...type, ...more } }));
  };
  const defined = await define(server, list({}));
  const named = (...names: string[]) => ({ spec: { list: names.map((name) => ({ name, v: '1' })) } });
  await server.post(widgetsPath, widget('a', named('x', 'y', 'z')));
  const { versions } = list({ maxItems: 2 }).spec;
  await server.put(`${definitionsPath}/widgets.${group}`, { ...defined, spec: { ...defined.spec, versions } });
  const patch = (body: object) => server.patch(`${widgetsPath}/a`, 'merge', body);
  expect((await patch(named('z', 'x', 'y'))).status).toBe(200);
  expect((await patch(named('z', 'x', 'w'))).status).toBe(422);
  expect((await patch(named('z', 'x', 'y', 'w'))).status).toBe(422);
});
