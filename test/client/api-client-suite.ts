import type { ApiClient, WatchEvent } from '../../runtime/client/client';
import type { ConfigMap, Namespace, Pod, TokenRequest } from '../../runtime/kube/generated/types';
import { configMaps, namespaces, nodes, pods, serviceAccounts } from '../../runtime/kube/resource';

export interface ClientUnderTest {
  client: ApiClient;
  /** Forgets history, so that a watch from before now is too old; undefined where the suite cannot bring it about. */
  compact?(): Promise<void>;
  close(): Promise<void>;
}

const map = (name: string, value = '1', labels?: Record<string, string>): ConfigMap => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name, namespace: 'default', labels },
  data: { value },
});

const pod = (name: string): Pod => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name, namespace: 'default' },
  spec: { containers: [{ name: 'c', image: 'i' }] },
});

const key = (name: string) => ({ namespace: 'default', name });

/** What every implementation of ApiClient must do; the contract is runtime/client/client.ts. */
export function apiClientSuite(name: string, open: () => Promise<ClientUnderTest>): void {
  describe(name, () => {
    let under: ClientUnderTest;
    let client: ApiClient;
    beforeEach(async () => {
      under = await open();
      client = under.client;
    });
    afterEach(() => under.close());

    test('what is created can be read and listed', async () => {
      const created = await client.create(configMaps, map('a'));
      expect(created.metadata).toMatchObject({ uid: expect.any(String), resourceVersion: expect.any(String) });
      expect(await client.get(configMaps, key('a'))).toMatchObject({
        kind: 'ConfigMap',
        apiVersion: 'v1',
        data: { value: '1' },
      });
      const list = await client.list(configMaps, { namespace: 'default', fieldSelector: 'metadata.name=a' });
      expect(list.items).toMatchObject([{ kind: 'ConfigMap', apiVersion: 'v1', metadata: { name: 'a' } }]);
      expect(Number(list.metadata.resourceVersion)).toBeGreaterThanOrEqual(Number(created.metadata.resourceVersion));
    });

    test('a name is made from generateName', async () => {
      const created = await client.create(configMaps, {
        ...map('x'),
        metadata: { namespace: 'default', generateName: 'web-' },
      });
      expect(created.metadata.name).toMatch(/^web-.+/);
    });

    test('the same name twice: AlreadyExists; a name nobody has: NotFound', async () => {
      await client.create(configMaps, map('a'));
      await expect(client.create(configMaps, map('a'))).rejects.toMatchObject({ reason: 'AlreadyExists', code: 409 });
      const missing = { reason: 'NotFound', code: 404, message: 'configmaps "b" not found' };
      await expect(client.get(configMaps, key('b'))).rejects.toMatchObject(missing);
      await expect(client.delete(configMaps, key('b'))).rejects.toMatchObject(missing);
    });

    test('an update of an old version is a Conflict', async () => {
      const first = await client.create(configMaps, map('a'));
      const second = await client.update(configMaps, { ...first, data: { value: '2' } });
      expect(second.metadata.resourceVersion).not.toBe(first.metadata.resourceVersion);
      await expect(client.update(configMaps, { ...first, data: { value: '3' } })).rejects.toMatchObject({
        reason: 'Conflict',
      });
    });

    test('an update that changes nothing writes nothing', async () => {
      const first = await client.create(configMaps, map('a'));
      const again = await client.update(configMaps, first);
      expect(again.metadata.resourceVersion).toBe(first.metadata.resourceVersion);
    });

    test('a merge patch sets, deletes, and is refused on another version or uid', async () => {
      const first = await client.create(configMaps, map('a'));
      const data = { value: null, other: 'x' };
      const patched = await client.patch(configMaps, key('a'), { type: 'merge', body: { data } });
      expect(patched.data).toEqual({ other: 'x' });
      const { resourceVersion } = first.metadata;
      for (const metadata of [{ resourceVersion }, { uid: 'another' }]) {
        const patch = client.patch(configMaps, key('a'), { type: 'merge', body: { metadata, data: { value: 'y' } } });
        await expect(patch).rejects.toMatchObject({ reason: 'Conflict' });
      }
    });

    test('selectors choose what is listed', async () => {
      await client.create(configMaps, map('a', '1', { app: 'web' }));
      await client.create(configMaps, map('b', '1', { app: 'db' }));
      const listed = async (query: object) =>
        (await client.list(configMaps, { namespace: 'default', ...query })).items.map(({ metadata }) => metadata.name);
      expect(await listed({ labelSelector: 'app in (web,cache)' })).toEqual(['a']);
      expect(await listed({ fieldSelector: 'metadata.name=b' })).toEqual(['b']);
      expect(await listed({ namespace: 'kube-public', labelSelector: 'app' })).toEqual([]);
    });

    test('a watch tells what comes after the list, as the selector sees it', async () => {
      const { metadata } = await client.list(configMaps);
      const abort = new AbortController();
      const told: string[] = [];
      const watch = client.watch(
        configMaps,
        { resourceVersion: metadata.resourceVersion, labelSelector: 'app=web' },
        abort.signal,
      );
      const reading = (async () => {
        for await (const event of watch as AsyncIterable<WatchEvent<ConfigMap>>) {
          if (event.type === 'BOOKMARK') continue;
          told.push(`${event.type} ${event.object.metadata.name}`);
          if (told.length === 4) abort.abort();
        }
      })();
      await client.create(configMaps, map('other', '1', { app: 'db' }));
      await client.create(configMaps, map('a', '1', { app: 'web' }));
      await client.patch(configMaps, key('a'), { type: 'merge', body: { data: { value: '2' } } });
      await client.patch(configMaps, key('a'), { type: 'merge', body: { metadata: { labels: { app: 'db' } } } });
      await client.patch(configMaps, key('other'), { type: 'merge', body: { metadata: { labels: { app: 'web' } } } });
      await reading;
      expect(told).toEqual(['ADDED a', 'MODIFIED a', 'DELETED a', 'ADDED other']);
    });

    test('a watch from a version that is forgotten: 410', async () => {
      // The API server forgets by itself, after minutes; its own tests cover that.
      if (!under.compact) return;
      const { metadata } = await client.create(configMaps, map('a'));
      await client.patch(configMaps, key('a'), { type: 'merge', body: { data: { value: '2' } } });
      await under.compact();
      const watch = client.watch(
        configMaps,
        { resourceVersion: metadata.resourceVersion },
        new AbortController().signal,
      );
      await expect(watch[Symbol.asyncIterator]().next()).rejects.toMatchObject({ code: 410, reason: 'Expired' });
    });

    test('finalizers keep a deleted object until the last one goes', async () => {
      await client.create(configMaps, {
        ...map('a'),
        metadata: { ...map('a').metadata, finalizers: ['example.com/hold'] },
      });
      await client.delete(configMaps, key('a'));
      expect((await client.get(configMaps, key('a'))).metadata.deletionTimestamp).toBeDefined();
      await client.patch(configMaps, key('a'), { type: 'merge', body: { metadata: { finalizers: [] } } });
      await expect(client.get(configMaps, key('a'))).rejects.toMatchObject({ reason: 'NotFound' });
    });

    test.each([
      ['Foreground', 'foregroundDeletion'],
      ['Orphan', 'orphan'],
    ] as const)('%s deletion waits for the garbage collector', async (propagationPolicy, finalizer) => {
      await client.create(configMaps, map('a'));
      await client.delete(configMaps, key('a'), { propagationPolicy });
      expect((await client.get(configMaps, key('a'))).metadata.finalizers).toEqual([finalizer]);
    });

    test('a deletion with a precondition that does not hold is a Conflict', async () => {
      await client.create(configMaps, map('a'));
      const deletion = client.delete(configMaps, key('a'), { preconditions: { uid: 'another' } });
      await expect(deletion).rejects.toMatchObject({ reason: 'Conflict' });
    });

    test('a pod is bound once', async () => {
      await client.create(nodes, { apiVersion: 'v1', kind: 'Node', metadata: { name: 'n' } });
      await client.create(pods, pod('p'));
      const binding = { apiVersion: 'v1', kind: 'Binding', metadata: key('p'), target: { kind: 'Node', name: 'n' } };
      const answer = await client.createSubresource(pods, key('p'), 'binding', binding);
      expect(answer).toMatchObject({ kind: 'Status', status: 'Success' });
      const bound = await client.get(pods, key('p'));
      expect([
        bound.spec?.nodeName,
        bound.status?.conditions?.find(({ type }) => type === 'PodScheduled')?.status,
      ]).toEqual(['n', 'True']);
      await expect(client.createSubresource(pods, key('p'), 'binding', binding)).rejects.toMatchObject({
        reason: 'Conflict',
      });
    });

    test('a token of a service account is answered, another one each time', async () => {
      await client.create(serviceAccounts, { apiVersion: 'v1', kind: 'ServiceAccount', metadata: key('bot') });
      const request: TokenRequest = {
        apiVersion: 'authentication.k8s.io/v1',
        kind: 'TokenRequest',
        metadata: {},
        spec: { audiences: ['vault'], expirationSeconds: 600 },
      };
      const ask = async (name: string) =>
        (await client.createSubresource(serviceAccounts, key(name), 'token', request)) as TokenRequest;
      const [first, second] = [await ask('bot'), await ask('bot')];
      expect(first).toMatchObject({
        ...request,
        status: { token: expect.any(String), expirationTimestamp: expect.any(String) },
      });
      expect(first.status?.token).not.toBe(second.status?.token);
      await expect(ask('nobody')).rejects.toMatchObject({ reason: 'NotFound' });
      const unknown = client.createSubresource(serviceAccounts, key('bot'), 'unknown', request);
      await expect(unknown).rejects.toMatchObject({ reason: 'NotFound' });
    });

    test('a bound pod has its grace; one without a node goes at once', async () => {
      await client.create(pods, pod('free'));
      await client.create(pods, { ...pod('bound'), spec: { ...pod('bound').spec, nodeName: 'n' } as Pod['spec'] });
      await client.delete(pods, key('free'));
      await client.delete(pods, key('bound'));
      await expect(client.get(pods, key('free'))).rejects.toMatchObject({ reason: 'NotFound' });
      expect((await client.get(pods, key('bound'))).metadata).toMatchObject({
        deletionTimestamp: expect.any(String),
        deletionGracePeriodSeconds: 30,
      });
      await client.delete(pods, key('bound'), { gracePeriodSeconds: 0 });
      await expect(client.get(pods, key('bound'))).rejects.toMatchObject({ reason: 'NotFound' });
    });

    test('status and spec are written apart; conditions merge by type in a strategic patch', async () => {
      const created = await client.create(pods, pod('p'));
      const status = (conditions: Array<{ type: string; status: string }>) =>
        client.patch(
          pods,
          key('p'),
          { type: 'strategic', body: { status: { conditions } } },
          { subresource: 'status' },
        );
      await status([{ type: 'A', status: 'True' }]);
      await status([{ type: 'B', status: 'False' }]);
      await status([{ type: 'A', status: 'False' }]);
      const types = (of: Pod) => Object.fromEntries((of.status?.conditions ?? []).map((c) => [c.type, c.status]));
      const read = await client.get(pods, key('p'));
      expect(types(read)).toMatchObject({ A: 'False', B: 'False' });
      const updated = await client.update(pods, {
        ...read,
        metadata: { ...read.metadata, labels: { a: 'b' } },
        status: {},
      });
      expect([updated.metadata.labels, types(updated)]).toEqual([{ a: 'b' }, types(read)]);
      expect(updated.metadata.generation).toBe(created.metadata.generation);
    });

    test('a namespace goes once its finalizer is taken off', async () => {
      const shop: Namespace = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop' } };
      await client.create(namespaces, shop);
      await client.delete(namespaces, { name: 'shop' });
      const going = await client.get(namespaces, { name: 'shop' });
      expect([going.status?.phase, going.spec?.finalizers]).toEqual(['Terminating', ['kubernetes']]);
      await client.update(namespaces, { ...going, spec: { finalizers: [] } }, { subresource: 'finalize' });
      await expect(client.get(namespaces, { name: 'shop' })).rejects.toMatchObject({ reason: 'NotFound' });
    });
  });
}
