import { connect } from 'node:http2';
import { cms, configMap, type Json, pod, podsPath, TestServer } from './harness';

let server: TestServer;
beforeEach(async () => {
  server = await TestServer.start();
});
afterEach(() => server.stop());

const names = (list: Json) => list.items.map((item: Json) => item.metadata.name);
const seen = (event: Json) => event && `${event.type} ${event.object.metadata.name}`;

async function make(count: number) {
  for (let i = 0; i < count; i++)
    await server.client.create({ ...configMapResource }, configMap(`c${i}`, {}, { namespace: 'default' }));
}
const configMapResource = { group: '', version: 'v1', kind: 'ConfigMap', plural: 'configmaps', namespaced: true };

describe('list', () => {
  it('is the store at one version', async () => {
    await make(3);
    const { json } = await server.get(cms);
    expect(json).toMatchObject({ kind: 'ConfigMapList', apiVersion: 'v1' });
    expect(names(json)).toEqual(['c0', 'c1', 'c2']);
    expect(json.metadata.resourceVersion).toBe(String(await server.store.revision()));
    expect(json.items[2].metadata.resourceVersion).toBe(json.metadata.resourceVersion);
  });

  it('selects by labels and fields', async () => {
    await server.post(podsPath, pod('a', {}, { labels: { app: 'x' } }));
    await server.post(podsPath, pod('b', {}, { labels: { app: 'y' } }));
    expect(names((await server.get(`${podsPath}?labelSelector=app+in+(x,z)`)).json)).toEqual(['a']);
    expect(names((await server.get(`${podsPath}?fieldSelector=metadata.name!=a,status.phase=Pending`)).json)).toEqual([
      'b',
    ]);
    expect((await server.get(`${podsPath}?fieldSelector=spec.color=red`)).json).toMatchObject({
      code: 400,
      message: expect.stringContaining('field label not supported: spec.color'),
    });
    expect((await server.get(`${podsPath}?labelSelector=a==b==c`)).status).toBe(400);
  });

  it('larger than what is sent in one piece is whole, and shows each change at once', async () => {
    const value = 'x'.repeat(50_000);
    for (const name of ['c0', 'c1', 'c2']) await server.post(cms, configMap(name, { value }));
    const list = async (http2: boolean) => {
      const { json, headers, text } = await server.get(cms, { http2 });
      expect(Number(headers['content-length'])).toBe(Buffer.byteLength(text));
      expect(json.metadata.resourceVersion).toBe(String(await server.store.revision()));
      return json.items.map(({ metadata, data }: Json) => `${metadata.name} ${data.value.length}`);
    };
    const before = ['c0 50000', 'c1 50000', 'c2 50000'];
    expect(await list(false)).toEqual(before);
    expect(await list(true)).toEqual(before);
    await server.patch(`${cms}/c1`, 'merge', { data: { value: 'y' } });
    expect(await list(false)).toEqual(['c0 50000', 'c1 1', 'c2 50000']);
    await server.delete(`${cms}/c0`);
    await server.post(cms, configMap('c3', { value }));
    expect(await list(true)).toEqual(['c1 1', 'c2 50000', 'c3 50000']);
  });

  it('goes on after a limit, at the version of its first page', async () => {
    await make(5);
    const first = (await server.get(`${cms}?limit=2`)).json;
    expect(names(first)).toEqual(['c0', 'c1']);
    expect(first.metadata.remainingItemCount).toBe(3);
    await server.delete(`${cms}/c2`);
    await server.post(cms, configMap('c9'));
    const second = (await server.get(`${cms}?limit=2&continue=${first.metadata.continue}`)).json;
    expect(names(second)).toEqual(['c2', 'c3']);
    expect(second.metadata.resourceVersion).toBe(first.metadata.resourceVersion);
    const third = (await server.get(`${cms}?limit=2&continue=${second.metadata.continue}`)).json;
    expect(names(third)).toEqual(['c4']);
    expect(third.metadata.continue).toBeUndefined();
    expect((await server.get(`${cms}?continue=nonsense`)).status).toBe(400);
  });

  it('whose history is compacted is 410 with a token to go on from as of now', async () => {
    await make(4);
    const first = (await server.get(`${cms}?limit=2`)).json;
    await server.post(cms, configMap('c9'));
    await server.store.compact(await server.store.revision());
    const gone = await server.get(`${cms}?limit=1&continue=${first.metadata.continue}`);
    expect(gone.json).toMatchObject({ code: 410, reason: 'Expired' });
    const rest = (await server.get(`${cms}?limit=1&continue=${gone.json.metadata.continue}`)).json;
    expect(names(rest)).toEqual(['c2']);
    expect(rest.metadata.remainingItemCount).toBe(2);
    expect(rest.metadata.resourceVersion).not.toBe(first.metadata.resourceVersion);
  });

  it('can be of an exact version, or not older than one', async () => {
    await make(1);
    const { json: before } = await server.get(cms);
    await make2();
    const version = before.metadata.resourceVersion;
    expect(names((await server.get(`${cms}?resourceVersion=${version}&resourceVersionMatch=Exact`)).json)).toEqual([
      'c0',
    ]);
    expect(
      names((await server.get(`${cms}?resourceVersion=${version}&resourceVersionMatch=NotOlderThan`)).json),
    ).toHaveLength(2);
    expect((await server.get(`${cms}?resourceVersionMatch=Exact`)).status).toBe(400);
    const future = server.get(`${cms}?resourceVersion=9999`);
    for (let i = 0; i < 50; i++) await server.clock.advance(100);
    expect((await future).json).toMatchObject({
      code: 504,
      message: expect.stringContaining('Too large resource version'),
    });
  });

  const make2 = () => server.post(cms, configMap('later'));
});

