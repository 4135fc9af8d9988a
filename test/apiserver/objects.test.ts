import { cms, configMap, deployment, pod, podsPath, TestServer } from './harness';

let server: TestServer;
beforeAll(async () => {
  server = await TestServer.start();
});
afterAll(() => server.stop());

describe('create', () => {
  it('gives an object its identity and the version of its write', async () => {
    const answer = await server.post(cms, configMap('created', { a: 'b' }));
    expect(answer.status).toBe(201);
    const { metadata } = answer.json;
    expect(metadata).toMatchObject({ name: 'created', namespace: 'default' });
    expect(metadata.uid).toMatch(/^[0-9a-f-]{36}$/);
    expect(Number(metadata.resourceVersion)).toBe(await server.store.revision());
    expect((await server.get(`${cms}/created`)).json).toEqual(answer.json);
    expect((await server.get(`${cms}/created`, { http2: true })).json).toEqual(answer.json);
  });

  it('refuses a name that is taken', async () => {
    await server.post(cms, configMap('twice'));
    const answer = await server.post(cms, configMap('twice'));
    expect(answer.status).toBe(409);
    expect(answer.json).toMatchObject({
      kind: 'Status',
      reason: 'AlreadyExists',
      message: 'configmaps "twice" already exists',
    });
  });

  it('makes a name from generateName, another one when it is taken', async () => {
    const names = new Set<string>();
    for (let i = 0; i < 3; i++) {
      const answer = await server.post(cms, { metadata: { generateName: 'gen-' } });
      names.add(answer.json.metadata.name);
    }
    expect(names.size).toBe(3);
    for (const name of names) expect(name).toMatch(/^gen-[bcdfghjklmnpqrstvwxz2456789]{5}$/);
  });

  it('takes YAML', async () => {
    const answer = await server.post(cms, 'metadata: {name: yaml}\ndata: {a: "yes"}\n', { type: 'application/yaml' });
    expect(answer.json).toMatchObject({ data: { a: 'yes' } });
    // In braces YAML takes more than JSON does.
    const braces = '{"metadata": {"name": "braces"}, data: {"a": "b",},}';
    expect((await server.post(cms, braces, { type: 'application/yaml' })).json).toMatchObject({ data: { a: 'b' } });
    expect((await server.post(cms, braces)).status).toBe(400);
    const broken = await server.post(cms, '{"metadata": {"name": "broken"', { type: 'application/yaml' });
    expect([broken.status, broken.json.message]).toEqual([400, expect.stringContaining('YAML')]);
  });

  it('answers a namespace that is not there, is another, or is going', async () => {
    expect((await server.post('/api/v1/namespaces/nope/configmaps', configMap('a'))).json.message).toBe(
      'namespaces "nope" not found',
    );
    expect((await server.post(cms, configMap('a', {}, { namespace: 'other' }))).status).toBe(400);
  });

  it('leaves out a namespace where the kind has none, however it is written', async () => {
    const body = (name: string) => ({
      apiVersion: 'scheduling.k8s.io/v1',
      kind: 'PriorityClass',
      metadata: { name, namespace: 'default' },
      value: 1,
    });
    const path = '/apis/scheduling.k8s.io/v1/priorityclasses';
    const made = await server.post(path, body('plain'));
    const put = await server.put(`${path}/plain`, { ...body('plain'), description: 'd' });
    const patched = await server.patch(`${path}/plain`, 'merge', { metadata: { namespace: 'default' } });
    const applied = await server.patch(`${path}/applied?fieldManager=t`, 'apply', body('applied'));
    expect([made.status, put.status, patched.status, applied.status]).toEqual([201, 200, 200, 201]);
    for (const { json } of [made, put, patched, applied]) {
      expect(json.metadata.namespace).toBeUndefined();
      expect(JSON.stringify(json.metadata.managedFields)).not.toContain('namespace');
    }
  });

  it('stores nothing on a dry run', async () => {
    const answer = await server.post(`${cms}?dryRun=All`, configMap('dry'));
    expect(answer.status).toBe(201);
    expect(answer.json.metadata.resourceVersion).toBeUndefined();
    expect((await server.get(`${cms}/dry`)).status).toBe(404);
  });

  it('warns of unknown and doubled fields, or refuses them, as asked', async () => {
    const text = '{"metadata":{"name":"fields"},"data":{"a":"1","a":"2"},"foo":1}';
    const warned = await server.post(`${cms}?dryRun=All`, text);
    expect(warned.status).toBe(201);
    expect(warned.headers.warning).toContain('299 - "unknown field \\"foo\\""');
    expect(warned.headers.warning).toContain('299 - "duplicate field \\"data.a\\""');
    const refused = await server.post(`${cms}?fieldValidation=Strict`, text);
    expect(refused.status).toBe(400);
    expect(refused.json.message).toContain('strict decoding error: unknown field "foo", duplicate field "data.a"');
    const ignored = await server.post(`${cms}?dryRun=All&fieldValidation=Ignore`, text);
    expect(ignored.headers.warning).toBeUndefined();
  });

  it('tells all that is invalid, by field', async () => {
    const answer = await server.post(podsPath, pod('bad', { containers: [{ name: 'A', image: '' }] }));
    expect(answer.status).toBe(422);
    expect(answer.json.details.causes.map((cause: { field: string }) => cause.field)).toEqual(
      expect.arrayContaining(['spec.containers[0].name', 'spec.containers[0].image']),
    );
  });
});

