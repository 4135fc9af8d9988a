import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createConnection, createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createCa } from '../../../runtime/pki/ca';
import { issueKeyPair } from '../../../runtime/pki/issue';
import { EtcdStore } from '../../../runtime/store/etcd/etcd-store';
import { methods } from '../../../runtime/store/etcd/messages';
import { CompactedError, UnavailableError } from '../../../runtime/store/store';
import { collect } from '../../store/store-backend';
import { storeSuite } from '../../store/store-suite';
import { EtcdServer, freePort } from './etcd-server';

jest.setTimeout(120_000);

let etcd: EtcdServer;
let run = 0;
let prefix = '';
beforeAll(async () => {
  etcd = await EtcdServer.start();
});
afterAll(() => etcd.remove());

const open = (endpoints = [etcd.clientUrl]) => EtcdStore.open({ endpoints, prefix });

storeSuite({
  name: 'etcd',
  async open() {
    // A cluster of its own for every test.
    prefix = `/test-${run++}`;
    return open();
  },
  reopen: open,
  async cleanUp() {},
  propertyRuns: 10,
});

describe('etcd', () => {
  let store: EtcdStore;
  beforeEach(async () => {
    prefix = `/test-${run++}`;
    store = await open();
  });
  afterEach(() => store.close());

  test('a watch reaches the revision although another cluster alone writes to the same etcd', async () => {
    let seen = 0;
    const abort = new AbortController();
    const done = store.watch(
      '/registry/',
      await store.revision(),
      (_, revision) => {
        seen = revision;
      },
      abort.signal,
    );
    const other = await EtcdStore.open({ endpoints: [etcd.clientUrl], prefix: '/other' });
    await other.put(`/k${run}`, Buffer.from('x'), 0);
    const revision = await store.revision();
    await until(() => seen >= revision);
    expect((await store.list('/')).entries).toEqual([]);
    abort.abort();
    await done;
    await other.close();
  });

  test('a watch goes on where it was when etcd was killed and came back, and no acknowledged write is lost', async () => {
    const from = await store.revision();
    const watch = collect(store, '/', from);
    const acknowledged: number[] = [];
    for (let round = 0; round < 3; round++) {
      const writes = Array.from({ length: 40 }, async (_, i) => {
        try {
          acknowledged.push((await store.put(`/r${round}/${i}`, Buffer.from('x'), 0)).revision);
        } catch (error) {
          // Nobody knows whether it took place; the watch says so.
          expect(error).toBeInstanceOf(UnavailableError);
        }
      });
      const killed = until(() => acknowledged.length > round * 5).then(() => etcd.kill());
      await killed;
      await etcd.run();
      await Promise.all(writes);
    }
    const { entries } = await store.list('/');
    await watch.until(entries.length);
    const revisions = watch.events.map((event) => event.revision);
    expect(revisions).toEqual([...revisions].sort((a, b) => a - b));
    expect(new Set(revisions).size).toBe(revisions.length);
    expect(new Set(entries.map((entry) => entry.revision))).toEqual(new Set(revisions));
    for (const revision of acknowledged) expect(revisions).toContain(revision);
    await watch.stop();
  });

  test('a watch that was away during a compaction is told so', async () => {
    const proxy = await Relay.start(Number(new URL(etcd.clientUrl).port));
    const far = await open([proxy.url]);
    const watch = collect(far, '/', await far.revision());
    await store.put('/a', Buffer.from('1'), 0);
    await watch.until(1);
    await proxy.cut();
    const { revision } = await store.put('/b', Buffer.from('1'), 0);
    await store.delete('/b', revision);
    await store.compact(await store.revision());
    await proxy.mend();
    await expect(watch.done).rejects.toBeInstanceOf(CompactedError);
    await far.close();
    await proxy.stop();
  });

  test('cut connections at any moment repeat and lose no event', async () => {
    const proxy = await Relay.start(Number(new URL(etcd.clientUrl).port));
    const far = await open([proxy.url]);
    const watch = collect(far, '/', await far.revision());
    const expected: number[] = [];
    for (let i = 0; i < 60; i++) {
      expected.push((await store.put(`/k${i}`, Buffer.alloc(2000), 0)).revision);
      if (i % 7 === 0) proxy.drop();
    }
    await watch.until(expected.length);
    expect(watch.events.map((event) => event.revision)).toEqual(expected);
    await watch.stop();
    await far.close();
    await proxy.stop();
  });

  test('of several endpoints one that does not answer is left for the next', async () => {
    const dead = `http://127.0.0.1:${await freePort()}`;
    const other = await open([dead, etcd.clientUrl]);
    await other.put('/a', Buffer.from('1'), 0);
    expect((await other.get('/a'))?.value).toEqual(Buffer.from('1'));
    await other.close();
  });

  test('without an answer it says which etcd did not', async () => {
    const dead = `http://127.0.0.1:${await freePort()}`;
    const failing = EtcdStore.open({ endpoints: [dead], prefix, timeoutMs: 300 });
    await expect(failing).rejects.toThrow(dead);
    await expect(failing).rejects.toBeInstanceOf(UnavailableError);
  });

  test('a list of more entries than one answer carries is one snapshot', async () => {
    for (let from = 0; from < 4500; from += 100) {
      const success = Array.from({ length: 100 }, (_, i) => ({
        put: { key: `${prefix}/n/${String(from + i).padStart(5, '0')}`, value: Buffer.from('x') },
      }));
      await store.connection.call(methods.txn, { compare: [], success, failure: [] }, false);
    }
    const all = await store.list('/n/');
    expect(all.entries).toHaveLength(4500);
    expect(all.remaining).toBe(0);
    const some = await store.list('/n/', { limit: 3000 });
    expect([some.entries.length, some.remaining]).toEqual([3000, 1500]);
    expect(some.entries.at(-1)?.key).toBe('/n/02999');
  });

  test('with TLS it shows its certificate, and refuses an etcd of another CA', async () => {
    const now = Date.now();
    const ca = await createCa(now);
    const issue = (commonName: string) =>
      issueKeyPair(
        ca,
        { commonName, organizations: [], ipAddresses: ['127.0.0.1'], usages: ['server', 'client'], validSeconds: 3600 },
        now,
      );
    const [serving, client, stranger] = [await issue('etcd'), await issue('orlop'), await createCa(now)];
    const folder = mkdtempSync(join(tmpdir(), 'orlop-etcd-tls-'));
    const file = (name: string, content: string) => {
      writeFileSync(join(folder, name), content);
      return join(folder, name);
    };
    const secure = await EtcdServer.start(
      [
        ...['--cert-file', file('s.crt', serving.cert), '--key-file', file('s.key', serving.key)],
        ...['--client-cert-auth', '--trusted-ca-file', file('ca.crt', ca.cert)],
      ],
      'https',
    );
    try {
      const endpoints = [secure.clientUrl];
      const trusted = await EtcdStore.open({ endpoints, tls: { ca: ca.cert, ...client } });
      await trusted.put('/a', Buffer.from('1'), 0);
      expect((await trusted.list('/')).entries).toHaveLength(1);
      await trusted.close();
      const without = EtcdStore.open({ endpoints, tls: { ca: ca.cert }, timeoutMs: 500 });
      await expect(without).rejects.toBeInstanceOf(UnavailableError);
      const wrong = EtcdStore.open({ endpoints, tls: { ca: stranger.cert, ...client }, timeoutMs: 500 });
      await expect(wrong).rejects.toThrow(/certificate/);
    } finally {
      await secure.remove();
      rmSync(folder, { recursive: true });
    }
  });
});

async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => setTimeout(resolve, 10));
}

/** A TCP relay whose connections the test cuts. */
class Relay {
  private readonly sockets = new Set<Socket>();
  private refusing = false;

  private constructor(
    private readonly server: Server,
    private readonly to: number,
  ) {
    server.on('connection', (near) => {
      if (this.refusing) return void near.destroy();
      const far = createConnection({ port: this.to, host: '127.0.0.1' });
      for (const [one, other] of [
        [near, far],
        [far, near],
      ] as const) {
        this.sockets.add(one);
        one.on('error', () => other.destroy());
        one.on('close', () => this.sockets.delete(one) && other.destroy());
        one.pipe(other);
      }
    });
  }

  static async start(to: number): Promise<Relay> {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return new Relay(server, to);
  }

  get url(): string {
    const address = this.server.address();
    return `http://127.0.0.1:${typeof address === 'object' && address ? address.port : 0}`;
  }

  drop(): void {
    for (const socket of this.sockets) socket.destroy();
  }

  async cut(): Promise<void> {
    this.refusing = true;
    this.drop();
  }

  async mend(): Promise<void> {
    this.refusing = false;
  }

  async stop(): Promise<void> {
    this.drop();
    await new Promise((resolve) => this.server.close(resolve));
  }
}
