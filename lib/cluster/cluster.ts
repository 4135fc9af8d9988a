import { join } from 'node:path';
import { DockerProvider } from '@cdktf/provider-docker/lib/provider';
import { Fn, type TerraformProvider, TerraformStack } from 'cdktf';
import { Construct, type IConstruct } from 'constructs';
import { z } from 'zod';
import { bundledProvider, deliver } from '../provider/delivery';
import { type DockerProviderSource, dockerProviderSource } from '../provider/docker-source';
import { OrlopSshKey } from '../provider/l1';
import { OrlopProvider, type OrlopResource } from '../provider/resource';
import { checkProps, dnsLabel, port } from '../support/props';
import { type AuditProps, AuditPropsSchema, auditAttribute } from './audit';
import { type EtcdProps, EtcdPropsSchema, etcdAttribute } from './etcd';
import type { ClusterMember } from './member';

const ClusterPropsSchema = z.strictObject({
  name: dnsLabel.optional(),
  apiPort: port.optional(),
  podCidr: z.cidrv4().optional(),
  serviceCidr: z.cidrv4().optional(),
  privateKeyFile: z.string().optional(),
  dockerProvider: z.enum(['registry', 'bundled']).optional(),
  store: z.strictObject({ etcd: EtcdPropsSchema }).optional(),
  audit: AuditPropsSchema.optional(),
});

export interface ClusterProps {
  /** @default - the construct's id */
  readonly name?: string;
  /** Port of the API on the server's host; of a DockerNode, the port published on 127.0.0.1. @default 6443 */
  readonly apiPort?: number;
  /** Addresses of pods. @default 10.42.0.0/16 */
  readonly podCidr?: string;
  /** Addresses of Services. @default 10.43.0.0/16 */
  readonly serviceCidr?: string;
  /** Private key that logs in to the nodes, for those that name none. @default - one made by the first deploy in `.orlop/` */
  readonly privateKeyFile?: string;
  /** @default - kreuzwerker/docker where Terraform's registry can be reached, else the provider that orlop brings along */
  readonly dockerProvider?: DockerProviderSource;
  /**
   * Where the server keeps the cluster's objects. Not changed in place: docs/operations.md says how to move.
   * @default - the store that the server brings along, on its own disk
   */
  readonly store?: { readonly etcd: EtcdProps };
  /** The record of who asked the API for what, on the server's host. @default - 9 files of 32 MiB, thirty days */
  readonly audit?: AuditProps;
}

/** A port of the operator's machine that leads to a NodePort of the cluster. */
export interface PublishedPort {
  readonly hostPort: number;
  readonly nodePort: number;
  readonly protocol: 'tcp' | 'udp';
}

/** A cluster: its nodes and workloads are the constructs under it. Exactly one of its nodes is the server. */
export class Cluster extends Construct {
  readonly name: string;
  readonly apiPort: number;
  readonly podCidr: string | undefined;
  readonly serviceCidr: string | undefined;
  /** @internal As `orlop_node` takes it. */
  readonly etcd: ReturnType<typeof etcdAttribute> | undefined;
  /** @internal As `orlop_node` takes it. */
  readonly audit: ReturnType<typeof auditAttribute> | undefined;
  /** Provider of nodes, keys and images. */
  readonly nodeProvider: TerraformProvider;
  private readonly _nodes: ClusterMember[] = [];
  private readonly _objects: OrlopResource[] = [];
  private readonly _published: PublishedPort[] = [];
  private readonly dockerSource: DockerProviderSource | undefined;
  private objectProvider: OrlopProvider | undefined;
  private key: { file: string; publicKey: string; resource?: OrlopResource } | undefined;

  constructor(scope: Construct, id: string, props: ClusterProps = {}) {
    const checked = checkProps(scope, id, ClusterPropsSchema, props);
    super(scope, id);
    this.name = checked.name ?? dnsName(this, id);
    this.apiPort = checked.apiPort ?? 6443;
    this.podCidr = checked.podCidr;
    this.serviceCidr = checked.serviceCidr;
    this.etcd = checked.store && etcdAttribute(checked.store.etcd);
    this.audit = checked.audit && auditAttribute(checked.audit);
    this.dockerSource = checked.dockerProvider;
    if (checked.privateKeyFile) {
      this.key = { file: checked.privateKeyFile, publicKey: Fn.trimspace(Fn.file(`${checked.privateKeyFile}.pub`)) };
    }
    this.nodeProvider = shared(this, 'orlop', (stack) => new OrlopProvider(stack, 'orlop', {}));
    this.node.addValidation({ validate: () => this.problems() });
  }

  /** The cluster that `scope` is part of. @throws Error when it is part of none */
  static of(scope: IConstruct): Cluster {
    const found = scope.node.scopes.reverse().find((each): each is Cluster => each instanceof Cluster);
    if (!found)
      throw new Error(
        `${scope.node.path || scope.node.id}: must be created under a Cluster, and no scope above it is one`,
      );
    return found;
  }

