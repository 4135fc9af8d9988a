import { eventsUntil, must, useCluster } from './support/cluster';

const cluster = useCluster();

const template = (name: string, labels: Record<string, string> = {}) => ({
  apiVersion: 'v1',
  kind: 'PodTemplate',
  metadata: { name, labels },
  template: { spec: { containers: [{ name: 'web', image: 'registry.example/web:1' }] } },
});

describe('[sig-node] PodTemplates', () => {
  it('should run the lifecycle of PodTemplates [Conformance]', async () => {
    const { server } = cluster();
    const path = `/api/v1/namespaces/${await cluster().namespace()}/podtemplates`;
    must(await server.post(path, template('one', { step: 'created' })), 201);
    const everywhere = must(await server.get('/api/v1/podtemplates?labelSelector=step%3Dcreated'));
    expect(everywhere.items).toEqual([expect.objectContaining({ metadata: expect.objectContaining({ name: 'one' }) })]);

    must(await server.patch(`${path}/one`, 'strategic', { metadata: { labels: { step: 'patched' } } }));
    expect(must(await server.get(`${path}/one`)).metadata.labels).toEqual({ step: 'patched' });

    must(await server.delete(`${path}/one`));
    expect(must(await server.get(`${path}?labelSelector=step%3Dpatched`)).items).toEqual([]);
  });

  it('should delete a collection of pod templates [Conformance]', async () => {
    const { server } = cluster();
    const path = `/api/v1/namespaces/${await cluster().namespace()}/podtemplates`;
    for (const name of ['one', 'two', 'three']) must(await server.post(path, template(name, { set: 'a' })), 201);
    must(await server.post(path, template('other')), 201);
    must(await server.delete(`${path}?labelSelector=set%3Da`));
    const left = must(await server.get(path)).items;
    expect(left.map(({ metadata }: { metadata: { name: string } }) => metadata.name)).toEqual(['other']);
  });

  it('should replace a pod template [Conformance]', async () => {
    const { server } = cluster();
    const path = `/api/v1/namespaces/${await cluster().namespace()}/podtemplates`;
    const created = must(await server.post(path, template('one')), 201);
    const watch = await server.watch(`${path}?watch=1&resourceVersion=${created.metadata.resourceVersion}`);
    const next = { ...created, metadata: { ...created.metadata, annotations: { updated: 'true' } } };
    const replaced = must(await server.put(`${path}/one`, next));
    expect(replaced.metadata.annotations).toEqual({ updated: 'true' });
    const events = await eventsUntil(watch, ({ type }) => type === 'MODIFIED');
    expect(events.at(-1)?.object.metadata.annotations).toEqual({ updated: 'true' });
    watch.close();
  });
});
