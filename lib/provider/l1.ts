import type { IResolvable } from 'cdktf';
import type { Construct } from 'constructs';
import type { z } from 'zod';
import type { imageSchema } from '../../runtime/terraform/orlop/schema/image';
import type { nodeSchema } from '../../runtime/terraform/orlop/schema/node';
import type { objectSchema } from '../../runtime/terraform/orlop/schema/object';
import type { sshKeySchema } from '../../runtime/terraform/orlop/schema/ssh-key';
import { OrlopResource, type ResourceOptions } from './resource';

/** A resource's attributes as its zod schema has them; each may also be a value that cdktf resolves. */
type Attributes<S extends { attributes: z.ZodObject }> = {
  [K in keyof z.input<S['attributes']>]: z.input<S['attributes']>[K] | IResolvable;
};

export type OrlopNodeConfig = Attributes<typeof nodeSchema>;
export type OrlopObjectConfig = Attributes<typeof objectSchema>;
export type OrlopImageConfig = Attributes<typeof imageSchema>;
export type OrlopSshKeyConfig = Attributes<typeof sshKeySchema>;

/** `orlop_node`: a host made a node of a cluster. */
export class OrlopNode extends OrlopResource {
  static readonly tfResourceType = 'orlop_node';

  constructor(scope: Construct, id: string, config: OrlopNodeConfig, options: ResourceOptions = {}) {
    super(scope, id, OrlopNode.tfResourceType, config, options);
  }
}

/** `orlop_object`: an object of the Kubernetes API, kept by server-side apply. */
export class OrlopObject extends OrlopResource {
  static readonly tfResourceType = 'orlop_object';

  constructor(scope: Construct, id: string, config: OrlopObjectConfig, options: ResourceOptions = {}) {
    super(scope, id, OrlopObject.tfResourceType, config, options);
  }
}

/** `orlop_image`: an image carried to nodes without a registry. */
export class OrlopImage extends OrlopResource {
  static readonly tfResourceType = 'orlop_image';

  constructor(scope: Construct, id: string, config: OrlopImageConfig, options: ResourceOptions = {}) {
    super(scope, id, OrlopImage.tfResourceType, config, options);
  }
}

/** `orlop_ssh_key`: a key pair whose private half is a file on the operator's machine. */
export class OrlopSshKey extends OrlopResource {
  static readonly tfResourceType = 'orlop_ssh_key';

  constructor(scope: Construct, id: string, config: OrlopSshKeyConfig, options: ResourceOptions = {}) {
    super(scope, id, OrlopSshKey.tfResourceType, config, options);
  }
}
