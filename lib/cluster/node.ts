import { Lazy } from 'cdktf';
import { Construct } from 'constructs';
import { z } from 'zod';
import { OrlopNode } from '../provider/l1';
import type { ResourceOptions } from '../provider/resource';
import { dnsLabel } from '../support/props';
import { Cluster } from './cluster';
import type { SshTarget } from './member';

export interface Taint {
  readonly key: string;
  readonly value?: string;
  readonly effect: 'NoSchedule' | 'PreferNoSchedule' | 'NoExecute';
}

/** What every node takes, wherever it comes from. */
export interface NodeProps {
  /** The server runs the control plane, and is tainted against ordinary pods once the cluster has agents. @default agent */
  readonly role?: 'server' | 'agent';
  /** Name of the node in the cluster. @default - the construct's id */
  readonly name?: string;
  /** @default - none but those that every node has */
  readonly labels?: Record<string, string>;
  /** @default - none, but `node-role.kubernetes.io/control-plane:NoSchedule` on a server with agents beside it */
  readonly taints?: Taint[];
}

export const nodePropsShape = {
  role: z.enum(['server', 'agent']).optional(),
  name: dnsLabel.optional(),
  labels: z.record(z.string(), z.string()).optional(),
  taints: z
    .array(
      z.strictObject({
        key: z.string(),
        value: z.string().optional(),
        effect: z.enum(['NoSchedule', 'PreferNoSchedule', 'NoExecute']),
      }),
    )
    .optional(),
};

/** Where a host is reached by SSH; any of it may be a token known only after apply. */
export interface SshAddress {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly privateKeyFile: string;
  /** As `SHA256:…`. @default - recorded at first contact */
  readonly hostKey?: string;
  /** Seconds for which a host that does not answer SSH yet is tried again. */
  readonly startTimeoutSeconds: number;
}

interface JoinOptions extends ResourceOptions {
  /** Ids of what the host keeps its data on. @default - not known */
  readonly dataVolumes?: string[];
  readonly address: SshAddress;
  /** Server: URL in the administrator's kubeconfig, as the operator's machine reaches the API. */
  readonly advertiseUrl: string;
  /** Server: the API as other nodes reach it. */
  readonly internalUrl: string;
  readonly tlsSans: string[];
  /** Server: port of the API on the host. */
  readonly apiPort: number;
}

/** A host that is, or becomes, a node of the cluster above it. */
export abstract class ClusterNode extends Construct {
  readonly cluster: Cluster;
  readonly nodeName: string;
  readonly role: 'server' | 'agent';
  private joined: { resource: OrlopNode; options: JoinOptions } | undefined;

  constructor(
    scope: Construct,
    id: string,
    private readonly nodeProps: NodeProps,
  ) {
    super(scope, id);
    this.cluster = Cluster.of(this);
    this.nodeName = nodeProps.name ?? id.toLowerCase();
    this.role = nodeProps.role ?? 'agent';
    if (!dnsLabel.safeParse(this.nodeName).success) {
      throw new Error(
        `${this.node.path}: the id ${JSON.stringify(id)} cannot serve as the node's name, which must be a DNS label: give the prop name`,
      );
    }
  }

  /** The `orlop_node` resource. */
  get resource(): OrlopNode {
    return this.made.resource;
  }

  /** @internal This node's SSH as other resources' attributes take it; the host key is the one that was recorded. */
  get sshTarget(): SshTarget {
    const { address } = this.made.options;
    return {
      host: address.host,
      port: address.port,
      user: address.user,
      private_key_file: address.privateKeyFile,
      host_key: this.resource.getStringAttribute('host_key'),
    };
  }

  /** Whether pods without a toleration may run here: not on a server that leaves them to agents. Final once the tree is. */
  get takesOrdinaryPods(): boolean {
    return !leavesPodsToAgents(this, this.nodeProps);
  }

  /** URL of the API as the other nodes reach it. */
  get internalUrl(): string {
    return this.made.options.internalUrl;
  }

  /** URL of the API as the operator's machine reaches it. */
  get advertiseUrl(): string {
    return this.made.options.advertiseUrl;
  }

  /** Makes the host a node. Called once, at the end of the constructor. */
  protected join(options: JoinOptions): void {
    const { address } = options;
    const { cluster, role } = this;
    const server = role === 'agent' ? cluster.server : undefined;
    const resource = new OrlopNode(
      this,
      'Resource',
      {
        name: this.nodeName,
        role,
        host: address.host,
        port: address.port,
        user: address.user,
        private_key_file: address.privateKeyFile,
        host_key: address.hostKey,
        start_timeout: address.startTimeoutSeconds,
        data_volumes: options.dataVolumes,
        labels: this.nodeProps.labels,
        taints: this.nodeProps.taints ?? lazyServerTaint(this, this.nodeProps),
        ...(server
          ? { server: server.sshTarget, server_url: server.internalUrl }
          : {
              tls_sans: options.tlsSans,
              api_port: options.apiPort,
              advertise_url: options.advertiseUrl,
              pod_cidr: cluster.podCidr,
              service_cidr: cluster.serviceCidr,
              etcd: cluster.etcd,
              audit: cluster.audit,
            }),
      },
      { provider: cluster.nodeProvider, dependsOn: options.dependsOn },
    );
    this.joined = { resource, options };
    cluster.addNode(this);
  }

  private get made() {
    if (!this.joined) throw new Error(`${this.node.path}: the node is not yet made`);
    return this.joined;
  }
}

/** A server carries no ordinary pods once there are agents for them. */
function leavesPodsToAgents(node: ClusterNode, props: NodeProps): boolean {
  return !props.taints && node.role === 'server' && node.cluster.nodes.some((other) => other.role === 'agent');
}

/** Whether there are agents is known only when the tree is finished. */
function lazyServerTaint(node: ClusterNode, props: NodeProps) {
  if (node.role !== 'server') return undefined;
  return Lazy.anyValue({
    produce: () =>
      leavesPodsToAgents(node, props)
        ? [{ key: 'node-role.kubernetes.io/control-plane', effect: 'NoSchedule' }]
        : undefined,
  });
}
