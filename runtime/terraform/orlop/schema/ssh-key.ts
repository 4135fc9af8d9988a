import { z } from 'zod';
import { resourceSchema } from '../../protocol/resource';

/** A key pair whose private half is a file on the operator's machine. */
export const sshKeySchema = resourceSchema({
  name: 'orlop_ssh_key',
  description: 'An ed25519 key pair. The private key is a file (mode 0600) on the operator’s machine and in no state.',
  attributes: z.strictObject({
    path: z.string().meta({ forceNew: true, description: 'File of the private key; made when absent.' }),
    public_key: z.string().optional().meta({ computed: true, description: 'The public key, as in authorized_keys.' }),
  }),
});
