import { Token } from 'cdktf';
import type { Construct } from 'constructs';
import { z } from 'zod';
import { checkProps, port, tokenOr } from '../support/props';
import { Cluster } from './cluster';
import { ClusterNode, type NodeProps, nodePropsShape } from './node';

const SshNodePropsSchema = z.strictObject({
  ...nodePropsShape,
  host: tokenOr(z.string().min(1)),
  port: tokenOr(port).optional(),
  user: z.string().min(1).optional(),
  privateKeyFile: z.string().min(1).optional(),
  hostKey: tokenOr(z.string().min(1)).optional(),
  internalAddress: tokenOr(z.string().min(1)).optional(),
  startTimeoutSeconds: z.int().min(0).max(3600).optional(),
});

export interface SshNodeProps extends NodeProps {
  /** Name or address of the host, as this machine reaches it; may be known only after apply. */
  readonly host: string;
  /** SSH port; may be known only after apply. @default 22 */
  readonly port?: number;
  /** User to log in as: root, or one who may use sudo without a password. @default root */
  readonly user?: string;
  /** File with the private key, on this machine. @default - the cluster's key */
  readonly privateKeyFile?: string;
  /** The key that the host must show, as `SHA256:…`. @default - recorded at first contact, and shown in the plan from then on */
  readonly hostKey?: string;
  /** Address at which the other nodes reach this one. @default - host */
  readonly internalAddress?: string;
  /**
   * Seconds for which a host that does not answer SSH yet is tried again.
   * @default 300 where the address is known only after apply, so that the host is just being made; else 5
   */
  readonly startTimeoutSeconds?: number;
}

/** A host that exists, or that another resource of the stack makes: a VM, bare metal, anything that answers SSH. */
export class SshNode extends ClusterNode {
  constructor(scope: Construct, id: string, props: SshNodeProps) {
    const checked = checkProps(scope, id, SshNodePropsSchema, props);
    super(scope, id, props);
    const cluster = Cluster.of(this);
    const key = checked.privateKeyFile ? undefined : cluster.sshKey;
    const internal = checked.internalAddress ?? checked.host;
    this.join({
      address: {
        host: checked.host,
        port: checked.port ?? 22,
        user: checked.user ?? 'root',
        privateKeyFile: checked.privateKeyFile ?? (key?.file as string),
        hostKey: checked.hostKey,
        startTimeoutSeconds: checked.startTimeoutSeconds ?? (isKnownLater(checked.host) ? 300 : 5),
      },
      advertiseUrl: `https://${checked.host}:${cluster.apiPort}`,
      internalUrl: `https://${internal}:${cluster.apiPort}`,
      tlsSans: [...new Set([checked.host, internal])],
      apiPort: cluster.apiPort,
      dependsOn: key?.resource ? [key.resource] : [],
    });
  }
}

/** Whether the address is another resource's, by a token or by an expression that was written out. */
function isKnownLater(host: string): boolean {
  return Token.isUnresolved(host) || host.includes('${');
}
