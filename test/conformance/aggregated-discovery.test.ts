import type { Answer, Json } from '../apiserver/harness';
import { must, useCluster } from './support/cluster';

const cluster = useCluster();
const type = (version: string) => `application/json;g=apidiscovery.k8s.io;v=${version};as=APIGroupDiscoveryList`;
const get = (path: string, accept: string): Promise<Answer> => cluster().server.get(path, { headers: { accept } });

describe('[sig-api-machinery] AggregatedDiscovery', () => {
  it('should support raw aggregated discovery endpoint Accept headers [Conformance]', async () => {
    for (const path of ['/api', '/apis']) {
      for (const version of ['v2', 'v2beta1']) {
        const answer = await get(path, type(version));
        expect(must(answer)).toMatchObject({
          kind: 'APIGroupDiscoveryList',
          apiVersion: `apidiscovery.k8s.io/${version}`,
        });
        expect(answer.headers['content-type']).toBe(type(version));
        expect(answer.json.items.length).toBeGreaterThan(0);
      }
      // The first that is known; parameters in any order.
      expect(must(await get(path, `${type('v9')},${type('v2')},application/json`)).apiVersion).toBe(
        'apidiscovery.k8s.io/v2',
      );
      const turned = 'application/json;as=APIGroupDiscoveryList;v=v2;g=apidiscovery.k8s.io';
      expect(must(await get(path, turned)).kind).toBe('APIGroupDiscoveryList');
      // Without it, the form of old.
      const plain = path === '/api' ? 'APIVersions' : 'APIGroupList';
      for (const accept of ['application/json', '*/*', `application/json,${type('v2')}`]) {
        expect(must(await get(path, accept)).kind).toBe(plain);
      }
    }
    // What a client has already is not sent again.
    const { headers } = await get('/apis', type('v2'));
    const again = await cluster().server.get('/apis', {
      headers: { accept: type('v2'), 'if-none-match': String(headers.etag) },
    });
    expect([again.status, again.text]).toEqual([304, '']);
  });

  it('should support aggregated discovery interface [Conformance]', async () => {
    const groups = [
      ...must(await get('/api', type('v2'))).items,
      ...must(await get('/apis', type('v2'))).items,
    ] as Json[];
    const resources = new Map<string, Json>();
    for (const group of groups) {
      for (const version of group.versions) {
        expect(version.freshness).toBe('Current');
        for (const resource of version.resources) {
          resources.set([group.metadata.name ?? '', version.version, resource.resource].join('/'), resource);
        }
      }
    }
    const expected = {
      '/v1/namespaces': ['Namespace', 'Cluster'],
      '/v1/pods': ['Pod', 'Namespaced'],
      '/v1/services': ['Service', 'Namespaced'],
      'apps/v1/deployments': ['Deployment', 'Namespaced'],
      'apiextensions.k8s.io/v1/customresourcedefinitions': ['CustomResourceDefinition', 'Cluster'],
      'admissionregistration.k8s.io/v1/validatingwebhookconfigurations': ['ValidatingWebhookConfiguration', 'Cluster'],
    };
    for (const [key, [kind, scope]] of Object.entries(expected)) {
      expect(resources.get(key)).toMatchObject({ responseKind: { kind }, scope });
      expect(resources.get(key).verbs).toEqual(expect.arrayContaining(['create', 'get', 'list', 'watch']));
    }
    expect(resources.get('apiregistration.k8s.io/v1/apiservices')).toMatchObject({ scope: 'Cluster' });
    // The same resources as the form of old has.
    for (const group of groups) {
      const name = group.metadata.name ?? '';
      const base = name === '' ? '/api' : `/apis/${name}`;
      for (const { version, resources: listed } of group.versions) {
        const old = must(await cluster().server.get(`${base}/${version}`)).resources as Json[];
        const names = old.map((each) => each.name).filter((each: string) => !each.includes('/'));
        expect(listed.map((each: Json) => each.resource)).toEqual(names);
      }
    }
  });
});
