import { z } from 'zod';
import { resourceSchema } from '../../protocol/resource';
import { SshTargetSchema } from './ssh';

/** The provider's configuration. All of it may be unknown at plan: then it plans offline. */
export const providerSchema = resourceSchema({
  name: 'orlop',
  description: 'Nodes, objects and images of orlop clusters, and objects of any Kubernetes cluster.',
  attributes: z.strictObject({
    server: SshTargetSchema.optional().meta({
      description: 'The control-plane node through whose SSH the API is reached.',
    }),
    kubeconfig: z
      .string()
      .optional()
      .meta({ description: 'File with the kubeconfig of an existing cluster, instead of `server`.' }),
    context: z.string().optional().meta({ description: 'Context of the kubeconfig; its current one when left out.' }),
    runtime_dir: z.string().optional().meta({
      description: 'Folder of the built runtime that nodes get; found beside the provider when left out.',
    }),
  }),
});
