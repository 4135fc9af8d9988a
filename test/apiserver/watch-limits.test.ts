import { type ClientHttp2Stream, connect } from 'node:http2';
import { type Limits, limitsOf } from '../../runtime/apiserver/http/limits';
import type { ConfigMap } from '../../runtime/kube/generated/types';
import { configMaps } from '../../runtime/kube/resource';
import { cms, configMap, TestServer } from './harness';
import { flags, frame, frameTypes, get, RawHttp2 } from './raw-http2';

/** Watches hold memory for clients that need not be there: how many there may be, and what each may keep waiting. */
const plenty = limitsOf({ openFiles: 4096, memoryBytes: 2 ** 30 });
const key = { namespace: 'default', name: 'c' };
let server: TestServer;

async function start(limits: Partial<Limits> = {}): Promise<void> {
  server = await TestServer.start({ limits: { ...plenty, ...limits } });
  await server.client.create(configMaps, configMap('c', {}, { namespace: 'default' }) as ConfigMap);
}
afterEach(() => server.stop());

/** A watch whose client takes nothing beyond its window until it is told to. */
async function idleWatch(accept: string): Promise<ClientHttp2Stream> {
  const session = connect(`https://127.0.0.1:${server.port}`, server.tls({})).on('error', () => {});
  const stream = session.request({ ':path': `${cms}?watch=1&includeObject=Object`, accept });
  stream.on('error', () => {}).once('close', () => session.destroy());
  await new Promise((resolve) => stream.once('response', resolve));
  return stream.pause();
}

/** Writes a large object so often. */
async function write(times: number, size = 500_000): Promise<void> {
  for (let i = 0; i < times; i++) {
    const body = { data: { value: `${i}${'x'.repeat(size)}` } };
    await server.client.patch(configMaps, key, { type: 'merge', body });
  }
}

const isClosed = (stream: ClientHttp2Stream) =>
  stream.closed ? Promise.resolve() : new Promise((resolve) => stream.once('close', resolve));

it('a user has a quarter of all watches, and others still have theirs', async () => {
  await start({ watches: 8 });
  const path = `${cms}?watch=1`;
  const mine = [await server.watch(path), await server.watch(path)];
  const answer = await server.get(path);
  expect(answer).toMatchObject({ status: 429, json: { reason: 'TooManyRequests' }, headers: { 'retry-after': '1' } });
  const theirs = await server.watch(path, { as: await server.identity('other', ['system:masters']) });
  expect(theirs.status).toBe(200);
  mine[0]?.close();
  let again = await server.watch(path);
  while (again.status === 429) again = await server.watch(path);
  for (const watch of [theirs, again, ...mine]) watch.close();
});

/** A watch of which the client takes 64 KiB, and more when it says so. */
async function slowWatch(): Promise<RawHttp2> {
  const client = await RawHttp2.open(server);
  client.send(frame(frameTypes.headers, flags.endStream | flags.endHeaders, 1, get(`${cms}?watch=1`)));
  while (!client.answered.includes(1)) await client.roundTrip();
  return client;
}

/** Lets seconds pass as long as the stream is open. @returns how many */
async function pass(client: RawHttp2, seconds: number): Promise<number> {
  let passed = 0;
  for (; passed < seconds && !client.resets.includes(1); passed++) {
    await server.clock.advance(1000);
    await client.roundTrip();
  }
  return passed;
}

it('a watcher that takes nothing of what waits for it is cut off', async () => {
  await start();
  const client = await slowWatch();
  await write(4);
  expect(await pass(client, 180)).toBeGreaterThan(60);
  expect(client.resets).toEqual([1]);
  client.socket.destroy();
});

it('a watcher that is slow, and one that has taken all there is, go on', async () => {
  await start();
  const [slow, quick] = [await slowWatch(), await slowWatch()];
  const more = Buffer.alloc(4);
  more.writeUInt32BE(800_000);
  await write(30, 100_000);
  for (const stream of [0, 1]) quick.send(frame(frameTypes.windowUpdate, 0, stream, Buffer.from([0, 0x80, 0, 0])));
  for (let minute = 0; minute < 3; minute++) {
    for (const stream of [0, 1]) slow.send(frame(frameTypes.windowUpdate, 0, stream, more));
    for (let second = 0; second < 60; second++) {
      await server.clock.advance(1000);
      await Promise.all([slow.roundTrip(), quick.roundTrip()]);
    }
  }
  expect([slow.resets, quick.resets]).toEqual([[], []]);
  for (const { socket } of [slow, quick]) socket.destroy();
});

it('what waits for single watchers alone is bounded for all together', async () => {
  await start({ watchBytes: 4_000_000 });
  const table = 'application/json;as=Table;g=meta.k8s.io;v=v1';
  const tables = [await idleWatch(table), await idleWatch(table), await idleWatch(table)];
  const shared = await idleWatch('application/json');
  // 4.5 MB for each of the tables: less than what each watcher may keep waiting.
  await write(9);
  const closed = tables.map((stream) => isClosed(stream.resume()));
  await Promise.race(closed);
  expect(shared.closed).toBe(false);
  for (const stream of [shared, ...tables]) stream.session?.destroy();
});
