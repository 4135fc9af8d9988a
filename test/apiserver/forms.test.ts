import { request } from 'node:https';
import { gunzipSync } from 'node:zlib';
import { parse } from 'yaml';
import { cms, configMap, deployment, type Json, pod, podsPath, TestServer } from './harness';

let server: TestServer;
beforeAll(async () => {
  server = await TestServer.start();
  await server.post(podsPath, pod('web', {}, { labels: { a: 'b' } }));
});
afterAll(() => server.stop());

const table =
  'application/json;as=Table;v=v1;g=meta.k8s.io,application/json;as=Table;v=v1beta1;g=meta.k8s.io,application/json';
const accept = (value: string) => ({ headers: { accept: value } });

describe('tables', () => {
  it('have a row with cells and metadata for each object', async () => {
    const { json } = await server.get(podsPath, accept(table));
    expect(json).toMatchObject({ kind: 'Table', apiVersion: 'meta.k8s.io/v1' });
    const columns = json.columnDefinitions.map((c: Json) => c.name);
    expect(columns.slice(0, 5)).toEqual(['Name', 'Ready', 'Status', 'Restarts', 'Age']);
    expect(json.rows[0].cells.slice(0, 3)).toEqual(['web', '0/1', 'Pending']);
    expect(json.rows[0].object).toMatchObject({ kind: 'PartialObjectMetadata', metadata: { name: 'web' } });
    expect(json.metadata.resourceVersion).toBe(String(await server.store.revision()));
  });

  it('hold of each object what is asked for', async () => {
    const object = (await server.get(`${podsPath}/web?includeObject=Object`, accept(table))).json.rows[0].object;
    expect(object).toMatchObject({ kind: 'Pod', spec: { containers: [{ name: 'main' }] } });
    expect((await server.get(`${podsPath}/web?includeObject=None`, accept(table))).json.rows[0].object).toBeUndefined();
    expect((await server.get(`${podsPath}?includeObject=All`, accept(table))).status).toBe(400);
  });

  it('are what a watch sends too, columns once', async () => {
    const watch = await server.watch(`${podsPath}?watch=1`, accept(table));
    const first = await watch.next();
    await server.patch(`${podsPath}/web`, 'merge', { metadata: { labels: { c: 'd' } } });
    const second = await watch.next();
    expect(first.object.columnDefinitions).toHaveLength(9);
    expect(second).toMatchObject({
      type: 'MODIFIED',
      object: { kind: 'Table', columnDefinitions: null, rows: [{ cells: expect.any(Array) }] },
    });
    watch.close();
  });
});

describe('other forms', () => {
  it('metadata alone, of one object and of lists', async () => {
    const list = 'application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1';
    const one = 'application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1';
    const { json } = await server.get(`${podsPath}/web`, accept(one));
    expect(Object.keys(json).sort()).toEqual(['apiVersion', 'kind', 'metadata']);
    expect((await server.get(podsPath, accept(list))).json).toMatchObject({
      kind: 'PartialObjectMetadataList',
      items: [{ kind: 'PartialObjectMetadata', metadata: { name: 'web' } }],
    });
  });

  it('YAML; nothing for who takes no form that there is', async () => {
    const yaml = await server.get(`${podsPath}/web`, accept('application/yaml'));
    expect(yaml.headers['content-type']).toBe('application/yaml');
    expect(parse(yaml.text)).toMatchObject({ kind: 'Pod' });
    const missing = await server.get(`${podsPath}/none`, accept('application/yaml'));
    expect([missing.status, missing.headers['content-type']]).toEqual([404, 'application/yaml']);
    expect(parse(missing.text)).toMatchObject({ kind: 'Status', reason: 'NotFound' });
    const refused = await server.get(`${podsPath}/web`, accept('text/html'));
    expect(refused.status).toBe(406);
    expect(refused.json.message).toBe(
      'only the following media types are accepted: application/json, application/yaml, application/vnd.kubernetes.protobuf',
    );
    expect((await server.get(`${podsPath}?watch=1`, accept('application/yaml'))).status).toBe(406);
  });

  it('the one of the highest quality', async () => {
    const type = async (value: string) => (await server.get(`${podsPath}/web`, accept(value))).headers['content-type'];
    expect(await type('application/yaml;q=0.5, application/json;q=0.9')).toBe('application/json');
    expect(await type('application/json;q=0.1,application/yaml')).toBe('application/yaml');
    expect(await type('application/json;q=0,*/*;q=0.1,application/yaml;q=0.01')).toBe('application/json');
    expect(await type('application/yaml, application/json')).toBe('application/yaml');
  });

  it('refuse a write before it changes anything', async () => {
    const answer = await server.post(cms, configMap('unanswerable'), accept('text/html'));
    expect(answer.status).toBe(406);
    expect((await server.get(`${cms}/unanswerable`)).status).toBe(404);
  });

  it('compressed when large and asked for', async () => {
    await server.post(cms, configMap('large', { a: 'x'.repeat(200_000) }));
    const body = await new Promise<Buffer>((resolve, reject) => {
      const call = request({
        host: '127.0.0.1',
        port: server.port,
        path: `${cms}/large`,
        headers: { 'accept-encoding': 'gzip' },
        agent: false,
        ...server.tls({}),
      });
      call.once('error', reject).once('response', (response) => {
        const chunks: Buffer[] = [];
        expect(response.headers['content-encoding']).toBe('gzip');
        response.on('data', (chunk: Buffer) => chunks.push(chunk)).once('end', () => resolve(Buffer.concat(chunks)));
      });
      call.end();
    });
    expect(body.length).toBeLessThan(10_000);
    expect(JSON.parse(gunzipSync(body).toString()).data.a).toHaveLength(200_000);
  });
});

