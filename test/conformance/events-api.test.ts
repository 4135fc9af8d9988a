import type { Json } from '../apiserver/harness';
import { eventsUntil, must, useCluster } from './support/cluster';

const cluster = useCluster();
const selected = '?labelSelector=testevent-set%3Dtrue';
const metadata = (name: string) => ({ name, labels: { 'testevent-set': 'true' } });

async function listedNames(path: string): Promise<string[]> {
  return must(await cluster().server.get(path)).items.map((item: Json) => item.metadata.name);
}

describe('[sig-instrumentation] Events API', () => {
  const root = '/apis/events.k8s.io/v1';
  const make = (namespace: string, name: string) => ({
    metadata: metadata(name),
    eventTime: '2026-01-01T00:00:00.123456Z',
    type: 'Normal',
    reason: 'Testing',
    action: 'Do',
    note: 'This is a test event',
    reportingController: 'test-controller',
    reportingInstance: 'test-node',
    regarding: { kind: 'Pod', name: 'web', namespace },
  });

  it('should ensure that an event can be fetched, patched, deleted, and listed [Conformance]', async () => {
    const namespace = await cluster().namespace();
    const { server } = cluster();
    const path = `${root}/namespaces/${namespace}/events`;
    const made = must(await server.post(path, make(namespace, 'one')), 201);
    expect(made).toMatchObject({ apiVersion: 'events.k8s.io/v1', kind: 'Event', ...make(namespace, 'one') });
    expect(await listedNames(`${root}/events${selected}`)).toContain('one');
    expect(await listedNames(`${path}?fieldSelector=reportingController=test-controller`)).toEqual(['one']);
    const series = { count: 2, lastObservedTime: '2026-01-01T00:00:07.000001Z' };
    const patched = must(await server.patch(`${path}/one`, 'strategic', { series }));
    expect(patched.series).toEqual(series);
    const again = { ...series, count: 100 };
    must(await server.put(`${path}/one`, { ...patched, series: again }));
    expect(must(await server.get(`${path}/one`))).toMatchObject({ ...make(namespace, 'one'), series: again });
    must(await server.delete(`${path}/one`));
    expect(await listedNames(path)).toEqual([]);
  });

  it('should delete a collection of events [Conformance]', async () => {
    const namespace = await cluster().namespace();
    const { server } = cluster();
    const path = `${root}/namespaces/${namespace}/events`;
    for (const name of ['a', 'b', 'c']) must(await server.post(path, make(namespace, name)), 201);
    expect(await listedNames(`${path}${selected}`)).toEqual(['a', 'b', 'c']);
    must(await server.delete(`${path}${selected}`));
    expect(await listedNames(`${path}${selected}`)).toEqual([]);
  });
});

describe('[sig-instrumentation] Events', () => {
  const make = (namespace: string, name: string) => ({
    metadata: metadata(name),
    message: 'This is a test event',
    reason: 'Test',
    type: 'Normal',
    count: 1,
    involvedObject: { namespace },
  });

  it('should manage the lifecycle of an event [Conformance]', async () => {
    const namespace = await cluster().namespace();
    const { server } = cluster();
    const path = `/api/v1/namespaces/${namespace}/events`;
    const watch = await server.watch(`${path}${selected}&watch=true`);
    must(await server.post(path, make(namespace, 'one')), 201);
    expect(await listedNames(`/api/v1/events${selected}`)).toContain('one');
    must(await server.patch(`${path}/one`, 'strategic', { message: 'This is a test event - patched' }));
    const read = must(await server.get(`${path}/one`));
    expect(read.message).toBe('This is a test event - patched');
    const series = { count: 2, lastObservedTime: '2026-01-01T00:00:00.000000Z' };
    expect(must(await server.put(`${path}/one`, { ...read, series })).series).toEqual(series);
    must(await server.delete(`${path}/one`));
    const seen = await eventsUntil(watch, ({ type }) => type === 'DELETED');
    expect(seen.map(({ type }) => type)).toEqual(['ADDED', 'MODIFIED', 'MODIFIED', 'DELETED']);
    watch.close();
    expect(await listedNames(`${path}${selected}`)).toEqual([]);
  });

  it('should delete a collection of events [Conformance]', async () => {
    const namespace = await cluster().namespace();
    const { server } = cluster();
    const path = `/api/v1/namespaces/${namespace}/events`;
    for (const name of ['a', 'b', 'c']) must(await server.post(path, make(namespace, name)), 201);
    must(await server.delete(`${path}${selected}`));
    expect(await listedNames(`${path}${selected}`)).toEqual([]);
  });
});
