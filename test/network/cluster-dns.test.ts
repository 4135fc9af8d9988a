import { createSocket } from 'node:dgram';
import { connect } from 'node:net';
import { ClusterDns } from '../../runtime/network/dns/cluster-dns';
import { type Forwarder, frame, UpstreamForwarder } from '../../runtime/network/dns/forwarder';
import { rcodes, readQuery, types, writeAnswer } from '../../runtime/network/dns/message';
import { systemClock } from '../../runtime/util/clock';
import { FakeClock } from '../../runtime/util/fake-clock';
import { silentLogger } from '../../runtime/util/logger';
import { type Asked, queryFor, type ReadMessage, readMessage } from './dns-client';
import { service, slice } from './objects';

/** Knows every name outside the cluster, and what it was asked. */
class World implements Forwarder {
  readonly asked: string[] = [];
  answers = 1;
  silent = false;

  async forward(message: Buffer): Promise<Buffer | undefined> {
    const query = readQuery(message);
    const { name } = query.question;
    this.asked.push(name);
    if (this.silent) return undefined;
    const answers = Array.from({ length: this.answers }, (_, i) => ({
      name,
      ttl: 300,
      data: { type: types.A, address: `192.0.2.${i + 1}` },
    }));
    return writeAnswer(query, { rcode: 0, authoritative: false, answers, authority: [], additional: [] }, 65_535);
  }
}

const world = new World();
const clock = new FakeClock();
const dns = new ClusterDns({ domain: 'cluster.local', forwarder: world, clock, logger: silentLogger });

async function udp(message: Buffer): Promise<ReadMessage> {
  const socket = createSocket('udp4');
  try {
    return await new Promise((resolve, reject) => {
      socket.on('message', (answer) => resolve(readMessage(answer)));
      socket.on('error', reject);
      socket.send(message, dns.port ?? 0, '127.0.0.1');
    });
  } finally {
    socket.close();
  }
}
const ask = (name: string, asked?: Asked) => udp(queryFor(name, asked));

function tcp(pieces: Buffer[], expected: number): Promise<ReadMessage[]> {
  return new Promise((resolve, reject) => {
    const socket = connect(dns.port ?? 0, '127.0.0.1');
    let received = Buffer.alloc(0);
    const answers: ReadMessage[] = [];
    socket.setNoDelay();
    for (const piece of pieces) socket.write(piece);
    socket.on('data', (data) => {
      received = Buffer.concat([received, data]);
      while (received.length >= 2 && received.length >= 2 + received.readUInt16BE(0)) {
        const end = 2 + received.readUInt16BE(0);
        answers.push(readMessage(received.subarray(2, end)));
        received = received.subarray(end);
      }
      if (answers.length === expected) socket.destroy();
    });
    socket.on('error', reject);
    socket.on('close', () => resolve(answers));
  });
}

beforeAll(async () => {
  await dns.listen('127.0.0.1', 0);
  const many = Array.from({ length: 200 }, (_, i) => ({ ip: `10.42.0.${i + 2}` }));
  dns.update(
    [
      service('web'),
      service('many', { clusterIP: 'None' }),
      service('out', { type: 'ExternalName', externalName: 'www.example.org' }),
      service('alias', { type: 'ExternalName', externalName: 'web.default.svc.cluster.local' }),
      service('loop', { type: 'ExternalName', externalName: 'loop.default.svc.cluster.local' }),
    ],
    [slice('many', many)],
  );
});
afterAll(() => dns.close());
beforeEach(() => {
  world.asked.length = 0;
  world.answers = 1;
  world.silent = false;
});

test('answers for a Service with authority, and never asks others about the cluster', async () => {
  expect(await ask('web.default.svc.cluster.local')).toMatchObject({
    rcode: rcodes.NoError,
    authoritative: true,
    recursionAvailable: true,
    answers: ['web.default.svc.cluster.local A 10.43.0.50'],
  });
  expect((await ask('www.example.org.default.svc.cluster.local')).rcode).toBe(rcodes.NxDomain);
  expect(world.asked).toEqual([]);
});

test('asks others for everything else', async () => {
  expect(await ask('www.example.org')).toMatchObject({ rcode: 0, answers: ['www.example.org A 192.0.2.1'] });
  expect(world.asked).toEqual(['www.example.org']);
});

test('says so when nobody answers', async () => {
  world.silent = true;
  expect((await ask('www.example.org')).rcode).toBe(rcodes.ServFail);
});

test('a large answer is cut over UDP and whole over TCP', async () => {
  const name = 'many.default.svc.cluster.local';
  const plain = await ask(name);
  expect(plain.truncated).toBe(true);
  expect(plain.answers.length).toBeGreaterThan(10);
  const larger = await ask(name, { edns: 4096 });
  expect(larger.answers.length).toBeGreaterThan(plain.answers.length);
  const [whole] = await tcp([frame(queryFor(name))], 1);
  expect(whole).toMatchObject({ truncated: false });
  expect(whole?.answers).toHaveLength(200);
});

