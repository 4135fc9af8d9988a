import { readFile } from 'node:fs/promises';
import type { Informer } from '../../client/informer';
import type { EndpointSlice, Node, Service } from '../../kube/generated/types';
import type { DnsServer, NodeNetwork } from '../../network/network';
import type { Clock } from '../../util/clock';
import type { Logger } from '../../util/logger';
import { writeFileAtomically } from '../files';

export interface NetworkSyncOptions {
  nodeName: string;
  network: NodeNetwork;
  dns?: DnsServer;
  nodes: Informer<Node>;
  services: Informer<Service>;
  slices: Informer<EndpointSlice>;
  clock: Clock;
  logger: Logger;
  /** Where the node's pod CIDR is kept, for a start while the server is away. */
  file: string;
  onReady(): void;
  /** Endpoints up to this resourceVersion are programmed. */
  onProgrammed(revision: string): void;
}

const retryMilliseconds = 1_000;

/** Keeps the node's network as the cluster's nodes, Services and EndpointSlices ask for. */
export class NetworkSync {
  private podCidr?: string;
  private failure: string | undefined = 'container runtime network not ready: the node has no pod CIDR yet';
  private readonly setUpOnce: Repeat;
  private readonly routes: Repeat;
  private readonly proxy: Repeat;

  constructor(private readonly options: NetworkSyncOptions) {
    const { clock, logger } = options;
    const repeat = (what: string, work: () => Promise<void>) =>
      new Repeat(clock, work, (error) => logger.warn({ error: String(error) }, `${what} failed`));
    this.setUpOnce = repeat('setting up the pod network', () => this.setUp());
    this.routes = repeat('programming routes', () => this.syncRoutes());
    this.proxy = repeat('programming services', () => this.syncServices());
  }

  /** Why the network is not ready; undefined when it is. */
  get notReady(): string | undefined {
    return this.failure;
  }

  /** Sets up with the pod CIDR known from before, and follows the cluster from now on. */
  async start(): Promise<void> {
    const { nodes, services, slices, file } = this.options;
    const known = await readFile(file, 'utf8').catch(() => '');
    if (known) {
      this.podCidr = known.trim();
      await this.setUpOnce.now();
    }
    const onNode = (node: Node, old?: Node) => {
      if (node.metadata.name === this.options.nodeName) this.sawOwn(node);
      if (!old || routeParts(node) !== routeParts(old)) this.routes.poke();
    };
    nodes.addHandler({ onAdd: onNode, onUpdate: onNode, onDelete: () => this.routes.poke() });
    const changed = () => this.proxy.poke();
    services.addHandler({ onAdd: changed, onUpdate: changed, onDelete: changed });
    slices.addHandler({ onAdd: changed, onUpdate: changed, onDelete: changed });
    void Promise.all([services.waitForSync(), slices.waitForSync()]).then(changed);
    void nodes.waitForSync().then(() => this.routes.poke());
  }

  stop(): void {
    for (const repeat of [this.setUpOnce, this.routes, this.proxy]) repeat.stop();
  }

  private sawOwn(node: Node): void {
    const podCidr = node.spec?.podCIDR;
    if (!podCidr || podCidr === this.podCidr) return;
    this.podCidr = podCidr;
    this.setUpOnce.poke();
  }

  private async setUp(): Promise<void> {
    const { podCidr } = this;
    const { network, file, onReady } = this.options;
    if (!podCidr) return;
    try {
      await network.setUp(podCidr);
    } catch (error) {
      this.failure = `container runtime network not ready: ${error instanceof Error ? error.message : String(error)}`;
      throw error;
    }
    this.failure = undefined;
    await writeFileAtomically(file, podCidr, 0o644);
    onReady();
    this.routes.poke();
    this.proxy.poke();
  }

  private async syncRoutes(): Promise<void> {
    const { network, nodes } = this.options;
    if (this.failure === undefined && nodes.hasSynced) await network.syncRoutes(nodes.cache.list());
  }

  private async syncServices(): Promise<void> {
    const { network, dns, services, slices, onProgrammed } = this.options;
    if (this.failure !== undefined || !services.hasSynced || !slices.hasSynced) return;
    const [serviceList, sliceList, revision] = [services.cache.list(), slices.cache.list(), slices.resourceVersion];
    dns?.update(serviceList, sliceList);
    await network.syncServices(serviceList, sliceList);
    if (revision !== undefined) onProgrammed(revision);
  }
}

/** What routes depend on; heartbeats change a node every few minutes without changing this. */
function routeParts(node: Node): string {
  return JSON.stringify([node.spec?.podCIDR, node.status?.addresses]);
}

/** Runs a piece of work after each poke, one at a time; pokes during a run make one more run. Retries after a failure. */
class Repeat {
  private wanted = false;
  private running?: Promise<void>;
  private stopped = false;

  constructor(
    private readonly clock: Clock,
    private readonly work: () => Promise<void>,
    private readonly onError: (error: unknown) => void,
  ) {}

  poke(): void {
    this.wanted = true;
    // What changes in one moment is worked on once.
    queueMicrotask(() => {
      this.running ??= this.run().finally(() => {
        this.running = undefined;
      });
    });
  }

  /** Runs once, now; failures are told and tried again later. */
  async now(): Promise<void> {
    this.wanted = true;
    await (this.running ?? this.run());
  }

  stop(): void {
    this.stopped = true;
  }

  private async run(): Promise<void> {
    while (this.wanted && !this.stopped) {
      this.wanted = false;
      try {
        await this.work();
      } catch (error) {
        this.onError(error);
        this.clock.after(retryMilliseconds, () => this.poke());
      }
    }
  }
}
