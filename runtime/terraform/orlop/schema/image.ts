import { z } from 'zod';
import { resourceSchema } from '../../protocol/resource';
import { SshTargetSchema } from './ssh';

/** An image of the operator's Docker Engine, carried to nodes without a registry. */
export const imageSchema = resourceSchema({
  name: 'orlop_image',
  description: 'An image of the operator’s Docker Engine, carried to nodes over SSH: missing layers only.',
  attributes: z.strictObject({
    name: z.string().meta({ description: 'Name under which pods refer to the image.' }),
    image_id: z.string().meta({ description: 'Id of the image: `sha256:…`, a name behind it is ignored.' }),
    nodes: z.record(z.string(), SshTargetSchema).meta({ description: 'The nodes that get it, by name.' }),
  }),
});
