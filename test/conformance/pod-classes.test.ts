import { pod } from '../apiserver/harness';
import { must, useCluster } from './support/cluster';

const cluster = useCluster();

describe('[sig-scheduling] SchedulerPreemption [Serial] PriorityClass endpoints', () => {
  it('verify PriorityClass endpoints can be operated with different HTTP methods [Conformance]', async () => {
    const { server } = cluster();
    const path = '/apis/scheduling.k8s.io/v1/priorityclasses';
    const classOf = (name: string, value: number) => ({
      apiVersion: 'scheduling.k8s.io/v1',
      kind: 'PriorityClass',
      metadata: { name },
      value,
    });
    for (const [name, value] of [
      ['p1', 1],
      ['p2', 2],
    ] as const) {
      must(await server.post(path, classOf(name, value)), 201);
      expect((await server.put(`${path}/${name}`, classOf(name, value * 10))).status).toBe(422);
      const described = { ...must(await server.get(`${path}/${name}`)), description: 'updated' };
      expect(must(await server.put(`${path}/${name}`, described)).description).toBe('updated');
      const patched = must(
        await server.patch(`${path}/${name}`, 'json', [{ op: 'replace', path: '/description', value: 'patched' }]),
      );
      expect(patched).toMatchObject({ description: 'patched', value });
      expect((await server.patch(`${path}/${name}`, 'merge', { value: value * 10 })).status).toBe(422);
    }
    const named = must(await server.get(path)).items.map((each: { metadata: { name: string } }) => each.metadata.name);
    expect(named).toEqual(expect.arrayContaining(['p1', 'p2', 'system-cluster-critical', 'system-node-critical']));
    const namespace = await cluster().namespace();
    const body = pod('ranked', { priorityClassName: 'p2' }, { namespace });
    const ranked = must(await server.post(`/api/v1/namespaces/${namespace}/pods`, body), 201);
    expect(ranked.spec).toMatchObject({ priority: 2, preemptionPolicy: 'PreemptLowerPriority' });
    for (const name of ['p1', 'p2']) must(await server.delete(`${path}/${name}`));
  });
});

describe('[sig-node] RuntimeClass', () => {
  const path = '/apis/node.k8s.io/v1/runtimeclasses';
  const classOf = (name: string) => ({
    apiVersion: 'node.k8s.io/v1',
    kind: 'RuntimeClass',
    metadata: { name },
    handler: 'runc',
  });

  async function create(runtimeClassName: string) {
    const namespace = await cluster().namespace();
    const body = pod('classed', { runtimeClassName }, { namespace });
    return cluster().server.post(`/api/v1/namespaces/${namespace}/pods`, body);
  }

  it('should reject a Pod requesting a non-existent RuntimeClass [NodeConformance] [Conformance]', async () => {
    const { status, json } = await create('nonexistent');
    expect(status).toBe(403);
    expect(json.message).toBe('pods "classed" is forbidden: pod rejected: RuntimeClass "nonexistent" not found');
  });

  it('should reject a Pod requesting a deleted RuntimeClass [NodeConformance] [Conformance]', async () => {
    const { server } = cluster();
    must(await server.post(path, classOf('short-lived')), 201);
    must(await server.delete(`${path}/short-lived`));
    expect((await create('short-lived')).status).toBe(403);
  });

  it('should support RuntimeClasses API operations [Conformance]', async () => {
    const { server } = cluster();
    const groups = must(await server.get('/apis')).groups.map(({ name }: { name: string }) => name);
    expect(groups).toContain('node.k8s.io');
    const served = must(await server.get('/apis/node.k8s.io/v1')).resources;
    expect(served.map(({ name }: { name: string }) => name)).toContain('runtimeclasses');
    const labels = { test: 'operations' };
    for (const name of ['one', 'two', 'three']) {
      must(await server.post(path, { ...classOf(name), metadata: { name, labels } }), 201);
    }
    expect((await server.post(path, classOf('one'))).status).toBe(409);
    const one = must(await server.get(`${path}/one`));
    expect(one.handler).toBe('runc');
    const list = must(await server.get(`${path}?labelSelector=test%3Doperations`));
    expect(list.items).toHaveLength(3);
    const from = `watch=true&labelSelector=test%3Doperations&resourceVersion=${list.metadata.resourceVersion}`;
    const watch = await server.watch(`${path}?${from}`);
    const patched = must(
      await server.patch(`${path}/one`, 'merge', { metadata: { annotations: { patched: 'true' } } }),
    );
    expect(patched.metadata.annotations).toEqual({ patched: 'true' });
    patched.metadata.annotations.updated = 'true';
    expect(must(await server.put(`${path}/one`, patched)).metadata.annotations.updated).toBe('true');
    expect((await watch.next()).object.metadata.annotations).toEqual({ patched: 'true' });
    expect((await watch.next()).object.metadata.annotations).toEqual({ patched: 'true', updated: 'true' });
    must(await server.delete(`${path}/one`));
    expect((await watch.next()).type).toBe('DELETED');
    watch.close();
    must(await server.delete(`${path}?labelSelector=test%3Doperations`));
    expect(must(await server.get(`${path}?labelSelector=test%3Doperations`)).items).toEqual([]);
  });
});
