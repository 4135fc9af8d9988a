import { createHash } from 'node:crypto';
import { Container } from '@cdktf/provider-docker/lib/container';
import { Image as DockerImage } from '@cdktf/provider-docker/lib/image';
import { Network } from '@cdktf/provider-docker/lib/network';
import { Volume } from '@cdktf/provider-docker/lib/volume';
import { Lazy, TerraformStack } from 'cdktf';
import type { Construct } from 'constructs';
import { z } from 'zod';
import { nodeContainer } from '../../runtime/node-image/capabilities';
import { checkProps, port } from '../support/props';
import { Cluster } from './cluster';
import { ClusterNode, type NodeProps, nodePropsShape } from './node';
import { nodeImageContext } from './node-image';

const DockerNodePropsSchema = z.strictObject({
  ...nodePropsShape,
  sshPort: port.optional(),
  image: z.string().min(1).optional(),
  memory: z.int().min(256).optional(),
});

export interface DockerNodeProps extends NodeProps {
  /** Port on 127.0.0.1 that leads to the node's SSH. @default - one between 20000 and 29999, made from the stack's and the node's names */
  readonly sshPort?: number;
  /** Image of the node. @default - built from orlop's own Dockerfile */
  readonly image?: string;
  /** Memory limit of the node, in MiB. @default - none */
  readonly memory?: number;
}

/** A node that is a container: a host with its own Docker Engine and SSH server, its state in volumes that outlive it. */
export class DockerNode extends ClusterNode {
  readonly container: Container;

  constructor(scope: Construct, id: string, props: DockerNodeProps = {}) {
    const checked = checkProps(scope, id, DockerNodePropsSchema, props);
    super(scope, id, props);
    const cluster = Cluster.of(this);
    const provider = cluster.dockerProvider;
    const name = `${cluster.name}-${this.nodeName}`;
    const sshPort = checked.sshPort ?? derivedPort(TerraformStack.of(this).node.id, name);
    const key = cluster.sshKey;
    const labels = [{ label: 'dev.orlop.cluster', value: cluster.name }];

    const volumes = nodeContainer.volumes.map((path) => {
      const volume = `${name}${path.replace('/var/lib', '').replaceAll('/', '-')}`;
      return {
        path,
        volume: new Volume(this, `volume${path.replaceAll('/', '-')}`, { provider, name: volume, labels }),
      };
    });
    this.container = new Container(this, 'container', {
      provider,
      name,
      hostname: this.nodeName,
      image: checked.image ?? nodeImage(cluster).imageId,
      restart: 'unless-stopped',
      memory: checked.memory,
      // The Engine's own default, said aloud: kreuzwerker/docker reads it back, and would plan its removal.
      memorySwap: checked.memory === undefined ? undefined : 2 * checked.memory,
      capabilities: { add: [...nodeContainer.capabilities] },
      securityOpts: [...nodeContainer.securityOptions],
      cgroupnsMode: nodeContainer.cgroupNamespace,
      tmpfs: { ...nodeContainer.tmpfs },
      destroyGraceSeconds: 10,
      labels,
      networksAdvanced: [{ name: network(cluster).name, aliases: [name] }],
      volumes: volumes.map(({ path, volume }) => ({ volumeName: volume.name, containerPath: path })),
      ports: Lazy.anyValue({
        produce: () => [
          publishedPort(nodeContainer.sshPort, sshPort),
          ...(this.role === 'server' ? [publishedPort(cluster.apiPort, cluster.apiPort)] : []),
          ...(gateway(cluster) === this
            ? cluster.published.map(({ hostPort, nodePort, protocol }) => publishedPort(nodePort, hostPort, protocol))
            : []),
        ],
      }) as never,
      upload: [{ file: nodeContainer.authorizedKeys, content: `${key.publicKey}\n` }],
    });

    this.join({
      address: { host: '127.0.0.1', port: sshPort, user: 'root', privateKeyFile: key.file, startTimeoutSeconds: 30 },
      advertiseUrl: `https://127.0.0.1:${cluster.apiPort}`,
      internalUrl: `https://${name}:${cluster.apiPort}`,
      tlsSans: [name, '127.0.0.1', 'localhost'],
      apiPort: cluster.apiPort,
      // What is installed lives in the volumes: with a new volume the node starts anew.
      dataVolumes: volumes.map(({ volume }) => volume.id),
      dependsOn: [this.container, ...(key.resource ? [key.resource] : [])],
    });
  }
}

/** Published ports lead through the first agent, so that the server may restart without a request being lost. */
function gateway(cluster: Cluster): DockerNode | undefined {
  const candidates = cluster.nodes.filter((node): node is DockerNode => node instanceof DockerNode);
  return candidates.find((node) => node.role === 'agent') ?? candidates[0];
}

function publishedPort(internal: number, external: number, protocol = 'tcp') {
  return { ip: '127.0.0.1', internal, external, protocol };
}

/** The same port for the same node on every machine, and unlikely to be another's. */
function derivedPort(stack: string, name: string): number {
  return 20000 + (createHash('sha256').update(`${stack}/${name}`).digest().readUInt32BE(0) % 10000);
}

function network(cluster: Cluster): Network {
  const known = cluster.node.tryFindChild('network');
  if (known) return known as Network;
  return new Network(cluster, 'network', {
    provider: cluster.dockerProvider,
    name: cluster.name,
    labels: [{ label: 'dev.orlop.cluster', value: cluster.name }],
  });
}

/** The node image, built once a cluster; its name is made from its content, so a changed Dockerfile is a new image. */
function nodeImage(cluster: Cluster): DockerImage {
  const known = cluster.node.tryFindChild('node-image');
  if (known) return known as DockerImage;
  const context = nodeImageContext(cluster);
  return new DockerImage(cluster, 'node-image', {
    provider: cluster.dockerProvider,
    name: `orlop-node:${context.assetHash.slice(0, 12).toLowerCase()}`,
    buildAttribute: { context: context.path },
    keepLocally: true,
  });
}
