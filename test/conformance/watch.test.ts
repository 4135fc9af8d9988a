import { configMap, type Json } from '../apiserver/harness';
import { eventsUntil, must, useCluster } from './support/cluster';

const cluster = useCluster();
const label = 'watch-this-configmap';

describe('[sig-api-machinery] Watchers', () => {
  let path: string;
  beforeEach(async () => {
    path = `/api/v1/namespaces/${await cluster().namespace()}/configmaps`;
  });

  const create = async (name: string, value?: string): Promise<Json> =>
    must(await cluster().server.post(path, configMap(name, {}, value ? { labels: { [label]: value } } : {})), 201);
  const change = async (name: string, body: object): Promise<Json> =>
    must(await cluster().server.patch(`${path}/${name}`, 'merge', body));
  const remove = async (name: string): Promise<Json> => must(await cluster().server.delete(`${path}/${name}`));
  const mutate = (name: string, mutation: number) => change(name, { data: { mutation: String(mutation) } });
  const watch = async (query: string) => {
    const opened = await cluster().server.watch(`${path}?watch=1&${query}`);
    expect(opened.status).toBe(200);
    return opened;
  };
  const selector = (values: string) => `labelSelector=${encodeURIComponent(`${label} in (${values})`)}`;
  const short = ({ type, object }: { type: string; object: Json }) =>
    `${type} ${object.metadata.name} ${object.data?.mutation ?? ''}`.trim();

  it('should observe add, update, and delete watch notifications on configmaps [Conformance]', async () => {
    const watchers = {
      A: await watch(selector('A')),
      B: await watch(selector('B')),
      both: await watch(selector('A,B')),
    };
    await create('a', 'A');
    await mutate('a', 1);
    await mutate('a', 2);
    await remove('a');
    await create('b', 'B');
    await remove('b');
    const ofA = ['ADDED a', 'MODIFIED a 1', 'MODIFIED a 2', 'DELETED a 2'];
    const ofB = ['ADDED b', 'DELETED b'];
    const seen = async (opened: Awaited<ReturnType<typeof watch>>, last: string) =>
      (await eventsUntil(opened, (event) => short(event) === last)).map(short);
    expect(await seen(watchers.A, 'DELETED a 2')).toEqual(ofA);
    expect(await seen(watchers.B, 'DELETED b')).toEqual(ofB);
    expect(await seen(watchers.both, 'DELETED b')).toEqual([...ofA, ...ofB]);
    for (const opened of Object.values(watchers)) opened.close();
  });

  it('should be able to start watching from a specific resource version [Conformance]', async () => {
    await create('c');
    const first = await mutate('c', 1);
    await mutate('c', 2);
    await remove('c');
    const opened = await watch(`resourceVersion=${first.metadata.resourceVersion}`);
    const events = await eventsUntil(opened, ({ type }) => type === 'DELETED');
    expect(events.map(short)).toEqual(['MODIFIED c 2', 'DELETED c 2']);
    opened.close();
  });

  it('should be able to restart watching from the last resource version observed by the previous watch [Conformance]', async () => {
    const before = await watch('');
    await create('d');
    await mutate('d', 1);
    const seen = await eventsUntil(before, (event) => short(event) === 'MODIFIED d 1');
    before.close();
    await mutate('d', 2);
    await remove('d');
    const after = await watch(`resourceVersion=${seen.at(-1)?.object.metadata.resourceVersion}`);
    const events = await eventsUntil(after, ({ type }) => type === 'DELETED');
    expect(events.map(short)).toEqual(['MODIFIED d 2', 'DELETED d 2']);
    after.close();
  });

  it('should observe an object deletion if it stops meeting the requirements of the selector [Conformance]', async () => {
    const opened = await watch(selector('yes'));
    await create('e', 'yes');
    await mutate('e', 1);
    await change('e', { metadata: { labels: { [label]: 'no' } } });
    await mutate('e', 2);
    await change('e', { metadata: { labels: { [label]: 'yes' } } });
    await mutate('e', 3);
    await remove('e');
    const events = await eventsUntil(opened, (event) => short(event) === 'DELETED e 3');
    expect(events.map(short)).toEqual([
      'ADDED e',
      'MODIFIED e 1',
      'DELETED e 1',
      'ADDED e 2',
      'MODIFIED e 3',
      'DELETED e 3',
    ]);
    const revisions = events.map(({ object }) => Number(object.metadata.resourceVersion));
    expect(revisions).toEqual([...revisions].sort((a, b) => a - b));
    opened.close();
  });

  it('should receive events on concurrent watches in same order [Conformance]', async () => {
    const start = must(await cluster().server.get(path)).metadata.resourceVersion;
    const names = ['f0', 'f1', 'f2', 'f3'];
    // Writers that do not wait for each other.
    const writing = Promise.all(
      names.map(async (name) => {
        await create(name);
        for (let i = 0; i < 5; i++) await mutate(name, i);
        await remove(name);
      }),
    );
    const total = names.length * 7;
    const follow = async (from: string): Promise<string[]> => {
      const opened = await watch(`resourceVersion=${from}`);
      const seen: Json[] = [];
      await eventsUntil(opened, (event) => seen.push(event) === total);
      opened.close();
      return seen.map(({ type, object }) => `${type} ${object.metadata.name} ${object.metadata.resourceVersion}`);
    };
    const [first, ...others] = await Promise.all(Array.from({ length: 6 }, () => follow(start)));
    await writing;
    for (const other of [...others, await follow(start)]) expect(other).toEqual(first);
    // One that begins at an event sees what comes after it, the same again.
    const third = first?.[2]?.split(' ')[2] as string;
    const opened = await watch(`resourceVersion=${third}`);
    const rest: string[] = [];
    await eventsUntil(opened, ({ type, object }) => {
      rest.push(`${type} ${object.metadata.name} ${object.metadata.resourceVersion}`);
      return rest.length === total - 3;
    });
    expect(rest).toEqual(first?.slice(3));
    opened.close();
  });
});
