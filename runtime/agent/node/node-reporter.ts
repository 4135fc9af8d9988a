import { isDeepStrictEqual } from 'node:util';
import type { ApiClient } from '../../client/client';
import type { ContainerEngine, ImageInfo } from '../../engine/engine';
import type { Node, NodeStatus } from '../../kube/generated/types';
import type { DeepPartial } from '../../kube/object';
import { nodes } from '../../kube/resource';
import { isStatusError } from '../../kube/status-error';
import type { Clock, Timer } from '../../util/clock';
import type { Logger } from '../../util/logger';
import { fieldManager } from '../status/status-writer';
import { type NodeMachine, newNode, nodeStatus } from './node-object';
import type { NodePressure } from './pressure';

export interface NodeReporterOptions {
  client: ApiClient;
  engine: Pick<ContainerEngine, 'images'>;
  clock: Clock;
  logger: Logger;
  machine: NodeMachine;
  /** Looks at the node's resources now. */
  pressure(): Promise<Omit<NodePressure, 'notReady'>>;
  /** Why pods cannot run here; undefined when they can. */
  notReady(): string | undefined;
}

const checkMilliseconds = 10_000;
const imagesMilliseconds = 60_000;
const heartbeatMilliseconds = 300_000;
const retryMilliseconds = 1_000;

/** Registers the node and keeps its status on the server: written when it changes, and every five minutes. */
export class NodeReporter {
  private registered = false;
  private old?: NodeStatus;
  private sent?: NodeStatus;
  private sentAt = 0;
  private images: ImageInfo[] = [];
  private imagesAt = Number.NEGATIVE_INFINITY;
  private timer?: Timer;
  private running = false;
  private again = false;
  private stopped = false;

  constructor(private readonly options: NodeReporterOptions) {}

  /** Looks at the node now, and writes what changed; goes on by itself every ten seconds. */
  poke(): void {
    if (this.stopped) return;
    this.again = true;
    if (!this.running) void this.loop();
  }

  stop(): void {
    this.stopped = true;
    this.timer?.cancel();
  }

  private async loop(): Promise<void> {
    this.running = true;
    this.timer?.cancel();
    let wait = checkMilliseconds;
    while (this.again && !this.stopped) {
      this.again = false;
      try {
        await this.report();
      } catch (error) {
        wait = retryMilliseconds;
        this.options.logger.debug({ error: String(error) }, 'node status not written');
      }
    }
    this.running = false;
    if (!this.stopped) this.timer = this.options.clock.after(wait, () => this.poke());
  }

  private async report(): Promise<void> {
    const { client, clock, machine } = this.options;
    if (!this.registered) await this.register();
    const status = await this.status();
    const due = clock.monotonic() - this.sentAt >= heartbeatMilliseconds;
    if (this.sent && !due && isDeepStrictEqual(quiet(status), quiet(this.sent))) return;
    const key = { name: machine.config.nodeName };
    const body = { status } as unknown as DeepPartial<Node>;
    try {
      const node = await client.patch(nodes, key, { type: 'strategic', body }, { subresource: 'status', fieldManager });
      this.old = node.status;
      this.sent = status;
      this.sentAt = clock.monotonic();
    } catch (error) {
      // Somebody deleted the node: it registers again.
      if (isStatusError(error, 'NotFound')) this.registered = false;
      throw error;
    }
  }

  private async status(): Promise<NodeStatus> {
    const { clock, engine, machine, pressure, notReady } = this.options;
    if (clock.monotonic() - this.imagesAt >= imagesMilliseconds) {
      this.images = await engine.images();
      this.imagesAt = clock.monotonic();
    }
    return nodeStatus(machine, { ...(await pressure()), notReady: notReady() }, this.images, this.old, clock.now());
  }

  private async register(): Promise<void> {
    const { client, machine, logger } = this.options;
    const wanted = newNode(machine);
    const name = machine.config.nodeName;
    try {
      this.old = (await client.create(nodes, wanted, { fieldManager })).status;
      logger.info({ node: name }, 'registered the node');
    } catch (error) {
      if (!isStatusError(error, 'AlreadyExists')) throw error;
      const found = await client.get(nodes, { name });
      this.old = found.status;
      const labels = wanted.metadata.labels ?? {};
      const missing = Object.entries(labels).some(([key, value]) => found.metadata.labels?.[key] !== value);
      if (missing)
        await client.patch(nodes, { name }, { type: 'strategic', body: { metadata: { labels } } }, { fieldManager });
    }
    this.registered = true;
    this.sent = undefined;
  }
}

/** Without the times of the heartbeat, which change by themselves. */
function quiet(status: NodeStatus): NodeStatus {
  const conditions = status.conditions?.map(
    ({ lastHeartbeatTime: _heartbeat, lastTransitionTime: _transition, ...rest }) => rest,
  );
  return { ...status, conditions };
}