  get nodes(): readonly ClusterMember[] {
    return this._nodes;
  }

  /** The node with the control plane. @throws Error while there is none */
  get server(): ClusterMember {
    const server = this._nodes.find((node) => node.role === 'server');
    if (!server)
      throw new Error(
        `${this.node.path}: the cluster has no server yet: give a node the prop role: 'server', before the agents`,
      );
    return server;
  }

  get published(): readonly PublishedPort[] {
    return this._published;
  }

  /** Makes a NodePort answer at a port of the operator's machine (127.0.0.1), through a DockerNode. */
  publish(published: PublishedPort): void {
    const taken = this._published.find(
      (other) => other.hostPort === published.hostPort && other.protocol === published.protocol,
    );
    if (taken)
      throw new Error(
        `${this.node.path}: port ${published.hostPort} of this machine is published twice: choose another hostPort`,
      );
    this._published.push(published);
  }

  /** @internal Called by each node once it is made. */
  addNode(node: ClusterMember): void {
    const twin = this._nodes.find((other) => other.nodeName === node.nodeName);
    if (twin)
      throw new Error(
        `${node.node.path}: the cluster has a node named ${node.nodeName} already (${twin.node.path}): give one of them another name`,
      );
    if (node.role === 'server' && this._nodes.some((other) => other.role === 'server')) {
      throw new Error(
        `${node.node.path}: the cluster has a server already (${this.server.node.path}): give this node role: 'agent'`,
      );
    }
    this._nodes.push(node);
    for (const object of this._objects) object.addDependency(node.resource);
  }

  /** @internal Objects are applied once the nodes stand, and destroyed before them. */
  addObject(object: OrlopResource): void {
    this._objects.push(object);
    for (const node of this._nodes) object.addDependency(node.resource);
  }

  /** @internal Known once the server runs; another one after its data was lost. */
  get id(): string {
    return this.server.resource.getStringAttribute('cluster_id');
  }

  /** @internal Provider of objects: it reaches the API through the server's SSH. */
  get apiProvider(): TerraformProvider {
    this.objectProvider ??= new OrlopProvider(
      this,
      'api',
      { server: this.server.sshTarget },
      this.node.path.replaceAll('/', '_').replaceAll('-', '_'),
    );
    return this.objectProvider;
  }

  /** @internal The key that logs in to nodes which name none of their own. */
  get sshKey(): { file: string; publicKey: string; resource?: OrlopResource } {
    if (!this.key) {
      // Relative to the stack's folder, so that the plan is the same wherever the project lies.
      const file = `\${path.root}/../../../${join('.orlop', `${TerraformStack.of(this).node.id}-${this.name}.ed25519`)}`;
      const resource = new OrlopSshKey(this, 'ssh-key', { path: file }, { provider: this.nodeProvider });
      this.key = { file, publicKey: resource.getStringAttribute('public_key'), resource };
    }
    return this.key;
  }

  /** @internal The stack's docker provider. One that the stack declares itself is used as it is. */
  get dockerProvider(): TerraformProvider {
    return shared(this, 'docker', (stack) => {
      const own = stack.node.findAll().find((each): each is DockerProvider => each instanceof DockerProvider);
      const provider = own ?? new DockerProvider(stack, 'docker');
      if (dockerProviderSource(this, this.dockerSource) === 'bundled') {
        const bundled = bundledProvider('docker');
        stack.addOverride('terraform.required_providers.docker', { source: bundled.source, version: bundled.version });
        deliver(this, bundled);
      }
      return provider;
    });
  }

  private problems(): string[] {
    const servers = this._nodes.filter((node) => node.role === 'server').length;
    if (servers === 1) return [];
    return [
      `${this.node.path}: a cluster needs one server, and this one has ${servers} among ${this._nodes.length} nodes: give one node role: 'server'`,
    ];
  }
}

const perStack = new WeakMap<TerraformStack, Map<string, TerraformProvider>>();

/** The provider of a stack by this name, made at first use. */
function shared(scope: Construct, name: string, make: (stack: TerraformStack) => TerraformProvider): TerraformProvider {
  const stack = TerraformStack.of(scope);
  const known = perStack.get(stack) ?? new Map<string, TerraformProvider>();
  perStack.set(stack, known);
  const provider = known.get(name) ?? make(stack);
  known.set(name, provider);
  return provider;
}

function dnsName(scope: Construct, id: string): string {
  const result = dnsLabel.safeParse(id);
  if (!result.success)
    throw new Error(
      `${scope.node.path}: the id ${JSON.stringify(id)} cannot serve as the cluster's name (${result.error.issues[0]?.message}): give the prop name`,
    );
  return id;
}
