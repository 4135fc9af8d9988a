import type { IConstruct } from 'constructs';
import type { OrlopResource } from '../provider/resource';

/** A host's SSH, under the names of our resources' attributes. */
export interface SshTarget {
  host: string;
  port: number;
  user: string;
  private_key_file: string;
  host_key: string;
}

/** What a cluster knows of each of its nodes. */
export interface ClusterMember extends IConstruct {
  readonly nodeName: string;
  readonly role: 'server' | 'agent';
  /** Whether pods without a toleration may run here. */
  readonly takesOrdinaryPods: boolean;
  /** The `orlop_node` resource. */
  readonly resource: OrlopResource;
  /** The node's SSH as attributes of our resources take it. */
  readonly sshTarget: SshTarget;
  /** URL of the API as the other nodes reach it. */
  readonly internalUrl: string;
}
