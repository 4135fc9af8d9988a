import type { EndpointSlice, Node, Service } from '../../runtime/kube/generated/types';
import type { KubeObject } from '../../runtime/kube/object';
import { FakeNetwork } from '../../runtime/network/fake-network';
import { type Followed, ServiceProxy } from '../../runtime/network/service-proxy';
import { FakeClock } from '../../runtime/util/fake-clock';
import { silentLogger } from '../../runtime/util/logger';
import { node, service, slice } from './objects';

/** An informer that a test fills. */
class Source<T extends KubeObject> implements Followed<T> {
  resourceVersion: string | undefined;
  items: T[] = [];
  private readonly handlers: Array<{ onUpdate?(): void }> = [];
  private readonly waiting: Array<(synced: boolean) => void> = [];
  readonly cache = { list: () => this.items };

  addHandler(handler: { onUpdate?(): void }): void {
    this.handlers.push(handler);
  }

  waitForSync(signal?: AbortSignal): Promise<boolean> {
    if (this.resourceVersion !== undefined) return Promise.resolve(true);
    return new Promise((resolve) => {
      this.waiting.push(resolve);
      signal?.addEventListener('abort', () => resolve(false));
    });
  }

  set(resourceVersion: string, ...items: T[]): void {
    this.items = items;
    this.resourceVersion = resourceVersion;
    for (const resolve of this.waiting.splice(0)) resolve(true);
    for (const handler of this.handlers) handler.onUpdate?.();
  }
}

class CountingNetwork extends FakeNetwork {
  routeSyncs = 0;
  serviceSyncs = 0;
  failures = 0;

  override async syncRoutes(nodes: Node[]): Promise<void> {
    this.routeSyncs++;
    await super.syncRoutes(nodes);
  }

  override async syncServices(services: Service[], slices: EndpointSlice[]): Promise<void> {
    this.serviceSyncs++;
    if (this.failures-- > 0) throw new Error('nft failed');
    await super.syncServices(services, slices);
  }
}

describe('the service proxy of a node', () => {
  const clock = new FakeClock();
  let network: CountingNetwork;
  let nodes: Source<Node>;
  let services: Source<Service>;
  let slices: Source<EndpointSlice>;
  let programmed: string[];
  let names: string[];
  let abort: AbortController;
  let running: Promise<void>;

  beforeEach(async () => {
    network = new CountingNetwork();
    await network.setUp('10.42.0.0/24');
    nodes = new Source();
    services = new Source();
    slices = new Source();
    programmed = [];
    names = [];
    abort = new AbortController();
    const dns = {
      update: (list: Service[]) => {
        names = list.map(({ metadata }) => metadata.name ?? '');
      },
    };
    running = new ServiceProxy({
      network,
      dns,
      nodes,
      services,
      slices,
      clock,
      logger: silentLogger,
      onProgrammed: (resourceVersion) => programmed.push(resourceVersion),
    }).run(abort.signal);
  });
  afterEach(async () => {
    abort.abort();
    await running;
  });

  const synced = async () => {
    nodes.set('1', node('n1', '10.0.0.1', '10.42.0.0/24'));
    services.set('2', service('web'));
    slices.set('3', slice('web', [{ ip: '10.42.0.2' }]));
    await clock.advance(10);
  };

  test('programs nothing before everything is known', async () => {
    nodes.set('1', node('n1', '10.0.0.1', '10.42.0.0/24'));
    services.set('2', service('web'));
    await clock.advance(60_000);
    expect(network.serviceSyncs).toBe(0);
    slices.set('3');
    await clock.advance(0);
    expect(network.serviceSyncs).toBe(1);
    expect(network.services).toHaveLength(1);
    expect(names).toEqual(['web']);
    expect(programmed).toEqual(['3']);
  });

  test('says up to which change of endpoints the rules are right, and only after they are', async () => {
    await synced();
    network.failures = 1;
    slices.set('9', slice('web', []));
    await clock.advance(50);
    expect(programmed).toEqual(['3']);
    await clock.advance(100);
    expect(programmed).toEqual(['3', '9']);
  });

  test('programs a burst of changes once', async () => {
    await synced();
    const before = network.serviceSyncs;
    for (let i = 10; i < 60; i++) slices.set(`${i}`, slice('web', [{ ip: `10.42.0.${i}` }]));
    await clock.advance(20);
    expect(network.serviceSyncs - before).toBe(1);
    expect(programmed.at(-1)).toBe('59');
  });

  test('programs a lone change within milliseconds', async () => {
    await synced();
    slices.set('10', slice('web', []));
    await clock.advance(5);
    expect(programmed.at(-1)).toBe('10');
  });

  test('leaves routes alone when a node only reports its health', async () => {
    await synced();
    const before = network.routeSyncs;
    const beating = node('n1', '10.0.0.1', '10.42.0.0/24');
    nodes.set('10', { ...beating, status: { ...beating.status, conditions: [] } });
    await clock.advance(10);
    expect(network.routeSyncs).toBe(before);
    nodes.set('11', beating, node('n2', '10.0.0.2', '10.42.1.0/24'));
    await clock.advance(10);
    expect(network.routeSyncs).toBe(before + 1);
    expect(network.nodes).toHaveLength(2);
  });

  test('looks at everything again every 30 s', async () => {
    await synced();
    const before = network.routeSyncs;
    await clock.advance(31_000);
    expect(network.routeSyncs).toBe(before + 1);
  });

  test('tries again later and later while it fails, with the latest state', async () => {
    await synced();
    const before = network.serviceSyncs;
    network.failures = 4;
    slices.set('10', slice('web', []));
    await clock.advance(800);
    expect(network.serviceSyncs - before).toBe(4);
    slices.set('11', slice('web', []));
    await clock.advance(10_000);
    expect(programmed).toEqual(['3', '11']);
  });

  test('ends at once when told to, also before anything is known', async () => {
    abort.abort();
    await running;
    expect(network.serviceSyncs).toBe(0);
  });
});