describe('update', () => {
  it('replaces at the version given, and at no other', async () => {
    const { json: first } = await server.post(cms, configMap('updated', { a: '1' }));
    const { json: second } = await server.put(`${cms}/updated`, { ...first, data: { a: '2' } });
    expect(second.data).toEqual({ a: '2' });
    const stale = await server.put(`${cms}/updated`, { ...first, data: { a: '3' } });
    expect(stale.status).toBe(409);
    expect(stale.json.message).toBe(
      'Operation cannot be fulfilled on configmaps "updated": the object has been modified; please apply your changes to the latest version and try again',
    );
    const { metadata: _version, ...unversioned } = second;
    const forced = await server.put(`${cms}/updated`, {
      ...unversioned,
      metadata: { name: 'updated' },
      data: { a: '4' },
    });
    expect(forced.json).toMatchObject({ data: { a: '4' }, metadata: { uid: first.metadata.uid } });
  });

  it('writes nothing when nothing changes', async () => {
    const { json } = await server.post(cms, configMap('same', { a: '1' }));
    const before = await server.store.revision();
    const answer = await server.put(`${cms}/same`, json);
    expect(answer.json.metadata.resourceVersion).toBe(json.metadata.resourceVersion);
    expect((await server.patch(`${cms}/same`, 'merge', { metadata: { annotations: {} } })).status).toBe(200);
    expect(await server.store.revision()).toBe(before);
  });

  it('keeps status and the rest apart, and counts generations of the spec', async () => {
    const path = '/apis/apps/v1/namespaces/default/deployments';
    const { json: made } = await server.post(path, { ...deployment('parts'), status: { replicas: 9 } });
    expect(made.status).toEqual({});
    const status = { ...made, spec: { ...made.spec, replicas: 5 }, status: { replicas: 1, observedGeneration: 1 } };
    const { json: reported } = await server.put(`${path}/parts/status`, status);
    expect(reported).toMatchObject({ spec: { replicas: 1 }, status: { replicas: 1 }, metadata: { generation: 1 } });
    const { json: spec } = await server.put(`${path}/parts`, { ...reported, spec: status.spec, status: {} });
    expect(spec).toMatchObject({ spec: { replicas: 5 }, status: { replicas: 1 }, metadata: { generation: 2 } });
  });

  it('is refused for another object of the same name', async () => {
    await server.post(cms, configMap('uid'));
    const answer = await server.put(`${cms}/uid`, configMap('uid', {}, { uid: 'another' }));
    expect(answer.status).toBe(409);
    expect(answer.json.message).toContain('UID in precondition: another');
  });
});