describe('discovery', () => {
  it('lists groups, resources, subresources, short names', async () => {
    expect((await server.get('/api')).json.versions).toEqual(['v1']);
    const groups = (await server.get('/apis')).json.groups;
    expect(groups.map((g: Json) => g.preferredVersion.groupVersion)).toEqual(
      expect.arrayContaining(['apps/v1', 'discovery.k8s.io/v1', 'coordination.k8s.io/v1']),
    );
    expect((await server.get('/apis/apps')).json).toMatchObject({ kind: 'APIGroup', name: 'apps' });
    const { json } = await server.get('/api/v1');
    const byName = new Map<string, Json>(json.resources.map((r: Json) => [r.name, r]));
    expect(byName.get('pods')).toMatchObject({
      kind: 'Pod',
      namespaced: true,
      shortNames: ['po'],
      categories: ['all'],
    });
    expect([...byName.keys()]).toEqual(
      expect.arrayContaining([
        'pods/log',
        'pods/exec',
        'pods/binding',
        'pods/eviction',
        'pods/status',
        'namespaces/finalize',
      ]),
    );
    expect((await server.get('/apis/nope/v1')).status).toBe(404);
  });

  it('tells apart the versions in which objects are stored', async () => {
    const hashOf = async (groupVersion: string, name: string) => {
      const { resources } = (await server.get(`/apis/${groupVersion}`)).json;
      return resources.find((resource: Json) => resource.name === name).storageVersionHash;
    };
    const stored = await hashOf('autoscaling/v2', 'horizontalpodautoscalers');
    expect(stored).toMatch(/^[A-Za-z0-9+/]{11}=$/);
    expect(await hashOf('autoscaling/v1', 'horizontalpodautoscalers')).toBe(stored);
    expect(await hashOf('apps/v1', 'deployments')).not.toBe(stored);
    expect(await hashOf('authentication.k8s.io/v1', 'tokenreviews')).toBeUndefined();
    expect(await hashOf('autoscaling/v2', 'horizontalpodautoscalers/status')).toBeUndefined();
  });

  it('is one answer for who asks for it aggregated', async () => {
    const type = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList';
    const answer = await server.get(
      '/apis',
      accept(`${type},application/json;g=apidiscovery.k8s.io;v=v2beta1;as=APIGroupDiscoveryList,application/json`),
    );
    expect(answer.headers['content-type']).toBe(type);
    const apps = answer.json.items.find((item: Json) => item.metadata.name === 'apps');
    const deployments = apps.versions[0].resources.find((r: Json) => r.resource === 'deployments');
    expect(deployments).toMatchObject({ scope: 'Namespaced', singularResource: 'deployment', shortNames: ['deploy'] });
    expect(deployments.subresources.map((s: Json) => s.subresource).sort()).toEqual(['scale', 'status']);
  });

  it('describes every resource in OpenAPI documents, found by hash', async () => {
    const { paths } = (await server.get('/openapi/v3')).json;
    const { serverRelativeURL } = paths['apis/apps/v1'];
    const document = await server.get(serverRelativeURL);
    expect(document.headers['cache-control']).toContain('immutable');
    expect(Object.keys(document.json.paths)).toContain('/apis/apps/v1/namespaces/{namespace}/deployments/{name}/scale');
    expect((await server.get('/openapi/v3/apis/nope/v1')).status).toBe(404);
  });

  it('answers kubectl, which asks for OpenAPI v2 as protobuf when it applies a List', async () => {
    const { headers, text } = await server.get(
      '/openapi/v2',
      accept('application/com.github.proto-openapi.spec.v2@v1.0+protobuf'),
    );
    expect(headers['content-type']).toBe('application/com.github.proto-openapi.spec.v2.v1.0+protobuf');
    expect(text.slice(0, 5)).toBe('\n\u00032.0');
  });

  it('describes everything in OpenAPI v2 too, and knows what a client has already', async () => {
    const { json, headers } = await server.get('/openapi/v2');
    expect(json).toMatchObject({ swagger: '2.0', info: { title: 'Kubernetes' } });
    const [, ...names] = JSON.stringify(json)
      .split('"#/definitions/')
      .map((rest) => rest.split('"', 1)[0] as string);
    for (const name of new Set(names)) expect(json.definitions).toHaveProperty([name]);
    expect(json.definitions['io.k8s.api.apps.v1.Deployment'].properties.spec).toEqual({
      $ref: '#/definitions/io.k8s.api.apps.v1.DeploymentSpec',
    });
    const post = json.paths['/apis/apps/v1/namespaces/{namespace}/deployments'].post;
    expect(post.parameters[0]).toMatchObject({ name: 'body', in: 'body', required: true });
    expect(JSON.stringify(json).includes('#/components')).toBe(false);
    const again = await server.get('/openapi/v2', { headers: { 'if-none-match': String(headers.etag) } });
    expect([again.status, again.text]).toEqual([304, '']);
  });

  it('answers for a path that nobody knows with details, which clients look into', async () => {
    expect((await server.get('/api/v1/namespaces/default/pods/a/nosuch')).json).toMatchObject({
      reason: 'NotFound',
      details: {},
    });
  });

  it('tells its health, by check', async () => {
    expect((await server.get('/readyz?verbose')).text).toBe(
      '[+]ping ok\n[+]store ok\n[+]watch-cache ok\nreadyz check passed\n',
    );
    expect((await server.get('/livez/ping')).text).toBe('ok');
    expect((await server.get('/livez/nope')).status).toBe(404);
  });
});

it('an update is told in the form of its object', async () => {
  const path = '/apis/apps/v1/namespaces/default/deployments';
  const { json } = await server.post(path, deployment('formed'), accept(table));
  expect(json.rows[0].cells[0]).toBe('formed');
});