describe('watch', () => {
  it('without a version begins with what is there', async () => {
    await make(2);
    const watch = await server.watch(`${cms}?watch=1`);
    expect([seen(await watch.next()), seen(await watch.next())]).toEqual(['ADDED c0', 'ADDED c1']);
    await server.patch(`${cms}/c0`, 'merge', { data: { a: '1' } });
    await server.delete(`${cms}/c1`);
    expect(seen(await watch.next())).toBe('MODIFIED c0');
    const deleted = await watch.next();
    expect(seen(deleted)).toBe('DELETED c1');
    expect(deleted.object.metadata.resourceVersion).toBe(String(await server.store.revision()));
    watch.close();
  });

  it('from a version delivers what came after it, each once', async () => {
    await make(2);
    const { metadata } = (await server.get(cms)).json;
    await server.post(cms, configMap('c7'));
    const watch = await server.watch(`${cms}?watch=true&resourceVersion=${metadata.resourceVersion}`);
    await server.post(cms, configMap('c8'));
    expect([seen(await watch.next()), seen(await watch.next())]).toEqual(['ADDED c7', 'ADDED c8']);
    watch.close();
  });

  it('finds what is older than its memory in the store, and is 410 when it is compacted', async () => {
    await make(2);
    const version = await server.store.revision();
    await server.post(cms, configMap('c7'));
    const second = await TestServer.start({ store: server.store });
    await server.post(cms, configMap('c8'));
    const watch = await second.watch(`${cms}?watch=true&resourceVersion=${version}`);
    expect([seen(await watch.next()), seen(await watch.next())]).toEqual(['ADDED c7', 'ADDED c8']);
    watch.close();
    await second.server.close();
    await server.store.compact(await server.store.revision());
    const third = await TestServer.start({ store: server.store });
    const gone = await third.watch(`${cms}?watch=true&resourceVersion=${version}`);
    expect(gone.status).toBe(410);
    expect(await gone.next()).toMatchObject({ kind: 'Status', reason: 'Expired' });
    await third.server.close();
  });

  it('tells of an object that enters or leaves its selection', async () => {
    const watch = await server.watch(`${cms}?watch=true&labelSelector=in%3Dyes`);
    await server.post(cms, configMap('a', { v: '1' }));
    const label = (value: string) =>
      server.patch(`${cms}/a`, 'merge', { metadata: { labels: { in: value } }, data: { v: value } });
    await label('yes');
    await label('no');
    const entered = await watch.next();
    const left = await watch.next();
    expect([seen(entered), seen(left)]).toEqual(['ADDED a', 'DELETED a']);
    expect(left.object.data.v).toBe('yes');
    expect(left.object.metadata.resourceVersion).toBe(String(await server.store.revision()));
    watch.close();
  });

  it('streams the list on request, and says where it ends', async () => {
    await make(1);
    const query = 'watch=true&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true';
    const watch = await server.watch(`${cms}?${query}`);
    expect(seen(await watch.next())).toBe('ADDED c0');
    const bookmark = await watch.next();
    expect(bookmark).toMatchObject({
      type: 'BOOKMARK',
      object: { kind: 'ConfigMap', metadata: { annotations: { 'k8s.io/initial-events-end': 'true' } } },
    });
    expect(bookmark.object.metadata.resourceVersion).toBe(String(await server.store.revision()));
    watch.close();
    expect((await server.get(`${cms}?watch=true&sendInitialEvents=true`)).status).toBe(400);
  });

  it('says where it ends in a table too: a row of metadata alone', async () => {
    await make(1);
    const query = 'watch=true&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true';
    const accept = 'application/json;as=Table;v=v1;g=meta.k8s.io';
    const watch = await server.watch(`${cms}?${query}`, { headers: { accept } });
    expect((await watch.next()).object.rows[0].object.metadata.name).toBe('c0');
    const { type, object } = await watch.next();
    expect([type, object.kind, object.columnDefinitions]).toEqual(['BOOKMARK', 'Table', null]);
    expect(object.rows).toEqual([
      {
        cells: expect.any(Array),
        object: expect.objectContaining({
          kind: 'PartialObjectMetadata',
          metadata: expect.objectContaining({ annotations: { 'k8s.io/initial-events-end': 'true' } }),
        }),
      },
    ]);
    watch.close();
  });

  describe('from a state larger than what may pile up for a watcher', () => {
    const count = 24;
    const path = `${cms}?watch=1&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true`;
    const expected = [
      ...Array.from({ length: count }, (_, i) => `ADDED c${String(i).padStart(2, '0')}`),
      'MODIFIED c00',
    ];
    beforeEach(async () => {
      const data = { value: 'x'.repeat(900_000) };
      for (let i = 0; i < count; i++)
        await server.client.create(
          configMapResource,
          configMap(`c${String(i).padStart(2, '0')}`, data, { namespace: 'default' }),
        );
    });
    const modify = () => server.patch(`${cms}/c00`, 'merge', { data: { value: 'y' } });

    it('sends all of it, then what comes after, over HTTP/1.1', async () => {
      const watch = await server.watch(path);
      await modify();
      const events: string[] = [];
      for (let i = 0; i < count; i++) events.push(seen(await watch.next()));
      expect((await watch.next()).type).toBe('BOOKMARK');
      events.push(seen(await watch.next()));
      expect(events).toEqual(expected);
      watch.close();
    });

    it('sends all of it over HTTP/2, up to its end', async () => {
      const session = connect(`https://127.0.0.1:${server.port}`, server.tls({}));
      const stream = session.request({ ':path': `${path}&timeoutSeconds=60` }).setEncoding('utf8');
      await new Promise((resolve) => stream.once('response', resolve));
      // The time is over while most of the state is unsent.
      await server.clock.advance(60_000);
      let text = '';
      for await (const chunk of stream) text += chunk;
      session.close();
      const lines = text
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line));
      expect(lines.map((event) => event.type)).toEqual([...Array(count).fill('ADDED'), 'BOOKMARK', 'BOOKMARK']);
    });
  });

  it('sends bookmarks, and ends when its time is up', async () => {
    const watch = await server.watch(`${cms}?watch=true&allowWatchBookmarks=true&timeoutSeconds=90`);
    await server.post('/api/v1/namespaces', { metadata: { name: 'elsewhere' } });
    await server.clock.advance(60_000);
    const bookmark = await watch.next();
    expect(bookmark.object.metadata.resourceVersion).toBe(String(await server.store.revision()));
    await server.clock.advance(30_000);
    expect((await watch.next()).type).toBe('BOOKMARK');
    expect(await watch.next()).toBeUndefined();
  });

  it('ends in order when the server stops, and other requests finish', async () => {
    const other = await TestServer.start();
    const watch = await other.watch(`${cms}?watch=true`);
    const closing = other.server.close();
    expect(await watch.next()).toBeUndefined();
    await closing;
  });
});