describe('patch', () => {
  it('merges, replaces and tests', async () => {
    await server.post(cms, configMap('patched', { a: '1', b: '2' }));
    const path = `${cms}/patched`;
    expect((await server.patch(path, 'merge', { data: { a: null, c: '3' } })).json.data).toEqual({ b: '2', c: '3' });
    const json = [
      { op: 'test', path: '/data/b', value: '2' },
      { op: 'add', path: '/data/d', value: '4' },
    ];
    expect((await server.patch(path, 'json', json)).json.data).toEqual({ b: '2', c: '3', d: '4' });
    expect((await server.patch(path, 'json', [{ op: 'test', path: '/data/b', value: 'x' }])).status).toBe(422);
    const labelled = await server.patch(path, 'json', [{ op: 'replace', path: '/metadata/labels', value: { a: 'b' } }]);
    expect(labelled.json.metadata.labels).toEqual({ a: 'b' });
    expect((await server.patch(path, 'merge', { metadata: { resourceVersion: '1' } })).status).toBe(409);
    expect((await server.patch(`${cms}/absent`, 'merge', {})).status).toBe(404);
    expect((await server.call('PATCH', path, { body: {}, type: 'application/json' })).status).toBe(415);
  });

  it('merges lists by key, as a strategic merge patch', async () => {
    const path = '/apis/apps/v1/namespaces/default/deployments';
    await server.post(path, deployment('strategic'));
    const containers = [
      { name: 'main', image: 'busybox:2' },
      { name: 'side', image: 'side:1' },
    ];
    const { json } = await server.patch(`${path}/strategic`, 'strategic', {
      spec: { template: { spec: { containers } } },
    });
    expect(json.spec.template.spec.containers.map((c: { image: string }) => c.image).sort()).toEqual([
      'busybox:2',
      'side:1',
    ]);
    expect(json.metadata.generation).toBe(2);
  });

  it('loses no patch of writers that race', async () => {
    await server.post(cms, configMap('raced'));
    const keys = Array.from({ length: 20 }, (_, i) => `k${i}`);
    await Promise.all(keys.map((key) => server.patch(`${cms}/raced`, 'merge', { data: { [key]: '1' } })));
    expect(Object.keys((await server.get(`${cms}/raced`)).json.data).sort()).toEqual(keys.sort());
  });

  it('applies: creates, keeps to what each manager owns, and tells of conflicts', async () => {
    const path = `${cms}/applied`;
    const by = (manager: string, data: object, more = '') =>
      server.patch(`${path}?fieldManager=${manager}${more}`, 'apply', { apiVersion: 'v1', kind: 'ConfigMap', data });
    expect((await by('one', { a: '1', b: '1' })).status).toBe(201);
    expect((await by('two', { c: '2' })).status).toBe(200);
    const conflict = await by('two', { a: '2', c: '2' });
    expect(conflict.status).toBe(409);
    expect(conflict.json.details.causes[0]).toMatchObject({ reason: 'FieldManagerConflict', field: '.data.a' });
    expect((await by('two', { a: '2', c: '2' }, '&force=true')).json.data).toEqual({ a: '2', b: '1', c: '2' });
    expect((await by('one', {})).json.data).toEqual({ a: '2', c: '2' });
    const version = (await by('two', { a: '2', c: '2' })).json.metadata.resourceVersion;
    expect((await by('two', { a: '2', c: '2' })).json.metadata.resourceVersion).toBe(version);
    const nameless = await server.patch(path, 'apply', { apiVersion: 'v1', kind: 'ConfigMap' });
    expect(nameless.json.message).toContain('fieldManager: Required value');
  });

  it('nobody owns what is empty: another may set it', async () => {
    const node = { apiVersion: 'v1', kind: 'Node', metadata: { name: 'owned' }, spec: {} };
    await server.post('/api/v1/nodes', node);
    const emptied = await server.patch('/api/v1/nodes/owned?fieldManager=a', 'merge', { spec: { taints: [] } });
    expect(emptied.json.spec?.taints).toBeUndefined();
    const body = { ...node, spec: { taints: [{ key: 'k', effect: 'NoSchedule' }] } };
    expect((await server.patch('/api/v1/nodes/owned?fieldManager=b', 'apply', body)).status).toBe(200);
  });

  it('creates by apply only for who may create, and only what names no uid', async () => {
    const as = await server.identity('panda', []);
    const path = `${cms}/by-panda?fieldManager=panda`;
    const apply = () => server.patch(path, 'apply', { apiVersion: 'v1', kind: 'ConfigMap' }, { as });
    const role = (verb: string) => ({
      metadata: { name: `may-${verb}` },
      rules: [{ verbs: [verb], apiGroups: [''], resources: ['configmaps'] }],
    });
    const grant = async (verb: string) => {
      const rbac = '/apis/rbac.authorization.k8s.io/v1/namespaces/default';
      await server.post(`${rbac}/roles`, role(verb));
      await server.post(`${rbac}/rolebindings`, {
        metadata: { name: `may-${verb}` },
        roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: `may-${verb}` },
        subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'User', name: 'panda' }],
      });
    };
    await grant('patch');
    expect((await apply()).json).toMatchObject({
      code: 403,
      message:
        'configmaps "by-panda" is forbidden: User "panda" cannot create resource "configmaps" in API group "" in the namespace "default"',
    });
    expect((await server.get(`${cms}/by-panda`)).status).toBe(404);
    await grant('create');
    expect((await apply()).status).toBe(201);
    const named = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { uid: 'abc' } };
    expect((await server.patch(`${cms}/of-a-uid?fieldManager=x`, 'apply', named)).json).toMatchObject({
      code: 409,
      message:
        'Operation cannot be fulfilled on configmaps "of-a-uid": uid mismatch: the provided object specified uid abc, and no existing object was found',
    });
  });

  it('reads what is applied as YAML, also where it looks like JSON', async () => {
    const loose = '{"apiVersion": "v1", "kind": "ConfigMap", "data": {"a": "1",}, }';
    const answer = await server.patch(`${cms}/loose?fieldManager=x`, 'apply', loose);
    expect([answer.status, answer.json.data]).toEqual([201, { a: '1' }]);
    expect((await server.patch(`${cms}/broken?fieldManager=x`, 'apply', '{"a":')).status).toBe(400);
  });

  it.each([
    ['daemonsets', true],
    ['deployments', false],
  ])('a write of the status of %s changes its labels: %s', async (plural, changes) => {
    const path = `/apis/apps/v1/namespaces/default/${plural}`;
    const name = 'labelled';
    const template = { metadata: { labels: { app: name } }, spec: { containers: [{ name: 'c', image: 'i' }] } };
    const spec = { selector: { matchLabels: { app: name } }, template };
    const { kind } = (await server.post(path, { metadata: { name }, spec })).json;
    const stated = { apiVersion: 'apps/v1', kind, metadata: { labels: { l: '1' }, annotations: { a: '1' } }, spec };
    const { json } = await server.patch(`${path}/${name}/status?fieldManager=me`, 'apply', stated);
    expect(json.metadata.annotations).toMatchObject({ a: '1' });
    expect(json.metadata.labels).toEqual(changes ? { l: '1' } : undefined);
    const mine = json.metadata.managedFields.find((m: { manager: string }) => m.manager === 'me');
    const labels = changes ? { 'f:labels': { 'f:l': {} } } : {};
    expect(mine.fieldsV1).toEqual({ 'f:metadata': { 'f:annotations': { 'f:a': {} }, ...labels } });
  });

  it('tells of fields that stand twice in YAML by their lines, and takes the last', async () => {
    const text = 'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: twice\n  name: in-yaml\nmistake: 1\n';
    const post = (more = '') => server.call('POST', `${cms}${more}`, { body: text, type: 'application/yaml' });
    const strict = await post('?fieldValidation=Strict');
    expect(strict.json.message).toBe(
      'ConfigMap in version "v1" cannot be handled as a ConfigMap: strict decoding error: yaml: unmarshal errors:\n  line 5: key "name" already set in map, unknown field "mistake"',
    );
    const made = await post();
    expect([made.status, made.json.metadata.name]).toEqual([201, 'in-yaml']);
    expect(made.headers.warning).toBe(
      '299 - "line 5: key \\"name\\" already set in map", 299 - "unknown field \\"mistake\\""',
    );
    const json = '{"apiVersion":"v1","kind":"ConfigMap",\n"data":{"a":"1","a":"2"}}';
    const apply = (more = '') => server.patch(`${cms}/in-yaml?fieldManager=x${more}`, 'apply', json);
    expect((await apply('&fieldValidation=Strict')).json.message).toBe(
      'error strict decoding YAML: error converting YAML to JSON: yaml: unmarshal errors:\n  line 2: key "a" already set in map',
    );
    const applied = await apply();
    expect([applied.json.data, applied.headers.warning]).toEqual([
      { a: '2' },
      '299 - "line 2: key \\"a\\" already set in map"',
    ]);
  });

  it('tells of what no operation of a JSON patch has', async () => {
    await server.post(cms, configMap('operations'));
    const text = '[{"op":"add","path":"/data","value":{"a":"1"},"foo":1,"op":"add"}]';
    const patch = (more = '') => server.patch(`${cms}/operations${more}`, 'json', text);
    expect((await patch('?fieldValidation=Strict')).json.message).toContain(
      'strict decoding error: json patch unknown field "[0].foo", json patch duplicate field "[0].op"',
    );
    expect((await patch()).headers.warning).toContain('json patch unknown field');
  });

  it('has room for so many warnings', async () => {
    const mistakes = Object.fromEntries(Array.from({ length: 2000 }, (_, i) => [`mistake${i}`, 1]));
    const { status, headers } = await server.post(cms, { ...configMap('mistakes'), ...mistakes });
    expect(status).toBe(201);
    expect(headers.warning).toContain('mistake0');
    expect(String(headers.warning).length).toBeLessThan(8192);
  });

  it('records who wrote what', async () => {
    await server.post(`${cms}?fieldManager=maker`, configMap('managed', { a: '1' }));
    const { json } = await server.patch(`${cms}/managed?fieldManager=changer`, 'merge', { data: { a: '2' } });
    const managers = json.metadata.managedFields.map((m: { manager: string }) => m.manager);
    expect(managers).toContain('changer');
    const changer = json.metadata.managedFields.find((m: { manager: string }) => m.manager === 'changer');
    expect(changer).toMatchObject({ operation: 'Update', apiVersion: 'v1', fieldsV1: { 'f:data': { 'f:a': {} } } });
  });
});

