import { pod, podsPath, TestServer } from '../harness';

let server: TestServer;
beforeEach(async () => {
  server = await TestServer.start();
});
afterEach(() => server.stop());

/** CVE-2023-2727, CVE-2023-2728, CVE-2024-3177: a policy holds for each container of a pod, and however it came in. */
describe('a namespace whose pods must not be privileged', () => {
  const privileged = { name: 'evil', image: 'busybox:1', securityContext: { privileged: true } };
  beforeEach(() =>
    server.patch('/api/v1/namespaces/default', 'merge', {
      metadata: { labels: { 'pod-security.kubernetes.io/enforce': 'baseline' } },
    }),
  );

  it.each(['containers', 'initContainers'])('takes none among its %s', async (list) => {
    const good = [{ name: 'main', image: 'busybox:1' }];
    const { status, json } = await server.post(podsPath, pod('p', { containers: good, [list]: [privileged] }));
    expect(status).toBe(403);
    expect(json.message).toContain('violates PodSecurity "baseline:latest": privileged');
  });

  it.each(['strategic', 'merge', 'json', 'apply'] as const)(
    'takes no ephemeral container later, by a %s patch',
    async (kind) => {
      expect((await server.post(podsPath, pod('p'))).status).toBe(201);
      const spec = { ephemeralContainers: [privileged] };
      const body = {
        strategic: { spec },
        merge: { spec },
        json: [{ op: 'add', path: '/spec/ephemeralContainers', value: [privileged] }],
        apply: { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'p' }, spec },
      }[kind];
      const query = kind === 'apply' ? '?fieldManager=m' : '';
      const { status, json } = await server.patch(`${podsPath}/p/ephemeralcontainers${query}`, kind, body);
      expect(status).toBe(403);
      expect(json.message).toContain('violates PodSecurity');
      expect((await server.get(`${podsPath}/p`)).json.spec.ephemeralContainers).toBeUndefined();
    },
  );

  it('takes none through a workload: the pod is refused that it would make', async () => {
    const owner = { apiVersion: 'apps/v1', kind: 'ReplicaSet', name: 'r', uid: 'u', controller: true };
    const made = pod('p', { containers: [privileged] }, { ownerReferences: [owner] });
    expect((await server.post(podsPath, made)).status).toBe(403);
  });
});

/** CVE-2021-25740: Endpoints written by hand are the older door to what EndpointSlices may not lead to. */
it.each(['127.0.0.1', '169.254.169.254', '224.0.0.1', '0.0.0.0', '::1', 'fe80::1', 'ff02::1'])(
  'Endpoints lead not to %s',
  async (ip) => {
    const body = { metadata: { name: 'e' }, subsets: [{ addresses: [{ ip }], ports: [{ port: 80 }] }] };
    const answer = await server.post('/api/v1/namespaces/default/endpoints', {
      apiVersion: 'v1',
      kind: 'Endpoints',
      ...body,
    });
    expect(answer).toMatchObject({ status: 422, json: { reason: 'Invalid' } });
  },
);

/** CVE-2020-8554: nothing is done with them, and whoever writes them is told so. */
it('external addresses of a Service take no traffic', async () => {
  const spec = { ports: [{ port: 80 }], externalIPs: ['8.8.8.8'] };
  const answer = await server.post('/api/v1/namespaces/default/services', { metadata: { name: 's' }, spec });
  expect(answer.status).toBe(201);
  expect(answer.headers.warning).toContain('spec.externalIPs: has no effect');
});

/** A node's own API is reached only through what is served by name: no path leads to it as it is (nodes/proxy, GET exec). */
it.each([
  '/api/v1/nodes/a/proxy/exec/default/p/main?command=id',
  '/api/v1/nodes/a/proxy',
  '/api/v1/nodes/a:10250/proxy/pods',
  '/api/v1/namespaces/default/pods/p/proxy',
  '/api/v1/namespaces/default/services/s/proxy',
  '/api/v1/proxy/nodes/a',
])('there is no way through %s', async (path) => {
  await server.post('/api/v1/nodes', { metadata: { name: 'a' } });
  await server.post(podsPath, pod('p'));
  for (const method of ['GET', 'POST', 'PUT']) expect([404, 405]).toContain((await server.call(method, path)).status);
});

/** CVE-2020-8555, CVE-2025-13281: the server calls no address that an object names. */
it('a definition cannot have the server call an address', async () => {
  const definition = {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: 'things.example.com' },
    spec: {
      group: 'example.com',
      scope: 'Namespaced',
      names: { plural: 'things', singular: 'thing', kind: 'Thing' },
      versions: [{ name: 'v1', served: true, storage: true, schema: { openAPIV3Schema: { type: 'object' } } }],
      conversion: {
        strategy: 'Webhook',
        webhook: { conversionReviewVersions: ['v1'], clientConfig: { url: 'https://169.254.169.254/' } },
      },
    },
  };
  const answer = await server.post('/apis/apiextensions.k8s.io/v1/customresourcedefinitions', definition);
  expect(answer.status).toBe(422);
  expect(answer.json.message).toContain('conversion by a webhook is not supported');
});
