import type { Json } from '../apiserver/harness';
import { must, useCluster } from './support/cluster';
import { define, newDefinition, objectOf, pathOf } from './support/definitions';

const cluster = useCluster();

const deployment = (metadata: string, spec: string) => `{"apiVersion":"apps/v1","kind":"Deployment",
  "metadata":{"name":"web",${metadata}"labels":{"app":"web"}},
  "spec":{${spec}"selector":{"matchLabels":{"app":"web"}},
    "template":{"metadata":{"labels":{"app":"web"}},"spec":{"containers":[{"name":"main","image":"web:1"}]}}}}`;

const doors = {
  type: 'array',
  'x-kubernetes-list-type': 'map',
  'x-kubernetes-list-map-keys': ['containerPort', 'protocol'],
  items: {
    type: 'object',
    required: ['containerPort', 'protocol'],
    properties: {
      containerPort: { type: 'integer', format: 'int32' },
      protocol: { type: 'string' },
      name: { type: 'string' },
    },
  },
};
const colour = { type: 'string', pattern: '^[a-z]+( [a-z]+)?$' };
const schemaOf = (more: object = {}, fields: object = {}) => ({
  type: 'object',
  properties: {
    spec: { type: 'object', ...more, properties: { label: { type: 'string' }, colour, doors, ...fields } },
  },
});

const yaml = (definition: Json, spec: string, { root = '', metadata = '' } = {}) => `
apiVersion: ${definition.spec.group}/v1
kind: ${definition.spec.names.kind}
metadata:
  name: mytest
${metadata}  finalizers:
  - example.com/hold
${root}spec:
${spec}  colour: "dark green"
  doors:
  - name: x
    containerPort: 80
    protocol: TCP`;

const applyTo = (definition: Json, body: string) =>
  cluster().server.patch(`${pathOf(definition)}/mytest?fieldManager=mgr&fieldValidation=Strict`, 'apply', body);

describe('[sig-api-machinery] FieldValidation', () => {
  const deployments = async () =>
    `/apis/apps/v1/namespaces/${await cluster().namespace()}/deployments?fieldValidation=Strict`;

  it('should detect unknown and duplicate fields of a typed object [Conformance]', async () => {
    const body = deployment('', '"unknownField":"foo","replicas":2,"replicas":3,');
    const answer = await cluster().server.post(await deployments(), body);
    expect(answer.status).toBe(400);
    expect(answer.json.message).toContain(
      'strict decoding error: unknown field "spec.unknownField", duplicate field "spec.replicas"',
    );
  });

  it('should detect unknown metadata fields of a typed object [Conformance]', async () => {
    const answer = await cluster().server.post(await deployments(), deployment('"unknownMeta":"foo",', ''));
    expect(answer.json.message).toContain('strict decoding error: unknown field "metadata.unknownMeta"');
  });

  it('should create/apply a valid CR for CRD with validation schema [Conformance]', async () => {
    const definition = await define(cluster(), newDefinition({ schema: schemaOf(), scope: 'Cluster' }));
    must(await applyTo(definition, yaml(definition, '  label: one\n')), 201);
  });

  it('should create/apply a CR with unknown fields for CRD with no validation schema [Conformance]', async () => {
    const definition = await define(cluster(), newDefinition({ scope: 'Cluster' }));
    expect(must(await applyTo(definition, yaml(definition, '  unknown: uk1\n')), 201).spec.unknown).toBe('uk1');
  });

  it('should create/apply an invalid CR with extra properties for CRD with validation schema [Conformance]', async () => {
    const definition = await define(cluster(), newDefinition({ schema: schemaOf(), scope: 'Cluster' }));
    const answer = await applyTo(definition, yaml(definition, '  label: one\n', { root: 'unknownField: unknown\n' }));
    expect(answer.status).toBeGreaterThanOrEqual(400);
    expect(answer.json.message).toContain('.unknownField: field not declared in schema');
    const body = objectOf(definition, 'created', { unknownField: 'unknown', spec: {} });
    const created = await cluster().server.post(`${pathOf(definition)}?fieldValidation=Strict`, body);
    expect(created.json.message).toContain('unknown field "unknownField"');
  });

  it('should detect unknown metadata fields in both the root and embedded object of a CR [Conformance]', async () => {
    const template = {
      type: 'object',
      'x-kubernetes-embedded-resource': true,
      properties: { metadata: { type: 'object', properties: { name: { type: 'string' } } }, spec: { type: 'object' } },
    };
    const schema = schemaOf({ 'x-kubernetes-preserve-unknown-fields': true }, { template });
    const definition = await define(cluster(), newDefinition({ schema, scope: 'Cluster' }));
    const spec =
      '  template:\n    apiVersion: foo/v1\n    kind: Sub\n    metadata:\n      unknownSubMeta: unknown\n      name: sub\n';
    const answer = await applyTo(definition, yaml(definition, spec, { metadata: '  unknownMeta: unknown\n' }));
    expect(answer.status).toBeGreaterThanOrEqual(400);
    expect(answer.json.message).toContain('.spec.template.metadata.unknownSubMeta: field not declared in schema');
    expect(answer.json.message).toContain('.metadata.unknownMeta: field not declared in schema');
  });

  it('should detect duplicates in a CR when preserving unknown fields [Conformance]', async () => {
    const schema = schemaOf({ 'x-kubernetes-preserve-unknown-fields': true });
    const definition = await define(cluster(), newDefinition({ schema, scope: 'Cluster' }));
    const answer = await applyTo(definition, yaml(definition, '  unknown: uk1\n  label: one\n  label: two\n'));
    expect(answer.status).toBe(400);
    expect(answer.json.message).toContain('line 11: key "label" already set in map');
  });
});
