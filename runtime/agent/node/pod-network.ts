import { readFile } from 'node:fs/promises';
import type { Informer } from '../../client/informer';
import type { Node } from '../../kube/generated/types';
import type { NodeNetwork } from '../../network/network';
import type { Clock } from '../../util/clock';
import type { Logger } from '../../util/logger';
import { writeFileAtomically } from '../files';

export interface PodNetworkOptions {
  nodeName: string;
  network: Pick<NodeNetwork, 'setUp'>;
  nodes: Informer<Node>;
  clock: Clock;
  logger: Logger;
  /** Where the node's pod CIDR is kept, for a start while the server is away. */
  file: string;
  /** The network is set up; told once for each pod CIDR. */
  onReady(podCidr: string): void;
  /** `notReady` changed. */
  onChange(): void;
}

const retryMilliseconds = 1_000;

/** Sets up the node's pod network once the node has a pod CIDR, and keeps trying until it is. */
export class PodNetwork {
  private podCidr?: string;
  private failure: string | undefined = 'container runtime network not ready: the node has no pod CIDR yet';
  private stopped = false;
  private turn: Promise<void> = Promise.resolve();

  constructor(private readonly options: PodNetworkOptions) {}

  /** Why pods cannot have a network; undefined when they can. */
  get notReady(): string | undefined {
    return this.failure;
  }

  /** Sets up with the pod CIDR known from before, and follows the node from now on. */
  async start(): Promise<void> {
    const { nodes, file, nodeName } = this.options;
    const known = (await readFile(file, 'utf8').catch(() => '')).trim();
    if (known) await this.use(known);
    const seen = (node: Node) => {
      if (node.metadata.name === nodeName && node.spec?.podCIDR) void this.use(node.spec.podCIDR);
    };
    nodes.addHandler({ onAdd: seen, onUpdate: seen });
  }

  stop(): void {
    this.stopped = true;
  }

  private use(podCidr: string): Promise<void> {
    if (podCidr === this.podCidr) return this.turn;
    this.podCidr = podCidr;
    this.turn = this.turn.then(() => this.setUp(podCidr));
    return this.turn;
  }

  private async setUp(podCidr: string): Promise<void> {
    const { network, file, clock, logger, onReady, onChange } = this.options;
    if (this.stopped || podCidr !== this.podCidr) return;
    try {
      await network.setUp(podCidr);
      this.failure = undefined;
      await writeFileAtomically(file, podCidr, 0o644);
      onReady(podCidr);
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      this.failure = `container runtime network not ready: ${message}`;
      logger.warn({ podCidr, error: message }, 'the pod network could not be set up');
      clock.after(retryMilliseconds, () => void this.setUp(podCidr));
    }
    onChange();
  }
}
