import { configMaps } from '../../runtime/kube/resource';
import { configMap, type Json, TestServer } from '../apiserver/harness';
import { must } from './support/cluster';

const count = 400;
const path = '/api/v1/namespaces/default/configmaps';
/** What the server forgets is at most two of its rounds of five minutes old. */
const roundMs = 300_000;

describe('[sig-api-machinery] Servers with support for API chunking', () => {
  let server: TestServer;
  let names: string[];

  beforeAll(async () => {
    server = await TestServer.start();
    names = Array.from({ length: count }, (_, i) => `chunk-${String(i).padStart(4, '0')}`);
    for (const name of names) {
      await server.client.create(configMaps, configMap(name, {}, { namespace: 'default' }) as never);
    }
  });
  afterAll(() => server.stop());

  const page = async (limit: number, token = ''): Promise<Json> =>
    must(await server.get(`${path}?limit=${limit}${token ? `&continue=${encodeURIComponent(token)}` : ''}`));
  const namesOf = (list: Json): string[] => list.items.map((item: Json) => item.metadata.name);

  it('should return chunks of results for list calls [Conformance]', async () => {
    for (const limit of [17, 133, 400, 1000]) {
      const seen: string[] = [];
      let revision: string | undefined;
      let token = '';
      do {
        const list = await page(limit, token);
        expect(list.items.length).toBeLessThanOrEqual(limit);
        revision ??= list.metadata.resourceVersion;
        // All chunks are of one state.
        expect(list.metadata.resourceVersion).toBe(revision);
        seen.push(...namesOf(list));
        token = list.metadata.continue ?? '';
        expect(list.metadata.remainingItemCount ?? 0).toBe(count - seen.length);
        // What is written meanwhile is not in them.
        if (limit === 17 && seen.length === 17) must(await server.delete(`${path}/${seen[0]}`));
      } while (token);
      expect(seen).toEqual(names);
      if (limit === 17) must(await server.post(path, configMap(seen[0] as string)), 201);
    }
    expect(namesOf(must(await server.get(path)))).toEqual(names);
  });

  it('should support continue listing from the last key if the original version has been compacted away, though the list is inconsistent [Slow] [Conformance]', async () => {
    const first = await page(40);
    const token = encodeURIComponent(first.metadata.continue);
    // Something is written, or there would be nothing to forget.
    must(await server.patch(`${path}/${names[399]}`, 'merge', { data: { changed: 'yes' } }));
    let expired: Json;
    for (let waited = 0; waited <= 2 * roundMs && !expired; waited += 20_000) {
      const answer = await server.get(`${path}?limit=40&continue=${token}`);
      if (answer.status === 410) expired = answer.json;
      else must(answer);
      await server.clock.advance(20_000);
    }
    expect(expired).toMatchObject({ kind: 'Status', reason: 'Expired', metadata: { continue: expect.any(String) } });

    // One more before the place where the list goes on does not count, one behind it does.
    must(await server.post(path, configMap('chunk-0000-more')), 201);
    must(await server.post(path, configMap('chunk-0399-more')), 201);
    const second = await page(40, expired.metadata.continue);
    expect(second.metadata.resourceVersion).not.toBe(first.metadata.resourceVersion);
    expect(namesOf(second)).toEqual(names.slice(40, 80));
    expect(second.metadata.remainingItemCount).toBe(count - 80 + 1);

    // From here on the chunks are of one state again.
    const seen: string[] = [];
    for (let list = second; list.metadata.continue; ) {
      list = await page(40, list.metadata.continue);
      expect(list.metadata.resourceVersion).toBe(second.metadata.resourceVersion);
      seen.push(...namesOf(list));
      expect(list.metadata.remainingItemCount ?? 0).toBe(count - 80 + 1 - seen.length);
    }
    expect(seen).toEqual([...names.slice(80), 'chunk-0399-more']);
  });
});
