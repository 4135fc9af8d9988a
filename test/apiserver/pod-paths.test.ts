import { bind, pod, podsPath, TestServer } from './harness';

let server: TestServer;

beforeAll(async () => {
  server = await TestServer.start();
});
afterAll(() => server.stop());

const container = (name: string, more: object = {}) => ({ name, image: 'busybox:1', ...more });
const causes = (json: { details?: { causes?: Array<{ field: string; message: string }> } }) =>
  (json.details?.causes ?? []).map(({ field, message }) => `${field}: ${message}`);

describe('pods/ephemeralcontainers', () => {
  const path = `${podsPath}/debugged/ephemeralcontainers`;
  const add = (...ephemeralContainers: object[]) => server.patch(path, 'strategic', { spec: { ephemeralContainers } });

  beforeAll(async () => {
    await server.post(podsPath, pod('debugged'));
    await bind(server, 'debugged', 'n1');
  });

  it('adds containers, and only them', async () => {
    const patch = {
      metadata: { labels: { a: 'b' } },
      spec: { nodeName: 'n2', ephemeralContainers: [container('shell')] },
    };
    const { status, json, headers } = await server.patch(path, 'strategic', patch);
    expect(status).toBe(200);
    expect(json.metadata).toMatchObject({ name: 'debugged', generation: 2 });
    expect(json.metadata.labels).toBeUndefined();
    expect(json.spec).toMatchObject({
      nodeName: 'n1',
      ephemeralContainers: [{ name: 'shell', imagePullPolicy: 'IfNotPresent', terminationMessagePolicy: 'File' }],
    });
    expect(headers.warning).toContain('nodes do not start ephemeral containers');
    const second = await add(container('shell'), container('other', { targetContainerName: 'main' }));
    expect(second.json.spec.ephemeralContainers).toHaveLength(2);
  });

  it('takes none away and changes none', async () => {
    const present = (await server.get(path)).json;
    const without = structuredClone(present);
    const named = (name: string) => (each: { name: string }) => each.name === name;
    without.spec.ephemeralContainers = present.spec.ephemeralContainers.filter(named('shell'));
    expect(causes((await server.put(path, without)).json)).toEqual([
      'spec.ephemeralContainers: Forbidden: existing ephemeral containers "other" may not be removed\n',
    ]);
    const changed = structuredClone(present);
    changed.spec.ephemeralContainers.find(named('shell')).image = 'busybox:2';
    expect(causes((await server.put(path, changed)).json)).toEqual([
      'spec.ephemeralContainers: Forbidden: existing ephemeral containers "shell" may not be changed\n',
    ]);
  });

  it('refuses what a container for debugging cannot have', async () => {
    const answer = await add(
      container('main'),
      container('served', { ports: [{ containerPort: 80 }], targetContainerName: 'nobody' }),
    );
    expect(answer.status).toBe(422);
    expect(causes(answer.json)).toEqual(
      expect.arrayContaining([
        'spec.ephemeralContainers[1].ports: Forbidden: cannot be set for an Ephemeral Container',
        'spec.ephemeralContainers[1].targetContainerName: Not found: "nobody"',
      ]),
    );
    expect(causes(answer.json).join()).toContain('name: Duplicate value: "main"');
  });

  it('is the only way: not at creation, not by the pod itself, though such a pod can be labelled', async () => {
    const created = await server.post(podsPath, pod('early', { ephemeralContainers: [container('shell')] }));
    expect(causes(created.json)).toEqual(['spec.ephemeralContainers: Forbidden: cannot be set on create']);
    const direct = await server.patch(`${podsPath}/debugged`, 'strategic', {
      spec: { ephemeralContainers: [container('third')] },
    });
    expect(direct.status).toBe(422);
    const labelled = await server.patch(`${podsPath}/debugged`, 'merge', { metadata: { labels: { a: 'b' } } });
    expect(labelled.status).toBe(200);
  });
});

describe('pods/resize', () => {
  const path = `${podsPath}/sized/resize`;
  const resize = (resources: object) =>
    server.patch(path, 'strategic', { spec: { containers: [{ name: 'main', resources }] } });

  beforeAll(async () => {
    const resources = { requests: { cpu: '100m', memory: '64Mi' }, limits: { cpu: '200m' } };
    await server.post(podsPath, pod('sized', { containers: [container('main', { resources })] }));
  });

  it('changes resources, and only them', async () => {
    const patch = {
      metadata: { labels: { a: 'b' } },
      spec: { containers: [{ name: 'main', image: 'busybox:2', resources: { requests: { cpu: '150m' } } }] },
    };
    const { status, json } = await server.patch(path, 'strategic', patch);
    expect(status).toBe(200);
    expect(json.metadata.labels).toBeUndefined();
    expect(json.metadata.generation).toBe(2);
    expect(json.spec.containers[0]).toMatchObject({
      image: 'busybox:1',
      resources: { requests: { cpu: '150m', memory: '64Mi' }, limits: { cpu: '200m' } },
    });
  });

  it.each<[string, object, string[]]>([
    [
      'more than the limit',
      { requests: { cpu: '300m' } },
      ['spec.containers[0].resources.requests: Invalid value: "300m": must be less than or equal to cpu limit of 200m'],
    ],
    [
      'another resource',
      { requests: { 'ephemeral-storage': '1Gi' } },
      ['spec.containers[0].resources: Forbidden: only cpu and memory resources are mutable'],
    ],
    [
      'a request that is gone',
      { requests: { memory: null } },
      ['spec.containers[0].resources: Forbidden: resource requests cannot be removed'],
    ],
    [
      'another class',
      { requests: { cpu: '200m', memory: '64Mi' }, limits: { cpu: '200m', memory: '64Mi' } },
      ['spec.containers: Invalid value: "Guaranteed": Pod QOS Class may not change as a result of resizing'],
    ],
  ])('refuses %s', async (_name, resources, expected) => {
    const answer = await resize(resources);
    expect(answer.status).toBe(422);
    expect(causes(answer.json)).toEqual(expected);
  });

  it('is the only way', async () => {
    const direct = await server.patch(`${podsPath}/sized`, 'strategic', {
      spec: { containers: [{ name: 'main', resources: { requests: { cpu: '120m' } } }] },
    });
    expect(direct.status).toBe(422);
  });
});
