import { once } from 'node:events';
import { connect as connectTcp } from 'node:net';
import { connect, type TLSSocket } from 'node:tls';
import { type Limits, limitsOf } from '../../runtime/apiserver/http/limits';
import { openFilesOf } from '../../runtime/util/process-limits';
import { type Identity, TestServer } from './harness';
import { frame, frameTypes, RawHttp2 } from './raw-http2';

const plenty = limitsOf({ openFiles: 4096, memoryBytes: 2 ** 30 });
let server: TestServer;

async function start(limits: Partial<Limits> = {}): Promise<void> {
  server = await TestServer.start({ limits: { ...plenty, ...limits } });
}
afterEach(() => server.stop());

/** A TLS connection that has not asked for anything yet. */
async function open(as: Identity | 'nobody' = 'nobody'): Promise<TLSSocket> {
  const socket = connect({ port: server.port, host: '127.0.0.1', ...server.tls({ as }) });
  socket.on('error', () => {});
  await once(socket, 'secureConnect');
  return socket;
}

/** The status of a request over HTTP/1.1; undefined where the connection is, or gets, closed instead. */
async function ask(socket: TLSSocket, path = '/livez', headers = ''): Promise<number | undefined> {
  if (socket.destroyed) return undefined;
  socket.write(`GET ${path} HTTP/1.1\r\nhost: localhost\r\n${headers}\r\n`);
  const answer = await Promise.race([once(socket, 'data'), once(socket, 'close').then(() => [])]);
  return answer.length ? Number(/^HTTP\/1\.1 (\d+)/.exec(String(answer[0]))?.[1]) : undefined;
}

async function until(condition: () => Promise<boolean>): Promise<void> {
  while (!(await condition())) await new Promise((resolve) => setImmediate(resolve));
}

async function serviceAccountToken(): Promise<string> {
  const path = '/api/v1/namespaces/default/serviceaccounts';
  await server.post(path, { metadata: { name: 'robot' } });
  return (await server.post(`${path}/robot/token`, { spec: { expirationSeconds: 3600 } })).json.status.token;
}

it('a client that says goodbye and then keeps its socket open does no harm', async () => {
  server = await TestServer.start();
  let pinged = () => {};
  const ping = new Promise<void>((resolve) => (pinged = resolve));
  const client = await RawHttp2.open(server, { onFrame: (type) => type === frameTypes.ping && pinged() });
  await ping;
  client.send(frame(frameTypes.goAway, 0, 0, Buffer.alloc(8)));
  await once(client.socket, 'end');
  // The time of the next ping: the session is over, its socket is not.
  await server.clock.advance(10_000);
  expect((await server.get('/livez')).text).toBe('ok');
  client.socket.destroy();
});

describe('connections', () => {
  it('of nobody give way to newer ones, and shut out nobody who is somebody', async () => {
    await start({ unidentified: 4 });
    const known = await open(await server.identity('known', []));
    const strangers: TLSSocket[] = [];
    for (let i = 0; i < 8; i++) strangers.push(await open());
    expect((await server.get('/livez')).status).toBe(200);
    const statuses = await Promise.all(strangers.map((socket) => ask(socket)));
    // The administrator, too, was nobody until his handshake was over.
    expect(statuses).toEqual([...Array(5).fill(undefined), 200, 200, 200]);
    expect(await ask(known)).toBe(200);
    for (const socket of [known, ...strangers]) socket.destroy();
  });

  it('that never begin their handshake give way, too', async () => {
    await start({ unidentified: 4 });
    const silent = Array.from({ length: 20 }, () => connectTcp(server.port, '127.0.0.1').on('error', () => {}));
    const closed = silent.slice(0, 15).map((socket) => once(socket, 'close'));
    expect((await server.get('/livez')).status).toBe(200);
    await Promise.all(closed);
    for (const socket of silent) socket.destroy();
  });

  it('of one user are a part of all', async () => {
    await start({ perUser: 3 });
    const greedy = await server.identity('greedy', []);
    const sockets = [await open(greedy), await open(greedy), await open(greedy)];
    const fourth = await open(greedy);
    expect(await ask(fourth)).toBeUndefined();
    expect((await server.get('/livez', { as: await server.identity('modest', []) })).status).toBe(200);
    sockets[0]?.destroy();
    await until(async () => (await ask(await open(greedy))) === 200);
    for (const socket of sockets) socket.destroy();
  });

  it('of one user count also where a token says who he is', async () => {
    await start({ perUser: 2 });
    const token = await serviceAccountToken();
    const headers = `authorization: Bearer ${token}\r\n`;
    const sockets = [await open(), await open(), await open()];
    const statuses = [];
    for (const socket of sockets) statuses.push(await ask(socket, '/api', headers));
    expect(statuses).toEqual([200, 200, 429]);
    for (const socket of sockets) socket.destroy();
  });

  it('in all are bounded', async () => {
    await start({ connections: 5 });
    const sockets = await Promise.all(Array.from({ length: 5 }, () => open()));
    const late = connectTcp(server.port, '127.0.0.1').on('error', () => {});
    await once(late, 'close');
    for (const socket of sockets) socket.destroy();
    await until(async () => (await server.get('/livez').catch(() => undefined))?.status === 200);
  });
});

it.each([
  [{ openFiles: 1024, memoryBytes: 2 ** 40 }, 614],
  [{ openFiles: 2 ** 20, memoryBytes: 2 ** 30 }, 2048],
  [{ openFiles: Number.POSITIVE_INFINITY, memoryBytes: 2 ** 40 }, 50_000],
  [{ openFiles: 100, memoryBytes: 2 ** 20 }, 64],
])('%j are enough for so many connections', (process, connections) => {
  const limits = limitsOf(process);
  expect(limits).toMatchObject({ connections, perUser: Math.floor(connections / 2) });
  if (process.openFiles > 1000) expect(limits.connections + limits.sessions).toBeLessThan(process.openFiles);
});

it('the limit of open files is read from what Linux says', () => {
  expect(
    openFilesOf('Max processes   5 5 processes\nMax open files            20000                65536   files'),
  ).toBe(20_000);
  expect(openFilesOf('Max open files            unlimited            unlimited            files')).toBe(
    Number.POSITIVE_INFINITY,
  );
  expect(openFilesOf('')).toBe(1024);
});
