import type { Json } from '../apiserver/harness';
import { must, useCluster } from './support/cluster';
import { define, definitions, newDefinition, objectOf, pathOf, remove } from './support/definitions';

const cluster = useCluster();

const shelf = {
  type: 'object',
  description: 'A shelf of a library',
  properties: {
    spec: {
      type: 'object',
      description: 'What the shelf holds',
      properties: {
        books: {
          type: 'array',
          description: 'The books, in the order of their places.',
          items: {
            type: 'object',
            required: ['name'],
            properties: {
              name: { type: 'string', description: 'Title of a book.' },
              age: { type: 'string', description: 'When a book was printed.' },
              authors: { type: 'array', description: 'Who wrote a book.', items: { type: 'string' } },
            },
          },
        },
      },
    },
    status: { type: 'object', description: 'How full the shelf is', properties: { ready: { type: 'boolean' } } },
  },
};
const other = {
  type: 'object',
  description: 'Another shelf',
  properties: { spec: { type: 'object', properties: { dummy: { type: 'string', description: 'Nothing yet.' } } } },
};

const nameOf = ({ spec }: Json, version: string) =>
  [...spec.group.split('.').reverse(), version, spec.names.kind].join('.');

/** The published types of a definition's version, in both versions of OpenAPI; undefined where it is not published. */
async function published(
  definition: Json,
  version = definition.spec.versions[0].name,
): Promise<{ v2: Json; v3: Json } | undefined> {
  const { server } = cluster();
  const v2 = must(await server.get('/openapi/v2')).definitions[nameOf(definition, version)];
  const document = await server.get(`/openapi/v3/apis/${definition.spec.group}/${version}`);
  const v3 = document.json?.components?.schemas[nameOf(definition, version)];
  if (!v2 && !v3) return undefined;
  expect(v2['x-kubernetes-group-version-kind']).toEqual(v3['x-kubernetes-group-version-kind']);
  return { v2, v3 };
}

/** What is published without what every object has. */
function own(schema: Json): Json {
  const { 'x-kubernetes-group-version-kind': _gvk, properties = {}, ...rest } = schema;
  const { apiVersion: _a, kind: _k, metadata: _m, ...fields } = properties;
  return { ...rest, ...(Object.keys(fields).length > 0 ? { properties: fields } : {}) };
}

async function expectPublished(definition: Json, schema: object, version?: string): Promise<void> {
  const found = await published(definition, version);
  expect(own(found?.v2)).toEqual(schema);
  expect(own(found?.v3)).toEqual(schema);
}

async function refusal(definition: Json, namespace: string, content: object): Promise<string> {
  const answer = await cluster().server.post(
    `${pathOf(definition, namespace)}?fieldValidation=Strict`,
    objectOf(definition, 'x', content),
  );
  expect(answer.status).toBeGreaterThanOrEqual(400);
  return answer.json.message;
}

