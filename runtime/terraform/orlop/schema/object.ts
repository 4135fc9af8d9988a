import { z } from 'zod';
import { resourceSchema } from '../../protocol/resource';

/** An object of the Kubernetes API, applied server-side. */
export const objectSchema = resourceSchema({
  name: 'orlop_object',
  description: 'An object of the Kubernetes API, kept by server-side apply.',
  attributes: z.strictObject({
    manifest: z
      .unknown()
      .meta({ description: 'The object: apiVersion, kind, metadata and the rest, as in a YAML manifest.' }),
    data_wo: z.record(z.string(), z.string()).optional().meta({
      writeOnly: true,
      description: 'Values for a Secret’s data (plain, not base64), kept in no plan and no state.',
    }),
    data_wo_version: z.number().int().optional().meta({ description: 'Count up to send `data_wo` again.' }),
    cluster_id: z.string().optional().meta({
      description:
        'Identity of the cluster, such as a server’s `cluster_id`: in another one the object is applied anew.',
    }),
    force_conflicts: z.boolean().default(false).meta({ description: 'Take over fields that another manager owns.' }),
    wait: z.boolean().default(true).meta({ description: 'Wait until the object has rolled out.' }),
    timeout_seconds: z.number().int().positive().default(300).meta({ description: 'How long to wait, in seconds.' }),
    object: z
      .unknown()
      .optional()
      .meta({ computed: true, description: 'The object with every default filled in, as the API server admits it.' }),
    applied: z.string().optional().meta({ computed: true, description: 'Hash of what was last applied with success.' }),
    uid: z.string().optional().meta({ computed: true, description: 'UID of the object.' }),
  }),
});
