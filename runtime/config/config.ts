import { z } from 'zod';
import { PolicySchema } from './audit-policy';

/** Where everything of ours lives on a host. Removing the folder and the services removes us. */
export const hostRoot = '/var/lib/orlop';

/** Paths on a host, all under its root. */
export function hostPaths(root = hostRoot) {
  return {
    root,
    runtime: `${root}/runtime`,
    /** Symlink to the folder of the running version. */
    current: `${root}/runtime/current`,
    config: `${root}/config`,
    serverConfig: `${root}/config/server.json`,
    agentConfig: `${root}/config/agent.json`,
    /** Present until the agent has its own certificate. Mode 0600. */
    joinToken: `${root}/config/join-token`,
    server: `${root}/server`,
    /** Client certificate of the administrator. Mode 0600; it never leaves the host but over SSH. */
    adminKubeconfig: `${root}/server/admin.kubeconfig`,
    agent: `${root}/agent`,
    services: `${root}/services`,
    logs: `${root}/logs`,
  };
}

const taint = z.strictObject({
  key: z.string(),
  value: z.string().optional(),
  effect: z.enum(['NoSchedule', 'PreferNoSchedule', 'NoExecute']),
});

/** Bounds of the audit log: the size of a file, and how many of those put aside are kept, and for how long. */
export const auditBounds = {
  maxSizeMiB: z.int().min(1).max(1024),
  maxBackups: z.int().min(0).max(1000),
  maxAgeDays: z.int().min(1).max(3650),
};

/** Who asked the API for what, and what became of it: one JSON line (audit.k8s.io/v1 Event) a request. */
const audit = z
  .strictObject({
    enabled: z.boolean().default(true),
    /** @default - metadata of every request but the cluster's own noise */
    policy: PolicySchema.optional(),
    /** The same as a YAML file. */
    policyFile: z.string().optional(),
    /** @default - audit/audit.log in the server's data folder */
    logFile: z.string().optional(),
    maxSizeMiB: auditBounds.maxSizeMiB.default(32),
    maxBackups: auditBounds.maxBackups.default(8),
    maxAgeDays: auditBounds.maxAgeDays.default(30),
  })
  .refine(({ policy, policyFile }) => policy === undefined || policyFile === undefined, {
    path: ['policyFile'],
    message: 'stands beside policy: give one of the two',
  });

/** Where the server keeps its objects, when not in the store that it brings along. */
export const StoreConfigSchema = z.strictObject({
  etcd: z.strictObject({
    /** URLs of etcd's members. */
    endpoints: z.array(z.url({ protocol: /^https?$/ })).min(1),
    /** What the cluster's keys begin with; another cluster in the same etcd has another. */
    prefix: z
      .string()
      .regex(/^\/[\w./-]*\w$/, 'must begin with a slash, and be of letters, digits, and . _ - / between them')
      .default('/orlop'),
    /** PEM files on the server's host, which the server reads when it starts. */
    caFile: z.string().optional(),
    certFile: z.string().optional(),
    keyFile: z.string().optional(),
  }),
});
export type StoreConfig = z.output<typeof StoreConfigSchema>;

/** `orlop server --config FILE`. */
export const ServerConfigSchema = z.strictObject({
  listenAddress: z.string().default('0.0.0.0'),
  listenPort: z.int().min(1).max(65535).default(6443),
  /** Names and addresses that the serving certificate carries beside the host's own. */
  tlsSans: z.array(z.string()).default([]),
  podCidr: z.string().default('10.42.0.0/16'),
  serviceCidr: z.string().default('10.43.0.0/16'),
  clusterDomain: z.string().default('cluster.local'),
  nodePortRange: z.tuple([z.int(), z.int()]).default([30000, 32767]),
  dataDir: z.string().default(`${hostRoot}/server`),
  /** @default - the embedded store, in the data folder */
  store: StoreConfigSchema.optional(),
  /** URL in the administrator's kubeconfig. */
  advertiseUrl: z.string().default('https://127.0.0.1:6443'),
  logLevel: z.enum(['debug', 'info', 'warn', 'error']).default('info'),
  audit: audit.prefault({}),
  /** Admission plug-ins by Kubernetes' names, beside those that are on by default, and without. */
  admissionPlugins: z
    .strictObject({ enable: z.array(z.string()).default([]), disable: z.array(z.string()).default([]) })
    .prefault({}),
});
export type ServerConfig = z.output<typeof ServerConfigSchema>;

/** `orlop agent --config FILE`. */
export const AgentConfigSchema = z.strictObject({
  nodeName: z.string(),
  serverUrl: z.string(),
  /** Node address that other nodes reach; found from the route to the server when left out. */
  nodeIp: z.string().optional(),
  labels: z.record(z.string(), z.string()).default({}),
  taints: z.array(taint).default([]),
  dataDir: z.string().default(`${hostRoot}/agent`),
  joinTokenFile: z.string().default(`${hostRoot}/config/join-token`),
  apiPort: z.int().min(1).max(65535).default(10250),
  dockerSocket: z.string().default('/var/run/docker.sock'),
  clusterDomain: z.string().default('cluster.local'),
  clusterDns: z.string().default('10.43.0.10'),
  maxPods: z.int().positive().default(110),
  logLevel: z.enum(['debug', 'info', 'warn', 'error']).default('info'),
});
export type AgentConfig = z.output<typeof AgentConfigSchema>;