test('a large answer of others is asked for again over TCP', async () => {
  world.answers = 100;
  expect(await ask('big.example.org')).toMatchObject({ truncated: true, answers: [] });
  const [whole] = await tcp([frame(queryFor('big.example.org'))], 1);
  expect(whole?.answers).toHaveLength(100);
});

test('TCP carries several queries on a connection, in whatever pieces they come', async () => {
  const stream = Buffer.concat([1, 2, 3].map((id) => frame(queryFor('web.default.svc.cluster.local', { id }))));
  const bytes = [...stream].map((byte) => Buffer.from([byte]));
  expect((await tcp([stream], 3)).map(({ id }) => id)).toEqual([1, 2, 3]);
  expect((await tcp(bytes, 3)).map(({ id }) => id)).toEqual([1, 2, 3]);
});

test('an idle TCP connection is closed', async () => {
  const closed = tcp([frame(queryFor('web.default.svc.cluster.local'))], 2);
  while (clock.waiting === 0) await new Promise((done) => setImmediate(done));
  await new Promise<void>((done) => {
    const poll = setInterval(() => void clock.advance(10_000), 5);
    void closed.then(() => {
      clearInterval(poll);
      done();
    });
  });
  expect(await closed).toHaveLength(1);
});

test('an ExternalName is an alias, with the addresses behind it', async () => {
  expect((await ask('out.default.svc.cluster.local')).answers).toEqual([
    'out.default.svc.cluster.local CNAME www.example.org',
    'www.example.org A 192.0.2.1',
  ]);
  expect((await ask('alias.default.svc.cluster.local')).answers).toEqual([
    'alias.default.svc.cluster.local CNAME web.default.svc.cluster.local',
    'web.default.svc.cluster.local A 10.43.0.50',
  ]);
  expect((await ask('loop.default.svc.cluster.local')).answers).toHaveLength(1);
  world.silent = true;
  expect((await ask('out.default.svc.cluster.local')).answers).toHaveLength(1);
});

test.each<[string, Buffer, number]>([
  ['an update', queryFor('cluster.local', { opcode: 5 }), rcodes.NotImp],
  ['another class', queryFor('cluster.local', { class: 3 }), rcodes.Refused],
  ['no question', Buffer.from([0, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0]), rcodes.FormErr],
])('refuses %s', async (_, message, rcode) => expect((await udp(message)).rcode).toBe(rcode));

test('noise is not answered, and does no harm', async () => {
  expect(await dns.respond(Buffer.from('hello'), false)).toBeUndefined();
  expect(await dns.respond(queryFor('a').fill(0x81, 2, 3), false)).toBeUndefined();
  expect((await ask('web.default.svc.cluster.local')).answers).toHaveLength(1);
});

describe('upstream servers', () => {
  const forwarder = (list: string[], limit?: number) =>
    new UpstreamForwarder({ upstreams: () => list, clock: systemClock, timeoutMs: 2000, limit });

  test('are asked over UDP and TCP; one that refuses is passed over', async () => {
    const here = `127.0.0.1:${dns.port}`;
    const query = queryFor('web.default.svc.cluster.local');
    for (const overTcp of [false, true]) {
      const answer = await forwarder(['127.0.0.1:1', here]).forward(query, overTcp);
      expect(answer && readMessage(answer).answers).toEqual(['web.default.svc.cluster.local A 10.43.0.50']);
    }
  });

  test('that all fail give no answer', async () => {
    expect(await forwarder([]).forward(queryFor('a'), false)).toBeUndefined();
    expect(await forwarder(['127.0.0.1:1']).forward(queryFor('a'), true)).toBeUndefined();
    expect(await forwarder([`127.0.0.1:${dns.port}`], 0).forward(queryFor('a'), false)).toBeUndefined();
  });

  test('that forge an answer to another question are not believed', async () => {
    const liar = createSocket('udp4');
    await new Promise<void>((done) => liar.bind(0, '127.0.0.1', done));
    liar.on('message', (message, peer) => {
      const query = readQuery(message);
      const forged = writeAnswer(
        { ...query, id: query.id ^ 1 },
        { rcode: 0, authoritative: false, answers: [], authority: [], additional: [] },
        512,
      );
      const other = queryFor('other.example', { id: query.id });
      other[2] = 0x81;
      liar.send(forged, peer.port, peer.address);
      liar.send(other, peer.port, peer.address);
      void dns.respond(message, false).then((answer) => answer && liar.send(answer, peer.port, peer.address));
    });
    const answer = await forwarder([`127.0.0.1:${liar.address().port}`]).forward(
      queryFor('web.default.svc.cluster.local'),
      false,
    );
    expect(answer && readMessage(answer).answers).toHaveLength(1);
    liar.close();
  });
});
