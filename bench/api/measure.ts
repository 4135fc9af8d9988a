import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { createCa } from '../../runtime/pki/ca';
import { issueKeyPair } from '../../runtime/pki/issue';
import { configMapBody, podBody } from './bodies';
import { Connection, type Identity, requestBytes } from './connection';
import { ask, type LoadResult, runLoad } from './load';
import type { Order } from './messages';
import { bundleServer, ServerProcess } from './server-process';
import { Watchers } from './watchers';

export interface ApiSizes {
  /** Pods in a list; the largest is how many are created. */
  lists: number[];
  /** Watchers of a fan-out. */
  watchers: number[];
  /** GETs of one pod. */
  gets: number;
  /** Writes that all watchers are told of. */
  events: number;
  /** How often a list is read. */
  reads: number;
}

/** The same of the API and of a bare server that sends the same bytes. */
export interface Pair<T> {
  api: T;
  bare: T;
}

/** Of a load, with what it cost the server. */
export type Cost<T> = T & { cpuSeconds: number };

export interface FanOut {
  watchers: number;
  eventsPerSecond: number;
  /** Milliseconds from a write until it is with a watcher. */
  latencies: number[];
}

export interface ApiFigures {
  create: Pair<Cost<LoadResult>>;
  get: Pair<Cost<LoadResult>>;
  lists: Array<Pair<Cost<LoadResult>> & { pods: number; bytes: number }>;
  fanOuts: Array<Pair<Cost<FanOut>>>;
  bytesPerPod: number;
  /** Milliseconds from the start of the process until the namespace `default` has its ServiceAccount. */
  serviceAccountMs: number | undefined;
}

const connections = 32;
/** Writes that may be on their way to the watchers at once. */
const depth = 4;
const pods = '/api/v1/namespaces/default/pods';
const configMaps = '/api/v1/namespaces/default/configmaps';

/** Runs all measurements, each of the API and then of the bare server. */
export async function measureApi(sizes: ApiSizes, say: (text: string) => void = () => {}): Promise<ApiFigures> {
  await bundleServer();
  const now = Date.now();
  const ca = await createCa(now);
  const admin = { commonName: 'bench', organizations: ['system:masters'], usages: ['client' as const] };
  const identity = { ca: ca.cert, ...(await issueKeyPair(ca, { ...admin, validSeconds: 3600 }, now)) };
  const host = { commonName: 'bare', organizations: [], dnsNames: ['localhost'], usages: ['server' as const] };
  const serving = await issueKeyPair(ca, { ...host, validSeconds: 3600 }, now);
  const directory = mkdtempSync(join(tmpdir(), 'orlop-bench-'));
  const started: ServerProcess[] = [];
  const start = async (order: Order) => {
    const server = await ServerProcess.start(order);
    started.push(server);
    return server;
  };
  try {
    const api = await start({ server: 'orlop', ca, directory: join(directory, 'api'), controllers: false });
    const bare = await start({ server: 'bare', ca, serving });
    const bench = new Bench(api, bare, identity, sizes);
    say('create');
    const before = await api.rss();
    const count = Math.max(...sizes.lists);
    const lists: ApiFigures['lists'] = [];
    const creates: Array<Pair<Cost<LoadResult>>> = [];
    let made = 0;
    for (const size of [...sizes.lists].sort((a, b) => a - b)) {
      creates.push(await bench.create(made, size));
      made = size;
      say(`list of ${size}`);
      lists.push(await bench.list(size));
    }
    const bytesPerPod = ((await api.rss()) - before) / count;
    say('get');
    const get = await bench.get();
    const fanOuts: ApiFigures['fanOuts'] = [];
    for (const watchers of sizes.watchers) {
      say(`${watchers} watchers`);
      fanOuts.push(await bench.fanOut(watchers));
    }
    say('start');
    const serviceAccountMs = await measureStart(identity, () =>
      start({ server: 'orlop', ca, directory: join(directory, 'start'), controllers: true }),
    );
    return { create: creates.at(-1) as Pair<Cost<LoadResult>>, get, lists, fanOuts, bytesPerPod, serviceAccountMs };
  } finally {
    for (const server of started) await server.stop();
    rmSync(directory, { recursive: true, force: true });
  }
}

async function measureStart(identity: Identity, start: () => Promise<ServerProcess>): Promise<number | undefined> {
  const begun = performance.now();
  const { port } = await start();
  const path = '/api/v1/namespaces/default/serviceaccounts/default';
  while (performance.now() - begun < 5000) {
    try {
      await ask(port, identity, requestBytes('GET', path));
      return performance.now() - begun;
    } catch {
      await sleep(5);
    }
  }
  return undefined;
}

