import { apiTable } from '../../bench/api';
import { measureApi } from '../../bench/api/measure';

// At its smallest, so that it still runs when somebody needs its figures.
test('the API benchmark measures every part of the API and of its peer', async () => {
  const figures = await measureApi({ lists: [5, 12], watchers: [3], gets: 40, events: 6, reads: 2 });
  for (const { api, bare } of [figures.get, figures.create, ...figures.lists]) {
    expect(api.requests).toBeGreaterThan(0);
    expect(bare.requests).toBe(api.requests);
  }
  expect(figures.get.api.latencies).toHaveLength(40);
  // Every watcher is told of every write, by either server.
  for (const { api, bare } of figures.fanOuts) expect([api.latencies.length, bare.latencies.length]).toEqual([18, 18]);
  expect(apiTable(figures)).toContain('| list 12 pods');
}, 60_000);