describe('list then watch', () => {
  it('misses and doubles nothing while writers are at work', async () => {
    const writers = [0, 1, 2].map(async (w) => {
      for (let i = 0; i < 20; i++) {
        await server.client.create(configMapResource, configMap(`w${w}-${i}`, {}, { namespace: 'default' }));
        if (i % 3 === 0) await server.client.delete(configMapResource, { namespace: 'default', name: `w${w}-${i}` });
      }
    });
    const list = await server.client.list(configMapResource);
    const state = new Map(list.items.map((item) => [item.metadata.name, true]));
    const abort = new AbortController();
    const { resourceVersion } = list.metadata;
    const events = server.client.watch(configMapResource, { resourceVersion }, abort.signal);
    let last = Number.NaN;
    const reading = (async () => {
      for await (const { type, object } of events) {
        const { name } = object.metadata;
        if (type === 'ADDED') expect(state.has(name)).toBe(false);
        if (type === 'DELETED') state.delete(name);
        else state.set(name, true);
        if (Number(object.metadata.resourceVersion) === last) abort.abort();
      }
    })();
    await Promise.all(writers);
    last = (await server.store.revision()) + 1;
    await server.client.create(configMapResource, configMap('last', {}, { namespace: 'default' }));
    await reading;
    const { items } = await server.client.list(configMapResource);
    expect([...state.keys()].sort()).toEqual(items.map((item) => item.metadata.name).sort());
  });
});
