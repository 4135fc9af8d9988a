import { ApiServer } from '../../runtime/apiserver/api-server';
import { objectKey } from '../../runtime/apiserver/registry/store-key';
import type { ConfigMap } from '../../runtime/kube/generated/types';
import { kinds } from '../../runtime/kube/kinds';
import { configMaps } from '../../runtime/kube/resource';
import { createCa } from '../../runtime/pki/ca';
import { MemoryStore } from '../../runtime/store/memory-store';
import { FakeClock } from '../../runtime/util/fake-clock';

/** More turns of the microtask queue than a watch takes to start. */
const turns = 40;

it('a watch from a version misses no event that comes while it starts, at whatever moment', async () => {
  const clock = new FakeClock(Date.now());
  const store = new MemoryStore();
  const server = await ApiServer.create({ store, kinds, ca: await createCa(clock.now()), clock });
  const client = server.client('test');
  const object = (name: string): ConfigMap => ({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { namespace: 'default', name },
  });
  const first = await client.create(configMaps, object('first'));
  try {
    for (let turn = 0; turn < turns; turn++) {
      const abort = new AbortController();
      const from = await store.revision();
      const watch = client.watch(configMaps, { namespace: 'default', resourceVersion: String(from) }, abort.signal);
      const next = watch[Symbol.asyncIterator]().next();
      for (let i = 0; i < turn; i++) await Promise.resolve();
      // Written to the store itself, which tells the cache in the same turn.
      const name = `c${turn}`;
      const value = Buffer.from(JSON.stringify({ ...first, metadata: { ...first.metadata, name } }));
      const written = store.put(objectKey(configMaps, 'default', name), value, 0);
      await client.create(configMaps, object(`after-${turn}`));
      await written;
      expect((await next).value).toMatchObject({ type: 'ADDED', object: { metadata: { name } } });
      abort.abort();
    }
  } finally {
    await server.close();
  }
});
