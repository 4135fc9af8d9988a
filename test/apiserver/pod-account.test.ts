import { type Json, pod, podsPath, TestServer } from './harness';

let server: TestServer;
beforeAll(async () => {
  server = await TestServer.start();
});
afterAll(() => server.stop());

const tokenVolume = expect.objectContaining({ name: expect.stringMatching(/^kube-api-access-/) });
const made = async (name: string, spec: object = {}): Promise<Json> => {
  const answer = await server.post(podsPath, pod(name, spec));
  expect([answer.status, answer.text]).toEqual([201, expect.anything()]);
  return answer.json;
};

describe('the token volume that every pod gets', () => {
  it('comes back with every update of a client that read the pod, and may not be left out', async () => {
    const read = await made('updated');
    expect(read.spec.volumes).toEqual([tokenVolume]);
    const labels = { app: 'web' };
    const updated = await server.put(`${podsPath}/updated`, { ...read, metadata: { ...read.metadata, labels } });
    expect([updated.status, updated.json.spec]).toEqual([200, read.spec]);
    const without = { ...updated.json, spec: { ...read.spec, volumes: [] } };
    const refused = await server.put(`${podsPath}/updated`, without);
    expect([refused.status, refused.json.message]).toEqual([
      422,
      expect.stringContaining('pod updates may not change fields other than'),
    ]);
  });

  it('stays when the manifest is applied again, by server and by client', async () => {
    const path = `${podsPath}/applied?fieldManager=me`;
    const first = await server.patch(path, 'apply', pod('applied', {}, { labels: { version: '1' } }));
    expect([first.status, first.json.spec.volumes]).toEqual([201, [tokenVolume]]);
    const again = await server.patch(path, 'apply', pod('applied', {}, { labels: { version: '2' } }));
    expect([again.status, again.json.metadata.labels, again.json.spec]).toEqual([
      200,
      { version: '2' },
      first.json.spec,
    ]);
    const image = { spec: { containers: [{ name: 'main', image: 'busybox:2' }] } };
    const patched = await server.patch(`${podsPath}/applied`, 'strategic', image);
    expect([patched.status, patched.json.spec.containers[0]]).toEqual([
      200,
      { ...first.json.spec.containers[0], image: 'busybox:2' },
    ]);
  });

  it('is nobody’s field: who takes over what the creator owned may apply without it', async () => {
    const { metadata } = await made('owned');
    const [entry] = metadata.managedFields;
    expect(Object.keys(entry.fieldsV1['f:spec'])).not.toContain('f:volumes');
    expect(Object.keys(entry.fieldsV1['f:spec'])).not.toContain('f:serviceAccountName');
    expect(JSON.stringify(entry.fieldsV1)).not.toContain('volumeMounts');
    // What kubectl does before its first server-side apply of what it created.
    const managedFields = [{ ...entry, manager: 'me', operation: 'Apply' }];
    await server.patch(`${podsPath}/owned`, 'merge', { metadata: { managedFields } });
    const applied = await server.patch(`${podsPath}/owned?fieldManager=me`, 'apply', pod('owned'));
    expect([applied.status, applied.json.spec?.volumes]).toEqual([200, [tokenVolume]]);
  });

  it('has another name for each pod of a generated name', async () => {
    const names = await Promise.all(
      [1, 2].map(async () => {
        const body = pod('', {}, { name: undefined, generateName: 'web-' });
        return (await server.post(podsPath, body)).json.spec.volumes[0].name;
      }),
    );
    expect(names[0]).not.toBe(names[1]);
  });
});

describe('a pod whose account is not there', () => {
  const accounts = (namespace: string) => `/api/v1/namespaces/${namespace}/serviceaccounts`;
  const inNew = async (namespace: string) => {
    await server.post('/api/v1/namespaces', { metadata: { name: namespace } });
    return `/api/v1/namespaces/${namespace}/pods`;
  };
  const bare = (name: string, spec: object = {}) => pod(name, spec, { namespace: undefined });

  it('waits a moment for the one that every namespace gets', async () => {
    const pods = await inNew('early');
    const pending = server.post(pods, bare('a'));
    await server.get('/livez');
    await server.post(accounts('early'), { metadata: { name: 'default' } });
    const answer = await pending;
    expect([answer.status, answer.json.spec?.serviceAccountName]).toEqual([201, 'default']);
  });

  it('is refused when it does not come, and may be tried again', async () => {
    const pods = await inNew('late');
    let answered = false;
    const pending = server.post(pods, bare('a')).finally(() => {
      answered = true;
    });
    while (!answered) {
      // The request arrives while real time passes; its patience is of the server's clock.
      await server.get('/livez');
      await server.clock.advance(100);
    }
    const refused = await pending;
    expect([refused.status, refused.json.message]).toEqual([
      403,
      'pods "a" is forbidden: error looking up service account late/default: serviceaccount "default" not found',
    ]);
    await server.post(accounts('late'), { metadata: { name: 'default' } });
    expect((await server.post(pods, bare('a'))).status).toBe(201);
  });

  it('is refused at once where it is another, or there is no such namespace', async () => {
    const refused = await server.post(podsPath, pod('b', { serviceAccountName: 'none' }));
    expect([refused.status, refused.json.message]).toEqual([
      403,
      'pods "b" is forbidden: error looking up service account default/none: serviceaccount "none" not found',
    ]);
    expect((await server.post('/api/v1/namespaces/nowhere/pods', bare('b'))).status).toBe(404);
  });
});
