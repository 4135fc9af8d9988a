import type { IConstruct } from 'constructs';
import type { OrlopResource } from '../provider/resource';

/** What a cluster knows of each of its nodes. */
export interface ClusterMember extends IConstruct {
  readonly nodeName: string;
  readonly role: 'server' | 'agent';
  /** The `orlop_node` resource. */
  readonly resource: OrlopResource<object>;
  /** The node's SSH as attributes of our resources take it. */
  readonly sshTarget: object;
  /** URL of the API as the other nodes reach it. */
  readonly internalUrl: string;
}
