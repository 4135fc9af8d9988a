import { eventsUntil, must, useCluster } from './support/cluster';

const cluster = useCluster();

describe('[sig-node] Node Lifecycle', () => {
  it('should run through the lifecycle of a node [Conformance]', async () => {
    const { server } = cluster();
    const path = '/api/v1/nodes';
    const query = '?labelSelector=test%3Dlifecycle';
    const watch = await server.watch(`${path}${query}&watch=1`);
    const body = {
      apiVersion: 'v1',
      kind: 'Node',
      metadata: { name: 'made-by-hand', labels: { test: 'lifecycle' } },
      status: { phase: 'Running', conditions: [{ type: 'Ready', status: 'True', message: 'set by hand' }] },
    };
    must(await server.post(path, body), 201);
    expect(must(await server.get(`${path}/made-by-hand`)).metadata.labels.test).toBe('lifecycle');
    expect(must(await server.get(`${path}${query}`)).items).toHaveLength(1);

    const patch = { metadata: { labels: { step: 'patched' } } };
    expect(must(await server.patch(`${path}/made-by-hand`, 'strategic', patch)).metadata.labels.step).toBe('patched');
    // A controller may have written in between: what is replaced is the object as it is now.
    await cluster().until('the update', async () => {
      const now = must(await server.get(`${path}/made-by-hand`));
      const changed = { ...now, metadata: { ...now.metadata, labels: { ...now.metadata.labels, step: 'updated' } } };
      const answer = await server.put(`${path}/made-by-hand`, changed);
      if (answer.status === 409) return undefined;
      return must(answer).metadata.labels.step === 'updated';
    });
    const condition = { type: 'Ready', status: 'True', reason: 'StatusPatched', message: 'set through status' };
    const status = must(
      await server.patch(`${path}/made-by-hand/status`, 'strategic', { status: { conditions: [condition] } }),
    );
    expect(status.status.conditions).toContainEqual(expect.objectContaining({ reason: 'StatusPatched' }));

    must(await server.delete(`${path}${query}`));
    expect((await server.get(`${path}/made-by-hand`)).status).toBe(404);
    const events = await eventsUntil(watch, ({ type }) => type === 'DELETED');
    expect(events[0]?.type).toBe('ADDED');
    expect(events.map(({ object }) => object.metadata.labels.step)).toEqual(
      expect.arrayContaining([undefined, 'patched', 'updated']),
    );
    watch.close();
  });
});
