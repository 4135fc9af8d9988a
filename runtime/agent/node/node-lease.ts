import type { ApiClient } from '../../client/client';
import type { Lease } from '../../kube/generated/types';
import { leases } from '../../kube/resource';
import { isStatusError } from '../../kube/status-error';
import { annotations, namespaceNames } from '../../kube/well-known';
import { type Clock, rfc3339Micro, type Timer } from '../../util/clock';
import type { Logger } from '../../util/logger';
import { fieldManager } from '../status/status-writer';

export interface NodeLeaseOptions {
  client: ApiClient;
  clock: Clock;
  logger: Logger;
  nodeName: string;
}

const renewMilliseconds = 2_000;
const durationSeconds = 5;

/** The node's heartbeat: a Lease renewed every two seconds, which also tells how far its proxy has come. */
export class NodeLease {
  private revision?: string;
  private told?: string;
  private timer?: Timer;
  private writing = false;
  private stopped = false;
  private lost = false;

  constructor(private readonly options: NodeLeaseOptions) {}

  start(): void {
    void this.renew();
  }

  /** Endpoints up to this resourceVersion are programmed; told at once, since pods wait for it to be stopped. */
  programmed(revision: string): void {
    if (this.revision === revision) return;
    this.revision = revision;
    if (!this.writing && !this.stopped) void this.renew();
  }

  stop(): void {
    this.stopped = true;
    this.timer?.cancel();
  }

  private async renew(): Promise<void> {
    const { clock, logger } = this.options;
    this.timer?.cancel();
    this.writing = true;
    const { revision } = this;
    try {
      await this.write(revision);
      this.told = revision;
      this.lost = false;
    } catch (error) {
      if (!this.lost) logger.warn({ error: String(error) }, 'the node lease could not be renewed');
      this.lost = true;
    }
    this.writing = false;
    if (this.stopped) return;
    const wait = !this.lost && this.told !== this.revision ? 0 : renewMilliseconds;
    this.timer = clock.after(wait, () => void this.renew());
  }

  private async write(revision: string | undefined): Promise<void> {
    const { client, clock, nodeName } = this.options;
    const key = { namespace: namespaceNames.nodeLease, name: nodeName };
    const renewTime = rfc3339Micro(clock.now());
    const metadata = revision === undefined ? {} : { annotations: { [annotations.endpointsRevision]: revision } };
    const spec = { holderIdentity: nodeName, leaseDurationSeconds: durationSeconds, renewTime };
    try {
      await client.patch(leases, key, { type: 'merge', body: { metadata, spec } }, { fieldManager });
    } catch (error) {
      if (!isStatusError(error, 'NotFound')) throw error;
      const lease: Lease = {
        apiVersion: 'coordination.k8s.io/v1',
        kind: 'Lease',
        metadata: { ...key, ...metadata },
        spec,
      };
      await client.create(leases, lease, { fieldManager });
    }
  }
}
