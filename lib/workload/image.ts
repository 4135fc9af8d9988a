import { resolve } from 'node:path';
import { Image as DockerImage } from '@cdktf/provider-docker/lib/image';
import { AssetType, Lazy, TerraformAsset } from 'cdktf';
import { Construct } from 'constructs';
import { z } from 'zod';
import { Cluster } from '../cluster/cluster';
import { OrlopImage } from '../provider/l1';
import { checkProps } from '../support/props';

const ImagePropsSchema = z.strictObject({
  context: z.string().min(1),
  dockerfile: z.string().min(1).optional(),
  buildArgs: z.record(z.string(), z.string()).optional(),
  repository: z
    .string()
    .regex(
      /^[a-z0-9]+([._/-][a-z0-9]+)*$/,
      'must be a repository name: lower-case letters and digits, with ".", "_", "-" and "/" between',
    )
    .optional(),
  onServer: z.boolean().optional(),
});

export interface ImageProps {
  /** Folder with the Dockerfile and what it copies, relative to the project's folder. */
  readonly context: string;
  /** @default Dockerfile */
  readonly dockerfile?: string;
  /** @default - none */
  readonly buildArgs?: Record<string, string>;
  /** Name of the image without a tag. @default - the construct's id */
  readonly repository?: string;
  /** Carry it to the server too, for pods that tolerate the server's taint. @default - only where the server takes ordinary pods */
  readonly onServer?: boolean;
}

/**
 * An image built by this machine's Docker Engine and carried over SSH, with no registry, to the cluster's
 * nodes that take ordinary pods.
 * Its tag is made from its content, so changed sources roll out by themselves.
 */
export class Image extends Construct {
  /** `repository:tag`, for a container's `image`. */
  readonly imageName: string;
  readonly resource: OrlopImage;

  constructor(scope: Construct, id: string, props: ImageProps) {
    const checked = checkProps(scope, id, ImagePropsSchema, props);
    super(scope, id);
    const cluster = Cluster.of(this);
    const context = new TerraformAsset(this, 'context', { path: resolve(checked.context), type: AssetType.DIRECTORY });
    this.imageName = `${checked.repository ?? id.toLowerCase()}:${context.assetHash.slice(0, 12).toLowerCase()}`;
    const built = new DockerImage(this, 'build', {
      provider: cluster.dockerProvider,
      name: this.imageName,
      buildAttribute: { context: context.path, dockerfile: checked.dockerfile, buildArgs: checked.buildArgs },
      keepLocally: true,
    });
    const nodes = Lazy.anyValue({
      produce: () => {
        const carriers = cluster.nodes.filter((node) => checked.onServer || node.takesOrdinaryPods);
        return Object.fromEntries(carriers.map((node) => [node.nodeName, node.sshTarget]));
      },
    });
    this.resource = new OrlopImage(
      this,
      'Resource',
      { name: this.imageName, image_id: built.imageId, nodes },
      { provider: cluster.nodeProvider },
    );
    cluster.addObject(this.resource);
  }
}