describe('[sig-api-machinery] CustomResourcePublishOpenAPI [Privileged:ClusterAdmin]', () => {
  it('works for CRD with validation schema [Conformance]', async () => {
    const namespace = await cluster().namespace();
    const definition = await define(cluster(), newDefinition({ schema: shelf }));
    await expectPublished(definition, shelf);
    const { v3 } = (await published(definition)) as { v3: Json };
    expect(v3.properties.metadata).toMatchObject({
      allOf: [{ $ref: expect.stringContaining('ObjectMeta') }],
      description: expect.any(String),
    });
    expect(v3.properties.apiVersion).toMatchObject({ type: 'string', description: expect.any(String) });
    const valid = objectOf(definition, 'test', { spec: { books: [{ name: 'atlas' }] } });
    must(await cluster().server.post(`${pathOf(definition, namespace)}?fieldValidation=Strict`, valid), 201);
    expect(await refusal(definition, namespace, { spec: { shelf: true } })).toContain('unknown field "spec.shelf"');
    expect(await refusal(definition, namespace, { spec: { books: [{ age: '10' }] } })).toContain(
      'spec.books[0].name: Required value',
    );
    await remove(cluster(), definition);
    expect(await published(definition)).toBeUndefined();
  });

  it('works for CRD without validation schema [Conformance]', async () => {
    const namespace = await cluster().namespace();
    const definition = await define(cluster(), newDefinition());
    expect(own((await published(definition))?.v2)).toEqual({ type: 'object' });
    const anything = objectOf(definition, 'test', { a: { b: [{ c: 'd' }] } });
    const made = must(
      await cluster().server.post(`${pathOf(definition, namespace)}?fieldValidation=Strict`, anything),
      201,
    );
    expect(made.a).toEqual({ b: [{ c: 'd' }] });
  });

  it('works for CRD preserving unknown fields at the schema root [Conformance]', async () => {
    const namespace = await cluster().namespace();
    const schema = { ...shelf, 'x-kubernetes-preserve-unknown-fields': true };
    const definition = await define(cluster(), newDefinition({ schema }));
    const { v2, v3 } = (await published(definition)) as { v2: Json; v3: Json };
    expect(v3).toMatchObject({ 'x-kubernetes-preserve-unknown-fields': true });
    // An older client would refuse every field but those that it is told of.
    expect(v2).toEqual({ type: 'object', 'x-kubernetes-group-version-kind': expect.any(Array) });
    must(
      await cluster().server.post(
        `${pathOf(definition, namespace)}?fieldValidation=Strict`,
        objectOf(definition, 'test', { a: { b: 1 } }),
      ),
      201,
    );
  });

  it('works for CRD preserving unknown fields in an embedded object [Conformance]', async () => {
    const namespace = await cluster().namespace();
    const spec = {
      type: 'object',
      'x-kubernetes-preserve-unknown-fields': true,
      description: 'Specification of Waldo',
    };
    const definition = await define(cluster(), newDefinition({ schema: { type: 'object', properties: { spec } } }));
    expect((await published(definition))?.v3.properties.spec).toEqual(spec);
    const made = must(
      await cluster().server.post(
        `${pathOf(definition, namespace)}?fieldValidation=Strict`,
        objectOf(definition, 'test', { spec: { a: null, b: [{ c: 'd' }] } }),
      ),
      201,
    );
    expect(made.spec).toEqual({ a: null, b: [{ c: 'd' }] });
  });

  it('works for multiple CRDs of different groups [Conformance]', async () => {
    const [one, two] = [newDefinition({ schema: shelf }), newDefinition({ schema: other, versions: ['v1beta1'] })];
    await define(cluster(), one);
    await define(cluster(), two);
    await expectPublished(one, shelf);
    await expectPublished(two, other);
  });

  it('works for multiple CRDs of same group but different versions [Conformance]', async () => {
    const several = await define(cluster(), newDefinition({ schema: shelf, versions: ['v2', 'v3'] }));
    await expectPublished(several, shelf, 'v2');
    await expectPublished(several, shelf, 'v3');
    const group = 'common-versions.example.com';
    const [one, two] = [
      newDefinition({ schema: shelf, versions: ['v4'], group }),
      newDefinition({ schema: other, versions: ['v5'], group }),
    ];
    await define(cluster(), one);
    await define(cluster(), two);
    await expectPublished(one, shelf);
    await expectPublished(two, other);
  });

  it('works for multiple CRDs of same group and version but different kinds [Conformance]', async () => {
    const group = 'common-kinds.example.com';
    const [one, two] = [
      newDefinition({ schema: shelf, versions: ['v6'], group }),
      newDefinition({ schema: other, versions: ['v6'], group }),
    ];
    await define(cluster(), one);
    await define(cluster(), two);
    await expectPublished(one, shelf);
    await expectPublished(two, other);
  });

  it('updates the published spec when one version gets renamed [Conformance]', async () => {
    const definition = await define(cluster(), newDefinition({ schema: shelf, versions: ['v2', 'v3'] }));
    await expectPublished(definition, shelf, 'v3');
    const rename = [
      { op: 'test', path: '/spec/versions/1/name', value: 'v3' },
      { op: 'replace', path: '/spec/versions/1/name', value: 'v4' },
    ];
    must(await cluster().server.patch(`${definitions}/${definition.metadata.name}`, 'json', rename));
    await cluster().until(
      'v3 to be v4',
      async () =>
        (await published(definition, 'v4')) !== undefined && (await published(definition, 'v3')) === undefined,
    );
    await expectPublished(definition, shelf, 'v4');
    await expectPublished(definition, shelf, 'v2');
  });

  it('removes definition from spec when one version gets changed to not be served [Conformance]', async () => {
    const definition = await define(cluster(), newDefinition({ schema: shelf, versions: ['v5', 'v6alpha1'] }));
    await expectPublished(definition, shelf, 'v6alpha1');
    const path = `${definitions}/${definition.metadata.name}`;
    const now = must(await cluster().server.get(path));
    now.spec.versions[1].served = false;
    must(await cluster().server.put(path, now));
    await cluster().until('v6alpha1 to go', async () => (await published(definition, 'v6alpha1')) === undefined);
    await expectPublished(definition, shelf, 'v5');
  });
});
