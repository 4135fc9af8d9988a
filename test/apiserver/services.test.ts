import { type Json, service, TestServer } from './harness';

const path = '/api/v1/namespaces/default/services';
let server: TestServer;
beforeEach(async () => {
  server = await TestServer.start({ serviceCidr: '10.99.0.0/28', nodePortRange: [30000, 30003] });
});
afterEach(() => server.stop());

const allocated = async () => (await server.store.list('/allocations/')).entries.map((e) => e.key.split('/').at(-1));

describe('cluster addresses', () => {
  it('are given, kept and taken back', async () => {
    const { json } = await server.post(path, service('a'));
    expect(json.spec.clusterIP).toMatch(/^10\.99\.0\.(11|12|13|14)$/);
    expect(json.spec.clusterIPs).toEqual([json.spec.clusterIP]);
    const again = await server.put(`${path}/a`, { ...json, spec: { ...json.spec, ports: [{ port: 81 }] } });
    expect(again.json.spec.clusterIP).toBe(json.spec.clusterIP);
    expect(await allocated()).toEqual(['10.99.0.1', json.spec.clusterIP]);
    await server.delete(`${path}/a`);
    expect(await allocated()).toEqual(['10.99.0.1']);
  });

  it('can be chosen, by one Service at a time', async () => {
    expect((await server.post(path, service('a', { clusterIP: '10.99.0.5' }))).json.spec.clusterIP).toBe('10.99.0.5');
    const taken = await server.post(path, service('b', { clusterIP: '10.99.0.5' }));
    expect(taken.json).toMatchObject({
      code: 422,
      message: expect.stringContaining('provided IP is already allocated'),
    });
    const outside = await server.post(path, service('b', { clusterIP: '10.98.0.5' }));
    expect(outside.json.message).toContain('not in the valid range 10.99.0.0/28');
    await server.delete(`${path}/a`);
    expect((await server.post(path, service('b', { clusterIP: '10.99.0.5' }))).status).toBe(201);
  });

  it('are given back by a Service that becomes a name, and given anew', async () => {
    const { json } = await server.post(path, service('a'));
    const name = { type: 'ExternalName', externalName: 'example.com', clusterIP: '' };
    expect((await server.patch(`${path}/a`, 'merge', { spec: name })).json.spec.clusterIPs).toBeUndefined();
    expect(await allocated()).toEqual(['10.99.0.1']);
    const again = await server.patch(`${path}/a`, 'merge', { spec: { type: 'ClusterIP', externalName: null } });
    expect(again.json.spec.clusterIPs).toEqual([again.json.spec.clusterIP]);
    expect(await allocated()).toEqual(['10.99.0.1', again.json.spec.clusterIP]);
    expect(json.spec.clusterIP).toBeDefined();
  });

  it('are not needed by headless and external Services', async () => {
    expect((await server.post(path, service('h', { clusterIP: 'None' }))).json.spec.clusterIP).toBe('None');
    const external = { type: 'ExternalName', externalName: 'example.com', selector: undefined, ports: undefined };
    expect((await server.post(path, service('e', external))).json.spec.clusterIP ?? '').toBe('');
    expect(await allocated()).toEqual(['10.99.0.1']);
  });

  it('of Services that race differ, and nothing is given when none is left', async () => {
    const answers = await Promise.all(['a', 'b', 'c', 'd', 'e', 'f'].map((name) => server.post(path, service(name))));
    const made = answers.filter((a) => a.status === 201);
    expect(new Set(made.map((a) => a.json.spec.clusterIP)).size).toBe(4);
    expect(made).toHaveLength(4);
    expect(answers.find((a) => a.status === 500)).toBeDefined();
  });

  it('are given back when the Service cannot be made', async () => {
    await server.post(path, service('a'));
    const before = await allocated();
    expect((await server.post(path, service('a'))).status).toBe(409);
    expect((await server.post(`${path}?dryRun=All`, service('b'))).status).toBe(201);
    expect((await server.post(path, service('c', { ports: [{ port: 0 }] }))).status).toBe(422);
    expect(await allocated()).toEqual(before);
  });

  it('that a crash left behind are repaired at the next start', async () => {
    const { json } = await server.post(path, service('a'));
    await server.store.put('/allocations/clusterips/10.99.0.12x', Buffer.from('nobody'), 0);
    const own = (await server.store.get(`/allocations/clusterips/${json.spec.clusterIP}`)) as { revision: number };
    await server.store.delete(`/allocations/clusterips/${json.spec.clusterIP}`, own.revision);
    const next = await TestServer.start({ store: server.store, serviceCidr: '10.99.0.0/28' });
    expect((await allocated()).sort()).toEqual(['10.99.0.1', json.spec.clusterIP].sort());
    await next.server.close();
  });
});

describe('node ports', () => {
  it('are given to each port, kept over updates, freed with the type', async () => {
    const { json } = await server.post(
      path,
      service('a', {
        type: 'NodePort',
        ports: [
          { name: 'x', port: 1 },
          { name: 'y', port: 2 },
        ],
      }),
    );
    const ports = json.spec.ports.map((p: Json) => p.nodePort);
    expect(new Set(ports).size).toBe(2);
    const without = json.spec.ports.map(({ nodePort: _, ...port }: Json) => port);
    const kept = await server.put(`${path}/a`, { ...json, spec: { ...json.spec, ports: without } });
    expect(kept.json.spec.ports.map((p: Json) => p.nodePort)).toEqual(ports);
    const { json: internal } = await server.put(`${path}/a`, {
      ...kept.json,
      spec: { ...kept.json.spec, type: 'ClusterIP', ports: without },
    });
    expect(internal.spec.ports.map((p: Json) => p.nodePort)).toEqual([undefined, undefined]);
    expect((await allocated()).filter((key) => key?.startsWith('3'))).toEqual([]);
  });

  it('are one where one port is served by two protocols', async () => {
    const ports = [
      { name: 'tcp', port: 53 },
      { name: 'udp', port: 53, protocol: 'UDP' },
    ];
    const { json } = await server.post(path, service('dns', { type: 'NodePort', ports }));
    expect(json.spec.ports[0].nodePort).toBe(json.spec.ports[1].nodePort);
    expect((await allocated()).filter((key) => key?.startsWith('3'))).toHaveLength(1);
  });

  it('can be chosen from the range, by one Service at a time', async () => {
    const wants = (nodePort: number) => ({ type: 'NodePort', ports: [{ port: 80, nodePort }] });
    expect((await server.post(path, service('a', wants(30001)))).status).toBe(201);
    const taken = await server.post(path, service('b', wants(30001)));
    expect(taken.json.details.causes[0]).toMatchObject({ field: 'spec.ports[0].nodePort' });
    expect(taken.json.message).toContain('provided port is already allocated');
    expect((await server.post(path, service('b', wants(80)))).json.message).toContain('30000-30003');
    expect(await allocated()).toHaveLength(3);
  });
});

it('the kubernetes Service has the first address', async () => {
  const { json } = await server.get(`${path}/kubernetes`);
  expect(json.spec).toMatchObject({
    clusterIP: '10.99.0.1',
    ports: [expect.objectContaining({ port: 443, targetPort: 6443 })],
  });
});
