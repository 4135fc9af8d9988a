import { z } from 'zod';
import { resourceSchema } from '../../protocol/resource';

/** The configuration of kreuzwerker/docker's provider, so that a stack's provider block serves either. */
export const dockerProviderSchema = resourceSchema({
  name: 'docker',
  attributes: z.strictObject({
    host: z.string().optional().meta({
      description:
        "The Engine's address, unix:// or tcp://. Defaults to DOCKER_HOST, then to unix:///var/run/docker.sock.",
    }),
    context: z.string().optional(),
    ssh_opts: z.array(z.string()).optional(),
    ca_material: z.string().optional(),
    cert_material: z.string().optional(),
    key_material: z.string().optional(),
    cert_path: z.string().optional(),
    disable_docker_daemon_check: z.boolean().optional(),
    registry_auth: z
      .array(
        z.strictObject({
          address: z.string(),
          username: z.string().optional(),
          password: z.string().optional().meta({ sensitive: true }),
          config_file: z.string().optional(),
          config_file_content: z.string().optional(),
          auth_disabled: z.boolean().optional(),
        }),
      )
      .optional()
      .meta({ block: 'set' }),
  }),
});
