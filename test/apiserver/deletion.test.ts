import { bind, cms, configMap, deployment, pod, podsPath, service, TestServer } from './harness';

let server: TestServer;
beforeAll(async () => {
  server = await TestServer.start();
});
afterAll(() => server.stop());

describe('deletion', () => {
  it('answers with a Status, or with the object where Kubernetes does', async () => {
    const { json: made } = await server.post(cms, configMap('plain'));
    const answer = await server.delete(`${cms}/plain`);
    expect(answer.json).toMatchObject({
      kind: 'Status',
      status: 'Success',
      details: { name: 'plain', kind: 'configmaps' },
    });
    expect(answer.json.details.uid).toBe(made.metadata.uid);
    expect((await server.delete(`${cms}/plain`)).status).toBe(404);
    await server.post('/api/v1/namespaces/default/services', service('told'));
    expect((await server.delete('/api/v1/namespaces/default/services/told')).json.kind).toBe('Service');
  });

  it('keeps to its preconditions', async () => {
    const { json } = await server.post(cms, configMap('guarded'));
    const wrong = await server.delete(`${cms}/guarded`, { preconditions: { uid: 'other' } });
    expect(wrong.status).toBe(409);
    const old = await server.delete(`${cms}/guarded`, { preconditions: { resourceVersion: '1' } });
    expect(old.status).toBe(409);
    const { uid, resourceVersion } = json.metadata;
    expect((await server.delete(`${cms}/guarded`, { preconditions: { uid, resourceVersion } })).status).toBe(200);
  });

  it('waits for finalizers; taking the last one removes the object', async () => {
    await server.post(cms, configMap('held', {}, { finalizers: ['example.com/hold'] }));
    const marked = await server.delete(`${cms}/held`);
    expect(marked.json.metadata).toMatchObject({ deletionGracePeriodSeconds: 0, finalizers: ['example.com/hold'] });
    const again = await server.delete(`${cms}/held`);
    expect(again.json.metadata.resourceVersion).toBe(marked.json.metadata.resourceVersion);
    const more = await server.patch(`${cms}/held`, 'merge', {
      metadata: { finalizers: ['example.com/hold', 'example.com/b'] },
    });
    expect(more.status).toBe(422);
    expect((await server.patch(`${cms}/held`, 'merge', { metadata: { finalizers: [] } })).status).toBe(200);
    expect((await server.get(`${cms}/held`)).status).toBe(404);
  });

  it('of some kinds leaves their dependents, unless asked otherwise', async () => {
    const path = '/api/v1/namespaces/default/replicationcontrollers';
    const template = { metadata: { labels: { app: 'a' } }, spec: { containers: [{ name: 'main', image: 'a:1' }] } };
    const body = { apiVersion: 'v1', kind: 'ReplicationController', metadata: { name: 'old' }, spec: { template } };
    expect((await server.post(path, body)).status).toBe(201);
    expect((await server.delete(`${path}/old`)).json.metadata.finalizers).toEqual(['orphan']);
    expect((await server.delete(`${path}/old`, { propagationPolicy: 'Background' })).status).toBe(200);
    expect((await server.get(`${path}/old`)).status).toBe(404);
  });

  it.each([
    ['Foreground', 'foregroundDeletion'],
    ['Orphan', 'orphan'],
  ])('with propagation policy %s leaves the finalizer %s for the garbage collector', async (policy, finalizer) => {
    const path = '/apis/apps/v1/namespaces/default/deployments';
    await server.post(path, deployment('owner'));
    const answer = await server.delete(`${path}/owner`, { propagationPolicy: policy });
    expect(answer.json.metadata.finalizers).toEqual([finalizer]);
    expect(answer.json.metadata.deletionTimestamp).toBeDefined();
    await server.patch(`${path}/owner`, 'merge', { metadata: { finalizers: null } });
    expect((await server.get(`${path}/owner`)).status).toBe(404);
  });

  it('refuses options that mean nothing', async () => {
    await server.post(cms, configMap('options'));
    expect((await server.delete(`${cms}/options`, { propagationPolicy: 'Later' })).status).toBe(422);
    expect(
      (await server.delete(`${cms}/options`, { propagationPolicy: 'Orphan', orphanDependents: true })).status,
    ).toBe(422);
    expect((await server.delete(`${cms}/options?dryRun=All`)).status).toBe(200);
    expect((await server.get(`${cms}/options`)).status).toBe(200);
  });

  it('of a collection takes what the selector selects', async () => {
    for (const name of ['c1', 'c2', 'c3']) {
      await server.post(cms, configMap(name, {}, { labels: { set: name === 'c3' ? 'other' : 'mine' } }));
    }
    const answer = await server.delete(`${cms}?labelSelector=set%3Dmine`);
    expect(answer.json.items.map((i: { metadata: { name: string } }) => i.metadata.name)).toEqual(['c1', 'c2']);
    expect((await server.get(`${cms}/c1`)).status).toBe(404);
    expect((await server.get(`${cms}/c3`)).status).toBe(200);
    expect((await server.delete('/api/v1/configmaps')).status).toBe(405);
  });
});

