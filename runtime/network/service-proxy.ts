import type { EndpointSlice, Node, Service } from '../kube/generated/types';
import type { KubeObject } from '../kube/object';
import type { Clock } from '../util/clock';
import type { Logger } from '../util/logger';
import type { DnsServer, NodeNetwork } from './network';
import { internalIp, podCidrsOf } from './node-routes';

/** What the proxy needs of an informer; runtime/client's Informer is one. */
export interface Followed<T extends KubeObject> {
  readonly cache: { list(): T[] };
  /** Up to which the cache shows everything. */
  readonly resourceVersion: string | undefined;
  addHandler(handler: { onAdd?(): void; onUpdate?(): void; onDelete?(): void }): void;
  waitForSync(signal?: AbortSignal): Promise<boolean>;
}

export interface ServiceProxyOptions {
  network: NodeNetwork;
  /** Left out where something else answers cluster DNS. */
  dns?: Pick<DnsServer, 'update'>;
  nodes: Followed<Node>;
  services: Followed<Service>;
  slices: Followed<EndpointSlice>;
  clock: Clock;
  logger: Logger;
  /**
   * Called after each programming with the resourceVersion of EndpointSlices up to which this node's rules are right,
   * whether or not the rules had to change.
   */
  onProgrammed?(resourceVersion: string): void;
}

/** Changes that come within this time are programmed together. */
const gatherMs = 5;
/** How often everything is looked at again, in case somebody else changed it. */
const recheckMs = 30_000;
const firstRetryMs = 100;
const lastRetryMs = 5_000;

/** Keeps a node's routes, Service rules and DNS as the API server says, from when `run` is called. */
export class ServiceProxy {
  private dirty = true;
  private wake?: () => void;
  private routedFor = '';
  private recheckAt = 0;

  constructor(private readonly options: ServiceProxyOptions) {}

  /**
   * Follows the informers (which somebody else runs) until the signal aborts. Nothing is programmed before all of them
   * have synced, so what an earlier agent programmed holds until then. Never rejects: a failure is logged and tried
   * again, later and later.
   */
  async run(signal: AbortSignal): Promise<void> {
    const { nodes, services, slices, clock, logger } = this.options;
    const changed = () => {
      this.dirty = true;
      this.wake?.();
    };
    for (const followed of [nodes, services, slices]) {
      followed.addHandler({ onAdd: changed, onUpdate: changed, onDelete: changed });
    }
    for (const followed of [nodes, services, slices]) if (!(await followed.waitForSync(signal))) return;

    let retryMs = firstRetryMs;
    while (!signal.aborted) {
      this.dirty = false;
      try {
        await this.sync();
        retryMs = firstRetryMs;
      } catch (error) {
        this.dirty = true;
        this.routedFor = '';
        logger.error(
          { error: error instanceof Error ? error.message : String(error) },
          'cannot program the node network',
        );
        await clock.sleep(retryMs, signal);
        retryMs = Math.min(lastRetryMs, retryMs * 2);
        continue;
      }
      if (!this.dirty) await this.idle(signal);
      await clock.sleep(gatherMs, signal);
    }
  }

  private async sync(): Promise<void> {
    const { network, dns, nodes, services, slices, clock, onProgrammed } = this.options;
    const nodeList = nodes.cache.list();
    const routes = routesKey(nodeList);
    if (routes !== this.routedFor || clock.monotonic() >= this.recheckAt) {
      await network.syncRoutes(nodeList);
      this.routedFor = routes;
      this.recheckAt = clock.monotonic() + recheckMs;
    }
    // Read before the lists: what arrives between belongs to the next round.
    const revision = slices.resourceVersion;
    const serviceList = services.cache.list();
    const sliceList = slices.cache.list();
    dns?.update(serviceList, sliceList);
    await network.syncServices(serviceList, sliceList);
    if (revision !== undefined) onProgrammed?.(revision);
  }

  /** Until something changes or it is time to look again. */
  private async idle(signal: AbortSignal): Promise<void> {
    const woken = new AbortController();
    this.wake = () => woken.abort();
    const stop = () => woken.abort();
    signal.addEventListener('abort', stop, { once: true });
    await this.options.clock.sleep(recheckMs, woken.signal);
    signal.removeEventListener('abort', stop);
    this.wake = undefined;
  }
}

/** What of the nodes the routes depend on: heartbeats change nodes all the time. */
function routesKey(nodes: Node[]): string {
  return JSON.stringify(nodes.map((node) => [node.metadata.name, internalIp(node), podCidrsOf([node])]).sort());
}
