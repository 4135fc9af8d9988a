import { z } from 'zod';
import { resourceSchema } from '../../protocol/resource';
import { chosen, fixed, labels, stringMap } from './common';

export const networkSchema = resourceSchema({
  name: 'docker_network',
  version: 1,
  description: 'A network of the Docker Engine.',
  attributes: z.strictObject({
    id: z.string().optional().meta({ computed: true }),
    name: z.string().min(1).meta(fixed),
    driver: z
      .string()
      .optional()
      .meta({ ...chosen, description: 'Defaults to bridge.' }),
    options: stringMap.optional().meta(chosen),
    internal: z
      .boolean()
      .optional()
      .meta({ ...chosen, description: 'Without a way out of the host.' }),
    attachable: z.boolean().optional().meta(fixed),
    ingress: z.boolean().optional().meta(fixed),
    ipv6: z.boolean().optional().meta(fixed),
    ipam_driver: z.string().default('default').meta(fixed),
    ipam_options: stringMap.optional().meta(fixed),
    check_duplicate: z
      .boolean()
      .optional()
      .meta({
        ...fixed,
        deprecationMessage: 'the Engine always refuses a second network of the same name.',
      }),
    scope: z.string().meta({ computed: true }),
    labels,
    ipam_config: z
      .array(
        z.strictObject({
          subnet: z.string().optional(),
          ip_range: z.string().optional(),
          gateway: z.string().optional(),
          aux_address: stringMap.optional(),
        }),
      )
      .optional()
      // What replaces is decided in the plan: the Engine fills in what is left out, and an import shows it all.
      .meta({ block: 'set' }),
  }),
});
