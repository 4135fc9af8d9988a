import { once } from 'node:events';
import { connect as connectTcp } from 'node:net';
import { connect } from 'node:tls';
import { limitsOf } from '../../runtime/apiserver/http/limits';
import { cms, TestServer } from './harness';
import { flags, frame, frameTypes, get, RawHttp2 } from './raw-http2';

/** Connections that cost their client little and the server much, or would take from others what they do not use. */
let server: TestServer;
const limits = limitsOf({ openFiles: 4096, memoryBytes: 2 ** 30 });
beforeEach(async () => {
  server = await TestServer.start();
});
afterEach(() => server.stop());

const { headers, continuation, reset, settings, ping, data } = frameTypes;
const times = (frame: Buffer, count: number) => Buffer.concat(Array.from({ length: count }, () => frame));
const begin = get('/version');
const post = Buffer.concat([Buffer.from([0x83]), get(cms).subarray(1)]);

/** Resolves when the server has ended a connection, be it that what it no longer listens to answers no ping. */
async function ended(client: RawHttp2): Promise<void> {
  let over = false;
  void client.closed.then(() => (over = true));
  while (!over) await server.clock.advance(1000);
}

describe('HTTP/2: a flood ends the connection, and no other', () => {
  it.each<[string, (n: number) => Buffer]>([
    ['pings', () => times(frame(ping, 0, 0, Buffer.alloc(8)), 100)],
    ['settings', () => times(frame(settings, 0), 100)],
    ['a head without an end', (n) => (n === 0 ? frame(headers, 1, 1, begin) : frame(continuation, 0, 1))],
    ['empty data', (n) => (n === 0 ? frame(headers, flags.endHeaders, 1, post) : times(frame(data, 0, 1), 100))],
    [
      // CVE-2023-44487
      'requests that are taken back',
      (n) =>
        Buffer.concat(
          Array.from({ length: 20 }, (_, i) => {
            const stream = 2 * (20 * n + i) + 1;
            const cancel = Buffer.from([0, 0, 0, 8]);
            return Buffer.concat([frame(headers, 5, stream, begin), frame(reset, 0, stream, cancel)]);
          }),
        ),
    ],
  ])('of %s', async (_what, batch) => {
    const client = await RawHttp2.open(server);
    await Promise.all([client.flood(3000, batch), ended(client)]);
    expect((await server.get('/livez')).status).toBe(200);
  });

  it('of answers that are not read', async () => {
    const client = await RawHttp2.open(server);
    client.socket.pause();
    await client.flood(3000, () => times(frame(ping, 0, 0, Buffer.alloc(8)), 100));
    client.socket.resume();
    await client.closed;
  });

  it('of a head that is too large', async () => {
    const client = await RawHttp2.open(server);
    client.send(frame(headers, 1, 1, begin));
    const more = frame(continuation, 0, 1, Buffer.alloc(16_000, 0x80));
    await Promise.all([client.flood(300, () => more), ended(client)]);
  });
});

describe('a client that takes its time', () => {
  /** Lets time pass until something is so, as long as a minute and a bit. */
  async function withinAMinute(client: RawHttp2, condition: () => boolean): Promise<void> {
    for (let seconds = 0; !condition(); seconds++) {
      if (seconds > 65) throw new Error('it has not happened');
      await server.clock.advance(1000);
      await client.roundTrip();
    }
  }

  it('with its answer, be it nobody or somebody, keeps the request for a minute', async () => {
    const nobody = await RawHttp2.open(server, { as: 'nobody', window: 0 });
    nobody.send(frame(headers, 5, 1, get('/api/v1/secrets')));
    await withinAMinute(nobody, () => nobody.resets.includes(1));
    const somebody = await RawHttp2.open(server, { window: 0 });
    somebody.send(frame(headers, 5, 1, get('/api/v1/namespaces/none')), frame(headers, 5, 3, get('/api')));
    await withinAMinute(somebody, () => somebody.resets.length === 2);
  });

  it('to send a body has a minute', async () => {
    const client = await RawHttp2.open(server);
    client.send(frame(headers, flags.endHeaders, 1, post), frame(data, 0, 1, Buffer.from('{')));
    await withinAMinute(client, () => {
      client.send(frame(data, 0, 1, Buffer.from(' ')));
      return client.answered.includes(1);
    });
    // Its stream ends soon after, though the client never ends it.
    await withinAMinute(client, () => client.resets.includes(1));
  });

  it('to do nothing more than it must is answered to the end', async () => {
    const client = await RawHttp2.open(server);
    client.send(frame(headers, flags.endStream | flags.endHeaders, 1, begin));
    client.send(frame(headers, flags.endHeaders, 3, post), frame(data, flags.endStream, 3, Buffer.from('no JSON')));
    await withinAMinute(client, () => client.ended.length === 2);
    for (let i = 0; i < 3; i++) {
      await server.clock.advance(1000);
      await client.roundTrip();
    }
    expect([client.ended.sort(), client.resets]).toEqual([[1, 3], []]);
  });

  it('is asked no more than 100 things at once', async () => {
    let settled = () => {};
    const known = new Promise<void>((resolve) => (settled = resolve));
    const values = new Map<number, number>();
    await RawHttp2.open(server, {
      onFrame: (type, _stream, payload) => {
        if (type !== settings || payload.length === 0) return;
        for (let at = 0; at < payload.length; at += 6)
          values.set(payload.readUInt16BE(at), payload.readUInt32BE(at + 2));
        settled();
      },
    });
    await known;
    expect(values.get(3)).toBe(100);
  });

  it('is nobody and has been answered: the connection takes no further request', async () => {
    const client = await RawHttp2.open(server, { as: 'nobody' });
    client.send(frame(headers, 5, 1, begin));
    await client.closed;
    expect(client.answered).toEqual([1]);
  });
});

describe('over HTTP/1.1, a client that takes its time', () => {
  let hasty: TestServer;
  beforeEach(async () => {
    hasty = await TestServer.start({ limits: { ...limits, handshakeMs: 50, headersMs: 50 } });
  });
  afterEach(() => hasty.stop());

  it('with its handshake is hung up on', async () => {
    const socket = connectTcp(hasty.port, '127.0.0.1');
    await once(socket, 'close');
  });

  it.each(['', 'GET /version HTTP/1.1\r\nhost: localhost\r\nx: '])(
    'with the head of a request (%j) is hung up on',
    async (text) => {
      const socket = connect({ port: hasty.port, host: '127.0.0.1', ...hasty.tls({}) }, () => socket.write(text));
      socket.on('error', () => {}).resume();
      await new Promise((resolve) => socket.once('close', resolve));
    },
  );
});
