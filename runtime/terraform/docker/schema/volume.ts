import { z } from 'zod';
import { resourceSchema } from '../../protocol/resource';
import { chosen, fixed, labels, stringMap } from './common';

export const volumeSchema = resourceSchema({
  name: 'docker_volume',
  version: 1,
  description: 'A volume of the Docker Engine.',
  attributes: z.strictObject({
    id: z.string().optional().meta({ computed: true }),
    name: z
      .string()
      .optional()
      .meta({ ...chosen, description: 'Defaults to one that the Engine makes up.' }),
    driver: z
      .string()
      .optional()
      .meta({ ...chosen, description: 'Defaults to local.' }),
    driver_opts: stringMap.optional().meta(fixed),
    mountpoint: z.string().meta({ computed: true, description: "Where the volume's files are on the Engine's host." }),
    labels,
  }),
});