describe('deletion of a pod', () => {
  it('is immediate while the pod is bound nowhere', async () => {
    await server.post(podsPath, pod('unbound'));
    expect((await server.delete(`${podsPath}/unbound`)).json.kind).toBe('Pod');
    expect((await server.get(`${podsPath}/unbound`)).status).toBe(404);
  });

  it('gives the agent the grace period, and ends with its delete of grace 0', async () => {
    await server.post(podsPath, pod('bound', { terminationGracePeriodSeconds: 20 }));
    await bind(server, 'bound', 'n1');
    const { json: marked } = await server.delete(`${podsPath}/bound`);
    expect(marked.metadata.deletionGracePeriodSeconds).toBe(20);
    expect(Date.parse(marked.metadata.deletionTimestamp)).toBeGreaterThan(server.clock.now() + 18_000);
    const { json: same } = await server.delete(`${podsPath}/bound`);
    expect(same.metadata.resourceVersion).toBe(marked.metadata.resourceVersion);
    const { json: longer } = await server.delete(`${podsPath}/bound`, { gracePeriodSeconds: 60 });
    expect(longer.metadata.deletionGracePeriodSeconds).toBe(20);
    const { json: shorter } = await server.delete(`${podsPath}/bound`, { gracePeriodSeconds: 5 });
    expect(shorter.metadata.deletionGracePeriodSeconds).toBe(5);
    expect(Date.parse(marked.metadata.deletionTimestamp) - Date.parse(shorter.metadata.deletionTimestamp)).toBe(15_000);
    await server.delete(`${podsPath}/bound`, { gracePeriodSeconds: 0 });
    expect((await server.get(`${podsPath}/bound`)).status).toBe(404);
  });

  it('with a finalizer outlives the agent', async () => {
    await server.post(podsPath, pod('kept', {}, { finalizers: ['example.com/hold'] }));
    await bind(server, 'kept', 'n1');
    await server.delete(`${podsPath}/kept`);
    await server.patch(`${podsPath}/kept`, 'merge', { metadata: { finalizers: null } });
    expect((await server.get(`${podsPath}/kept`)).status).toBe(200);
    await server.delete(`${podsPath}/kept`, { gracePeriodSeconds: 0 });
    expect((await server.get(`${podsPath}/kept`)).status).toBe(404);
  });

  it('comes of an eviction too', async () => {
    await server.post(podsPath, pod('evicted'));
    const eviction = { apiVersion: 'policy/v1', kind: 'Eviction', metadata: { name: 'evicted' } };
    expect((await server.post(`${podsPath}/evicted/eviction`, eviction)).status).toBe(201);
    expect((await server.get(`${podsPath}/evicted`)).status).toBe(404);
  });
});

describe('binding', () => {
  it('sets the node and the PodScheduled condition, once', async () => {
    await server.post(podsPath, pod('bind-me'));
    await bind(server, 'bind-me', 'n1');
    const { json } = await server.get(`${podsPath}/bind-me`);
    expect(json.spec.nodeName).toBe('n1');
    expect(json.status.conditions).toEqual([expect.objectContaining({ type: 'PodScheduled', status: 'True' })]);
    const again = { apiVersion: 'v1', kind: 'Binding', metadata: { name: 'bind-me' }, target: { name: 'n2' } };
    const refused = await server.post(`${podsPath}/bind-me/binding`, again);
    expect(refused.status).toBe(409);
    expect(refused.json.message).toContain('already assigned to node "n1"');
  });
});

describe('a namespace', () => {
  it('is Terminating until its controller finalizes it, and takes nothing new meanwhile', async () => {
    const path = '/api/v1/namespaces/going';
    await server.post('/api/v1/namespaces', { metadata: { name: 'going' } });
    const { json: marked } = await server.delete(path);
    expect(marked).toMatchObject({ status: { phase: 'Terminating' }, spec: { finalizers: ['kubernetes'] } });
    const refused = await server.post(`${path}/configmaps`, configMap('late'));
    expect(refused.json).toMatchObject({
      code: 403,
      message: expect.stringContaining('because it is being terminated'),
    });
    expect((await server.put(path, { ...marked, spec: { finalizers: [] } })).json.spec.finalizers).toEqual([
      'kubernetes',
    ]);
    const { json: current } = await server.get(path);
    expect((await server.put(`${path}/finalize`, { ...current, spec: { finalizers: [] } })).status).toBe(200);
    expect((await server.get(path)).status).toBe(404);
  });

  it('of the system stays', async () => {
    expect((await server.delete('/api/v1/namespaces/default')).status).toBe(403);
    expect(
      (await server.get('/api/v1/namespaces')).json.items.map((n: { metadata: { name: string } }) => n.metadata.name),
    ).toEqual(expect.arrayContaining(['default', 'kube-system', 'kube-public', 'kube-node-lease']));
  });
});
