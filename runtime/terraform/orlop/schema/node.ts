import { z } from 'zod';
import { resourceSchema } from '../../protocol/resource';
import { SshTargetSchema } from './ssh';

const TaintSchema = z.strictObject({
  key: z.string(),
  value: z.string().optional(),
  effect: z.enum(['NoSchedule', 'PreferNoSchedule', 'NoExecute']),
});

const EtcdSchema = z.strictObject({
  endpoints: z.array(z.string()).min(1).meta({ description: 'URLs of etcd’s members.' }),
  prefix: z.string().optional().meta({ description: 'What the cluster’s keys begin with; `/orlop` when left out.' }),
  ca_file: z.string().optional().meta({ description: 'PEM file on the host: the CA of etcd’s certificates.' }),
  cert_file: z.string().optional().meta({ description: 'PEM file on the host: the certificate shown to etcd.' }),
  key_file: z.string().optional().meta({ description: 'PEM file on the host: its private key.' }),
});

const AuditSchema = z.strictObject({
  enabled: z
    .boolean()
    .optional()
    .meta({ description: 'Whether a record is kept of every request; true when left out.' }),
  policy: z.unknown().optional().meta({
    description:
      'A Policy of audit.k8s.io/v1: which requests are recorded, and how much of them. When left out, metadata of every request but the cluster’s own noise.',
  }),
  max_size_mib: z
    .number()
    .int()
    .optional()
    .meta({ description: 'MiB after which a new file is begun; 32 when left out.' }),
  max_backups: z.number().int().optional().meta({ description: 'Files kept beside the present one; 8 when left out.' }),
  max_age_days: z.number().int().optional().meta({ description: 'Days for which they are kept; 30 when left out.' }),
});

/** A host that answers SSH, made a node of a cluster. */
export const nodeSchema = resourceSchema({
  name: 'orlop_node',
  description: 'A host that answers SSH, with the orlop runtime installed and joined to a cluster.',
  attributes: z.strictObject({
    name: z.string().meta({ forceNew: true, description: 'Name of the node in the cluster.' }),
    role: z.enum(['server', 'agent']).meta({ forceNew: true, description: '`server` runs the control plane too.' }),
    // Only the host key differs: a node's is recorded at first contact.
    ...SshTargetSchema.omit({ host_key: true }).shape,
    host_key: z.string().optional().meta({
      computed: true,
      description: 'The key that the host must show, as `SHA256:…`; recorded at first contact when left out.',
    }),
    start_timeout: z.number().int().min(0).max(3600).default(5).meta({
      description: 'Seconds for which a host that does not answer SSH yet, since it is still starting, is tried again.',
    }),
    labels: z.record(z.string(), z.string()).optional().meta({ description: 'Labels of the node.' }),
    taints: z.array(TaintSchema).optional().meta({ description: 'Taints of the node.' }),
    data_volumes: z.array(z.string()).optional().meta({
      description: 'Ids of what the host keeps its data on. Where one is made anew, so is the node.',
    }),
    node_ip: z
      .string()
      .optional()
      .meta({ description: 'Address that other nodes reach; found on the host when left out.' }),

    tls_sans: z
      .array(z.string())
      .optional()
      .meta({ description: 'Server: names and addresses that its certificate carries.' }),
    api_port: z
      .number()
      .int()
      .min(1)
      .max(65535)
      .default(6443)
      .meta({ description: 'Server: port of the API on the host.' }),
    advertise_url: z
      .string()
      .optional()
      .meta({ description: 'Server: URL of the API in the administrator’s kubeconfig.' }),
    pod_cidr: z.string().optional().meta({ description: 'Server: addresses of pods.' }),
    service_cidr: z.string().optional().meta({ description: 'Server: addresses of Services.' }),
    etcd: EtcdSchema.optional().meta({
      description:
        'Server: the etcd that keeps the cluster’s objects; its embedded store when left out. Not changed in place.',
    }),
    audit: AuditSchema.optional().meta({ description: 'Server: the record of who asked the API for what.' }),

    server: SshTargetSchema.optional().meta({ description: 'Agent: the server’s SSH, to get a join token from.' }),
    server_url: z.string().optional().meta({ description: 'Agent: URL of the API as the host reaches it.' }),

    runtime_version: z
      .string()
      .optional()
      .meta({ computed: true, description: 'Content hash of the runtime on the host.' }),
    cluster_id: z.string().optional().meta({
      computed: true,
      description: 'Server: SHA-256 of the cluster’s CA. A server whose data was lost begins a new cluster.',
    }),
    ready: z
      .boolean()
      .optional()
      .meta({ computed: true, description: 'Whether the node was Ready when last looked at.' }),
  }),
});