class Bench {
  constructor(
    private readonly api: ServerProcess,
    private readonly bare: ServerProcess,
    private readonly identity: Identity,
    private readonly sizes: ApiSizes,
  ) {}

  async create(from: number, to: number): Promise<Pair<Cost<LoadResult>>> {
    const load = (port: number, path: string, prefix: string) => {
      let index = from;
      const next = () => {
        if (index >= to) return undefined;
        return requestBytes('POST', path, podBody(`${prefix}-${index++}`));
      };
      return runLoad({ port, identity: this.identity, connections, next, code: 201 });
    };
    const api = await this.api.measured(() => load(this.api.port, pods, 'pod'));
    await this.give(pods, await this.read(`${pods}/pod-0`));
    return { api, bare: await this.bare.measured(() => load(this.bare.port, pods, 'bare')) };
  }

  async get(): Promise<Pair<Cost<LoadResult>>> {
    const path = `${pods}/pod-0`;
    await this.give(path, await this.read(path));
    return this.both((port) => this.repeat(port, path, this.sizes.gets, connections));
  }

  async list(size: number): Promise<Pair<Cost<LoadResult>> & { pods: number; bytes: number }> {
    const body = await this.read(pods);
    const found = (JSON.parse(body.toString()) as { items: unknown[] }).items.length;
    if (found !== size) throw new Error(`the list has ${found} pods, not ${size}`);
    await this.give(pods, body);
    const pair = await this.both((port) => this.repeat(port, pods, this.sizes.reads, 1));
    return { ...pair, pods: size, bytes: body.length };
  }

  async fanOut(watchers: number): Promise<Pair<Cost<FanOut>>> {
    const name = `watched-${watchers}`;
    await ask(this.api.port, this.identity, requestBytes('POST', configMaps, configMapBody(name, 0)), 201);
    const object = await this.read(`${configMaps}/${name}`);
    const revision = (JSON.parse(object.toString()) as { metadata: { resourceVersion: string } }).metadata
      .resourceVersion;
    const watch = `${configMaps}?watch=1&resourceVersion=${revision}`;
    const api = await this.spread(this.api, watch, watchers, (index) =>
      requestBytes('PUT', `${configMaps}/${name}`, configMapBody(name, index + 1)),
    );
    await this.give('/watch', Buffer.concat([Buffer.from('{"type":"MODIFIED","object":'), object, Buffer.from('}\n')]));
    const bare = await this.spread(this.bare, '/watch', watchers, () => requestBytes('POST', '/watch', ''));
    return { api, bare };
  }

  private async spread(
    server: ServerProcess,
    path: string,
    size: number,
    write: (index: number) => Buffer,
  ): Promise<Cost<FanOut>> {
    const { port } = server;
    const watchers = await Watchers.open(port, this.identity, path, size);
    const { events } = this.sizes;
    const sent: number[] = [];
    const { seconds, cpuSeconds } = await server.measured(async () => {
      const started = performance.now();
      for (let index = 0; index < events; index++) {
        if (index >= depth) await watchers.reached(index - depth + 1);
        sent.push(performance.now());
        await this.write(port, write(index));
      }
      await watchers.reached(events);
      return { seconds: (performance.now() - started) / 1000 };
    });
    watchers.close();
    this.writer?.close();
    this.writer = undefined;
    const latencies = watchers.arrivals.flatMap((all, event) => all.map((at) => at - (sent[event] as number)));
    return { watchers: size, eventsPerSecond: (events * size) / seconds, latencies, cpuSeconds };
  }

  private writer: Connection | undefined;

  private async write(port: number, request: Buffer): Promise<void> {
    this.writer ??= await Connection.open(port, this.identity);
    const { code, body } = await this.writer.send(request);
    if (code >= 300) throw new Error(`a write was answered with ${code}: ${body}`);
  }

  private repeat(port: number, path: string, count: number, over: number): Promise<LoadResult> {
    const request = requestBytes('GET', path);
    let left = count;
    return runLoad({
      port,
      identity: this.identity,
      connections: over,
      next: () => (left-- > 0 ? request : undefined),
    });
  }

  private async both(measure: (port: number) => Promise<LoadResult>): Promise<Pair<Cost<LoadResult>>> {
    const of = (server: ServerProcess) => server.measured(() => measure(server.port));
    return { api: await of(this.api), bare: await of(this.bare) };
  }

  private read(path: string): Promise<Buffer> {
    return ask(this.api.port, this.identity, requestBytes('GET', path));
  }

  /** What the bare server is to send. */
  private async give(path: string, body: Buffer): Promise<void> {
    await ask(this.bare.port, this.identity, requestBytes('PUT', path, body.toString()));
  }
}
