import type { LoadResult } from './api/load';
import { type ApiFigures, type ApiSizes, type Cost, measureApi, type Pair } from './api/measure';
import { machine, noise } from './machine';
import { percentile, table } from './statistics';

const full: ApiSizes = { lists: [3500, 10_000], watchers: [500, 1000], gets: 60_000, events: 200, reads: 30 };

/** The API as clients see it, beside a bare Node.js HTTPS server that sends the same bytes in the same run. */
export async function benchApi(gets: number | undefined, say: (text: string) => void): Promise<string> {
  const about = machine();
  const disturbed = noise();
  const figures = await measureApi({ ...full, ...(gets === undefined ? {} : { gets }) }, say);
  return [about, ...(disturbed ? [disturbed] : []), '', apiTable(figures)].join('\n');
}

export function apiTable(figures: ApiFigures): string {
  const rate = ({ requests, seconds }: LoadResult) => requests / seconds;
  const p99 = ({ latencies }: { latencies: number[] }) => percentile(latencies, 0.99).toFixed(1);
  const p50 = ({ latencies }: { latencies: number[] }) => percentile(latencies, 0.5).toFixed(1);
  // Processor time of the server for one request or event: it bears a busy machine well.
  const micros = ({ cpuSeconds }: { cpuSeconds: number }, count: number) => ((cpuSeconds / count) * 1e6).toFixed(1);
  const requests = (what: string, { api, bare }: Pair<Cost<LoadResult>>) => [
    what,
    rate(api).toFixed(0),
    rate(bare).toFixed(0),
    (rate(api) / rate(bare)).toFixed(2),
    p50(api),
    p99(api),
    p99(bare),
    micros(api, api.requests),
    micros(bare, bare.requests),
  ];
  const rows = [
    requests('create a pod, durable (requests/s)', figures.create),
    requests('get a pod (requests/s)', figures.get),
    ...figures.lists.map((list) =>
      requests(`list ${list.pods} pods, ${(list.bytes / 1e6).toFixed(1)} MB (requests/s)`, list),
    ),
    ...figures.fanOuts.map(({ api, bare }) => [
      `watch, ${api.watchers} watchers (events/s)`,
      api.eventsPerSecond.toFixed(0),
      bare.eventsPerSecond.toFixed(0),
      (api.eventsPerSecond / bare.eventsPerSecond).toFixed(2),
      p50(api),
      p99(api),
      p99(bare),
      micros(api, api.latencies.length),
      micros(bare, bare.latencies.length),
    ]),
  ];
  const { bytesPerPod, serviceAccountMs } = figures;
  return [
    table([
      ['what', 'API', 'bare server', 'ratio', 'p50 ms', 'p99 ms', 'p99 ms, bare', 'CPU µs each', 'CPU µs, bare'],
      ...rows,
    ]),
    '',
    `Memory of a pod: ${(bytesPerPod / 1024).toFixed(1)} KiB of the server process.`,
    serviceAccountMs === undefined
      ? 'The namespace default had no ServiceAccount five seconds after the start.'
      : `From the start of the process to the default ServiceAccount: ${serviceAccountMs.toFixed(0)} ms.`,
  ].join('\n');
}