describe('scale', () => {
  const path = '/apis/apps/v1/namespaces/default/deployments/scaled';
  it('shows and sets replicas', async () => {
    await server.post('/apis/apps/v1/namespaces/default/deployments', deployment('scaled', 2));
    const { json: scale } = await server.get(`${path}/scale`);
    expect(scale).toMatchObject({ kind: 'Scale', apiVersion: 'autoscaling/v1', spec: { replicas: 2 } });
    expect(scale.status.selector).toBe('app=scaled');
    expect((await server.put(`${path}/scale`, { ...scale, spec: { replicas: 4 } })).json.spec.replicas).toBe(4);
    expect((await server.patch(`${path}/scale`, 'merge', { spec: { replicas: 5 } })).json.spec.replicas).toBe(5);
    expect((await server.get(path)).json.spec.replicas).toBe(5);
    expect((await server.put(`${path}/scale`, scale)).status).toBe(409);
    const bad = await server.patch(`${path}/scale`, 'merge', { spec: { replicas: -1 } });
    expect(bad.json).toMatchObject({ code: 422, reason: 'Invalid' });
  });

  it('is applied by managers, who own the replicas and tell of conflicts', async () => {
    const own = '/apis/apps/v1/namespaces/default/deployments/applied';
    const { metadata: _, ...made } = deployment('applied', 1) as Record<string, unknown>;
    const apply = (manager: string, body: object, to = own, more = '') =>
      server.patch(`${to}?fieldManager=${manager}${more}`, 'apply', body);
    const owners = async () => {
      const { managedFields } = (await server.get(own)).json.metadata;
      const owning = managedFields.filter((m: { fieldsV1: object }) =>
        JSON.stringify(m.fieldsV1).includes('f:replicas'),
      );
      return owning.map((m: { manager: string }) => m.manager);
    };
    const scale = (replicas: number) => ({ apiVersion: 'autoscaling/v1', kind: 'Scale', spec: { replicas } });
    await apply('whole', { apiVersion: 'apps/v1', kind: 'Deployment', ...made });
    const refused = await apply('scaler', scale(17), `${own}/scale`);
    expect(refused.json).toMatchObject({ code: 409, message: expect.stringContaining('"whole"') });
    expect((await apply('scaler', scale(17), `${own}/scale`, '&force=true')).json.spec.replicas).toBe(17);
    expect(await owners()).toEqual(['scaler']);
    expect((await apply('other', scale(17), `${own}/scale`)).status).toBe(200);
    expect(await owners()).toEqual(['other', 'scaler']);
    expect((await apply('other', scale(-1), `${own}/scale`)).status).toBe(422);
    const stale = { ...scale(3), metadata: { resourceVersion: '1' } };
    expect((await apply('other', stale, `${own}/scale`, '&force=true')).json).toMatchObject({
      code: 409,
      reason: 'Conflict',
    });
    expect((await server.patch(`${own}/scale`, 'apply', scale(1))).json.message).toContain('fieldManager: Required');
  });
});

