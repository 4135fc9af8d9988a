import { HttpApiClient } from '../../../runtime/client/http-client';
import { systemClock } from '../../../runtime/util/clock';
import type { FakeClock } from '../../../runtime/util/fake-clock';
import { type Answer, type Identity, type Json, TestServer } from '../../apiserver/harness';
import { FakeNodes, runControllers } from '../../controllers/control-plane';

/** Virtual time that passes between two looks at a condition. */
const stepMs = 100;
/** Virtual time after which a condition is given up. */
const patienceMs = 120_000;

/**
 * What a behaviour is tried on: the API over HTTPS with its scheduler and controllers, over a store in memory, with
 * nodes that run every pod at once and a clock that stands still but for `until` and `pass`.
 */
export class ConformanceCluster {
  private namespaces = 0;
  private sinceBeat = 0;

  private constructor(
    /** Raw requests and watches: `server.get(path)`, `server.watch(path)`. */
    readonly server: TestServer,
    /** Administrator's client over HTTP/2. */
    readonly client: HttpApiClient,
    readonly nodes: FakeNodes,
    private readonly stopAll: () => Promise<void>,
  ) {}

  /** @param nodes names of the nodes that have joined */
  static async start(nodes: readonly string[] = ['node-a', 'node-b']): Promise<ConformanceCluster> {
    const server = await TestServer.start();
    const running = await runControllers(server.server, server.ca, server.clock);
    const client = clientOf(server, server.admin);
    const fleet = new FakeNodes(running, server.clock);
    for (const name of nodes) await fleet.join(name);
    return new ConformanceCluster(server, client, fleet, async () => {
      client.close();
      await running.stop();
      await server.stop();
    });
  }

  get clock(): FakeClock {
    return this.server.clock;
  }

  /** A client of somebody else, over its own connection; the caller closes it. */
  clientOf(identity: Identity): HttpApiClient {
    return clientOf(this.server, identity);
  }

  /** A new namespace of its own for a test. */
  async namespace(labels: Record<string, string> = {}): Promise<string> {
    const name = `conformance-${++this.namespaces}`;
    const body = { apiVersion: 'v1', kind: 'Namespace', metadata: { name, labels } };
    must(await this.server.post('/api/v1/namespaces', body), 201);
    return name;
  }

  /**
   * What `look` finds, as soon as it finds something: anything but undefined and false. Time passes between two looks.
   * @throws Error after two minutes of virtual time, naming `what`
   */
  async until<T>(what: string, look: () => Promise<T | undefined | false>): Promise<T> {
    for (let waited = 0; waited <= patienceMs; waited += stepMs) {
      const found = await look();
      if (found !== undefined && found !== false) return found;
      await this.step();
    }
    throw new Error(`waited ${patienceMs / 1000} s for ${what}`);
  }

  /** Lets virtual time pass; nodes renew their Leases meanwhile. */
  async pass(ms: number): Promise<void> {
    for (let passed = 0; passed < ms; passed += stepMs) await this.step();
  }

  async stop(): Promise<void> {
    await this.stopAll();
  }

  private async step(): Promise<void> {
    await this.clock.advance(stepMs);
    this.sinceBeat += stepMs;
    if (this.sinceBeat < 1000) return;
    this.sinceBeat = 0;
    await this.nodes.beat();
    // A connection is given up when a ping is not answered in time, so real time must pass too: one round trip.
    await this.client.raw('/livez');
  }
}

/** A cluster for the tests of a file or of a describe block. */
export function useCluster(...nodes: string[]): () => ConformanceCluster {
  let cluster: ConformanceCluster | undefined;
  beforeAll(async () => {
    cluster = await ConformanceCluster.start(nodes.length > 0 ? nodes : undefined);
  });
  afterAll(() => cluster?.stop());
  return () => {
    if (!cluster) throw new Error('the cluster is there only while tests run');
    return cluster;
  };
}

/** The answer's body. @throws Error when the status is another, with the answer */
export function must(answer: Answer, status = 200): Json {
  if (answer.status !== status) throw new Error(`expected ${status}, got ${answer.status}: ${answer.text}`);
  return answer.json;
}

/**
 * The events of a watch up to the first that `wanted` takes, that one last; bookmarks are left out.
 * @throws Error when the watch ends first
 */
export async function eventsUntil(
  watch: { next(): Promise<Json> },
  wanted: (event: { type: string; object: Json }) => boolean,
): Promise<Array<{ type: string; object: Json }>> {
  const seen: Array<{ type: string; object: Json }> = [];
  for (;;) {
    const event = await watch.next();
    if (event === undefined) throw new Error(`the watch ended after ${JSON.stringify(seen)}`);
    if (event.type !== 'BOOKMARK') seen.push(event);
    if (wanted(event)) return seen;
  }
}

function clientOf({ port, ca }: TestServer, { cert, key }: Identity): HttpApiClient {
  const address = { server: `https://127.0.0.1:${port}`, ca: ca.cert, cert, key };
  return new HttpApiClient({ ...address, userAgent: 'conformance', clock: systemClock });
}
