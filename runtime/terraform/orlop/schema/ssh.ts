import { z } from 'zod';
import type {} from '../../protocol/meta';

/** How a host is reached by SSH. The private key is a file on the operator's machine: its content is in no state and no plan. */
export const SshTargetSchema = z.strictObject({
  host: z.string().meta({ description: 'Name or address of the host, as the operator’s machine reaches it.' }),
  port: z.number().int().min(1).max(65535).default(22).meta({ description: 'SSH port.' }),
  user: z
    .string()
    .default('root')
    .meta({ description: 'User to log in as: root, or one who may use sudo without a password.' }),
  private_key_file: z.string().meta({ description: 'File with the private key, on the operator’s machine.' }),
  host_key: z
    .string()
    .optional()
    .meta({ description: 'The key that the host must show, as `SHA256:…` or as a line of known_hosts.' }),
});
