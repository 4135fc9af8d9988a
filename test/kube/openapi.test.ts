import type { Kind } from '../../runtime/kube/kind';
import { groupVersionPath, type OpenApi, openApiDocument, openApiIndex } from '../../runtime/kube/openapi';
import { customResourceDefinitions, deployments, namespaces, pods, type Resource } from '../../runtime/kube/resource';
import { schemaOf } from '../../runtime/kube/schemas';

const described = (resource: Resource, subresources: Kind['subresources'] = {}) => ({
  resource,
  subresources,
  schema: schemaOf(resource.group ? `${resource.group}/${resource.version}` : resource.version, resource.kind) ?? {},
});
const scale = { specReplicas: '.spec.replicas', statusReplicas: '.status.replicas', selector: '.status.selector' };

type Document = {
  paths: Record<string, Record<string, OpenApi & { parameters: Array<{ name: string }> }>>;
  components: { schemas: Record<string, OpenApi & { properties: Record<string, OpenApi> }> };
};
const apps = openApiDocument([described(deployments as Resource, { status: true, scale })], 'v1.36.0') as Document;

test('paths: of one object, of all in a namespace, of all namespaces, of subresources', () => {
  const base = '/apis/apps/v1/namespaces/{namespace}/deployments';
  expect(Object.keys(apps.paths)).toEqual([
    base,
    `${base}/{name}`,
    '/apis/apps/v1/deployments',
    `${base}/{name}/status`,
    `${base}/{name}/scale`,
  ]);
  expect(Object.keys(apps.paths[`${base}/{name}`] ?? {})).toEqual(['get', 'put', 'patch', 'delete', 'parameters']);
  const core = openApiDocument([described(namespaces as Resource), described(pods as Resource)], 'v1.36.0') as Document;
  expect(Object.keys(core.paths)).toContain('/api/v1/namespaces/{name}');
  expect(groupVersionPath(pods)).toBe('api/v1');
});

test('a patch names its kind, the parameters kubectl asks for and the patch types', () => {
  const patch = apps.paths['/apis/apps/v1/namespaces/{namespace}/deployments/{name}']?.patch as OpenApi & {
    parameters: Array<{ name: string }>;
    requestBody: { content: object };
  };
  expect(patch['x-kubernetes-group-version-kind']).toEqual({ group: 'apps', kind: 'Deployment', version: 'v1' });
  expect(patch['x-kubernetes-action']).toBe('patch');
  expect(patch.operationId).toBe('patchAppsV1NamespacedDeployment');
  expect(patch.parameters.map((p) => p.name)).toEqual(
    expect.arrayContaining(['dryRun', 'fieldManager', 'fieldValidation', 'force']),
  );
  expect(Object.keys(patch.requestBody.content)).toContain('application/strategic-merge-patch+json');
});

test('components: the closure of what is referred to, with merge keys and without what is ours', () => {
  const { schemas } = apps.components;
  const refs = JSON.stringify(apps).matchAll(/#\/components\/schemas\/([^"]+)/g);
  for (const [, name] of refs) expect(schemas).toHaveProperty([name as string]);
  expect(JSON.stringify(apps)).not.toContain('x-orlop');
  expect(schemas['io.k8s.api.apps.v1.Deployment']?.['x-kubernetes-group-version-kind']).toEqual([
    { group: 'apps', kind: 'Deployment', version: 'v1' },
  ]);
  expect(schemas['io.k8s.api.core.v1.PodSpec']?.properties.containers).toMatchObject({
    'x-kubernetes-patch-merge-key': 'name',
    'x-kubernetes-patch-strategy': 'merge',
  });
  expect(schemas['io.k8s.api.core.v1.ResourceRequirements']?.properties.limits).toEqual({
    type: 'object',
    additionalProperties: { $ref: '#/components/schemas/io.k8s.apimachinery.pkg.api.resource.Quantity' },
  });
});

test('only verbs that are served', () => {
  const document = openApiDocument(
    [{ ...described(deployments as Resource), verbs: ['get', 'list'] }],
    'v1.36.0',
  ) as Document;
  const methods = Object.values(document.paths).flatMap((path) => Object.keys(path));
  expect(new Set(methods)).toEqual(new Set(['get', 'parameters']));
});

test('a custom kind: a name made of its group, no strategic merge', () => {
  const resource: Resource = {
    group: 'example.com',
    version: 'v1',
    kind: 'Widget',
    plural: 'widgets',
    namespaced: true,
  };
  const schema = { type: 'object' as const, properties: { spec: { type: 'object' as const } } };
  const document = openApiDocument([{ resource, schema, subresources: {} }], 'v1.36.0') as Document;
  expect(document.components.schemas['com.example.v1.Widget']).toMatchObject(schema);
  expect(JSON.stringify(document)).not.toContain('strategic');
});

test('a custom kind says which of its fields selectors may name', () => {
  const resource: Resource = {
    group: 'example.com',
    version: 'v1',
    kind: 'Widget',
    plural: 'widgets',
    namespaced: true,
  };
  const schema = { type: 'object' as const };
  const custom = { definition: 'widgets.example.com', published: schema, decodeSchema: schema };
  const described = { resource, schema, subresources: {}, custom };
  const schemaOfWidget = (selectableFields?: Record<string, () => string>) =>
    (openApiDocument([{ ...described, selectableFields }], 'v1.36.0') as Document).components.schemas[
      'com.example.v1.Widget'
    ];
  expect(schemaOfWidget({ 'spec.color': () => '' })?.['x-kubernetes-selectable-fields']).toEqual([
    { fieldPath: 'spec.color' },
  ]);
  expect(schemaOfWidget()).not.toHaveProperty('x-kubernetes-selectable-fields');
});

test('the index gives each document an address that changes with its content', () => {
  const index = openApiIndex(new Map([['api/v1', 'a']])) as { paths: Record<string, { serverRelativeURL: string }> };
  expect(index.paths['api/v1']?.serverRelativeURL).toMatch(/^\/openapi\/v3\/api\/v1\?hash=[0-9A-F]{64}$/);
  expect(openApiIndex(new Map([['api/v1', 'b']]))).not.toEqual(index);
});

test('a type without fields says nothing of them', () => {
  const { components } = openApiDocument(
    [described(customResourceDefinitions as unknown as Resource)],
    'v1.36.0',
  ) as Document;
  const empty = 'io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.CustomResourceSubresourceStatus';
  expect(components.schemas[empty]).toEqual({ type: 'object' });
});
