import type { z } from 'zod';
import type { AgentConfigSchema, ServerConfigSchema } from '../../../config/config';
import { auditConfigOf } from './audit';
import { ownLabels, wantedLabels } from './node-labels';
import type { NodeState } from './node-state';

export type ServerConfigInput = z.input<typeof ServerConfigSchema>;
export type AgentConfigInput = z.input<typeof AgentConfigSchema>;

/** What the agents of a cluster must know of its server's configuration. */
export interface ClusterSettings {
  /** Addresses of Services, where not the usual ones; DNS has the tenth. */
  serviceCidr?: string;
  clusterDns?: string;
  clusterDomain?: string;
}

/** The configuration of the control plane on this node; undefined for an agent. Only what is set, the rest are defaults. */
export function serverConfigOf(node: NodeState): ServerConfigInput | undefined {
  if (node.role !== 'server') return undefined;
  return {
    ...(node.api_port === null ? {} : { listenPort: node.api_port }),
    tlsSans: [...new Set([...(node.tls_sans ?? []), '127.0.0.1', 'localhost'])],
    ...(node.pod_cidr ? { podCidr: node.pod_cidr } : {}),
    ...(node.service_cidr ? { serviceCidr: node.service_cidr } : {}),
    ...(node.advertise_url ? { advertiseUrl: node.advertise_url } : {}),
    ...(node.etcd ? { store: { etcd: etcdConfigOf(node.etcd) } } : {}),
    ...(node.audit ? { audit: auditConfigOf(node.audit) } : {}),
  };
}

function etcdConfigOf({ endpoints, prefix, ca_file, cert_file, key_file }: NonNullable<NodeState['etcd']>) {
  return {
    endpoints,
    ...(prefix ? { prefix } : {}),
    ...(ca_file ? { caFile: ca_file } : {}),
    ...(cert_file ? { certFile: cert_file } : {}),
    ...(key_file ? { keyFile: key_file } : {}),
  };
}

/** The configuration of the node's agent. A server's own agent reaches the API on the host itself. */
export function agentConfigOf(node: NodeState, cluster: ClusterSettings): AgentConfigInput {
  return {
    nodeName: node.name,
    serverUrl: node.role === 'server' ? `https://127.0.0.1:${node.api_port ?? 6443}` : (node.server_url ?? ''),
    ...(node.node_ip ? { nodeIp: node.node_ip } : {}),
    labels: ownLabels(wantedLabels(node)),
    taints: (node.taints ?? []).map(({ key, value, effect }) => ({
      key,
      effect,
      ...(value === null ? {} : { value }),
    })),
    ...(cluster.clusterDns ? { clusterDns: cluster.clusterDns } : {}),
    ...(cluster.serviceCidr ? { clusterDns: dnsAddress(cluster.serviceCidr) } : {}),
    ...(cluster.clusterDomain ? { clusterDomain: cluster.clusterDomain } : {}),
  };
}

/** The tenth address of the service range, where cluster DNS answers. */
export function dnsAddress(serviceCidr: string): string {
  const [base = ''] = serviceCidr.split('/');
  const number = base.split('.').reduce((sum, part) => sum * 256 + Number(part), 0) + 10;
  return [24, 16, 8, 0].map((shift) => Math.floor(number / 2 ** shift) % 256).join('.');
}