it('where Kubernetes wants to know what is replaced, a replacement without a version is refused', async () => {
  const path = '/apis/coordination.k8s.io/v1/namespaces/default/leases';
  const { json } = await server.post(path, { metadata: { name: 'mine' }, spec: { holderIdentity: 'a' } });
  const { resourceVersion: _, ...metadata } = json.metadata;
  const refused = await server.put(`${path}/mine`, { ...json, metadata });
  expect(refused.status).toBe(422);
  expect(refused.json.message).toBe(
    'Lease.coordination.k8s.io "mine" is invalid: metadata.resourceVersion: Invalid value: 0x0: must be specified for an update',
  );
  expect((await server.patch(`${path}/mine`, 'merge', { spec: { holderIdentity: 'b' } })).status).toBe(200);
  const config = (await server.post(cms, configMap('versionless'))).json;
  const { resourceVersion: __, ...rest } = config.metadata;
  expect((await server.put(`${cms}/versionless`, { ...config, metadata: rest })).status).toBe(200);
});

it('a replacement creates what is not there, of kinds that are named by who writes them', async () => {
  const path = '/api/v1/namespaces/default/endpoints';
  const subsets = [{ addresses: [{ ip: '10.0.0.1' }], ports: [{ port: 80 }] }];
  const made = await server.put(`${path}/mine`, { metadata: { name: 'mine' }, subsets });
  expect([made.status, made.json.subsets[0].addresses]).toEqual([201, [{ ip: '10.0.0.1' }]]);
  expect((await server.put(`${path}/mine`, { metadata: { name: 'mine' }, subsets: [] })).status).toBe(200);
  const versioned = await server.put(`${path}/other`, { metadata: { name: 'other', resourceVersion: '5' } });
  expect(versioned.status).toBe(404);
  expect((await server.put(`${cms}/absent`, configMap('absent'))).status).toBe(404);
  const as = await server.identity('updater', []);
  const rbac = '/apis/rbac.authorization.k8s.io/v1/namespaces/default';
  await server.post(`${rbac}/roles`, {
    metadata: { name: 'updates' },
    rules: [{ verbs: ['update'], apiGroups: [''], resources: ['endpoints'] }],
  });
  await server.post(`${rbac}/rolebindings`, {
    metadata: { name: 'updates' },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: 'updates' },
    subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'User', name: 'updater' }],
  });
  const put = (name: string) => server.put(`${path}/${name}`, { metadata: { name }, subsets }, { as });
  expect([(await put('mine')).status, (await put('theirs')).status]).toEqual([200, 403]);
});

it('an owner that stands twice counts once, with a warning', async () => {
  const owner = { apiVersion: 'v1', kind: 'ConfigMap', name: 'o', uid: 'u-1' };
  const body = configMap('owned');
  const metadata = { ...(body.metadata as object), ownerReferences: [owner, { ...owner, uid: 'u-2' }, owner] };
  const made = await server.post(cms, { ...body, metadata });
  expect(made.json.metadata.ownerReferences).toEqual([owner, { ...owner, uid: 'u-2' }]);
  expect(made.headers.warning).toContain('.metadata.ownerReferences contains duplicate entries');
  expect(made.headers.warning).toContain('duplicate UID(s) observed: u-1');
});
