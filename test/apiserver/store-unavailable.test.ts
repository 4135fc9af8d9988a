import { MemoryStore } from '../../runtime/store/memory-store';
import { UnavailableError } from '../../runtime/store/store';
import { cms, configMap, TestServer } from './harness';

class FullStore extends MemoryStore {
  full = false;

  override async put(key: string, value: Uint8Array, expected: number) {
    if (this.full) throw new UnavailableError("the store's disk is full, and nothing was written: ENOSPC", false);
    return super.put(key, value, expected);
  }
}

it('a write to a store that cannot write is 503 with the reason; reads go on, and writes once it can again', async () => {
  const store = new FullStore();
  const server = await TestServer.start({ store });
  try {
    await server.post(cms, configMap('before'));
    store.full = true;
    const refused = await server.post(cms, configMap('refused'));
    expect(refused.json).toMatchObject({
      kind: 'Status',
      code: 503,
      reason: 'ServiceUnavailable',
      message: "the store's disk is full, and nothing was written: ENOSPC",
    });
    expect((await server.get(`${cms}/before`)).status).toBe(200);
    store.full = false;
    expect((await server.post(cms, configMap('refused'))).status).toBe(201);
  } finally {
    await server.stop();
  }
});
