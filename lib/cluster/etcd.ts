import { z } from 'zod';

const hostFile = z.string().startsWith('/', 'must be an absolute path on the server’s host');
export const EtcdPropsSchema = z
  .strictObject({
    endpoints: z.array(z.url({ protocol: /^https?$/, error: 'must be a URL like https://10.0.0.1:2379' })).min(1),
    prefix: z.string().startsWith('/').optional(),
    caFile: hostFile.optional(),
    certFile: hostFile.optional(),
    keyFile: hostFile.optional(),
  })
  .refine(({ certFile, keyFile }) => (certFile === undefined) === (keyFile === undefined), {
    error: 'needs both certFile and keyFile, or neither',
  });

/** An etcd that is there already. Certificates are files on the server's host: none of their content passes Terraform. */
export interface EtcdProps {
  /** URLs of its members: `https://10.0.0.1:2379`. */
  readonly endpoints: string[];
  /** What the cluster's keys begin with; another cluster in the same etcd needs another. @default /orlop */
  readonly prefix?: string;
  /** PEM file: the CA of the members' certificates. @default - those that Node.js trusts */
  readonly caFile?: string;
  /** PEM file: the certificate that the server shows. @default - none */
  readonly certFile?: string;
  /** PEM file: its private key. @default - none */
  readonly keyFile?: string;
}

/** As `orlop_node` takes it. */
export function etcdAttribute({ endpoints, prefix, caFile, certFile, keyFile }: z.output<typeof EtcdPropsSchema>) {
  return { endpoints, prefix, ca_file: caFile, cert_file: certFile, key_file: keyFile };
}
