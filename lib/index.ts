export type { AuditPolicy, AuditProps } from './cluster/audit';
export { Cluster, type ClusterProps } from './cluster/cluster';
export { DockerNode, type DockerNodeProps } from './cluster/docker-node';
export type { EtcdProps } from './cluster/etcd';
export { ClusterNode, type NodeProps, type Taint } from './cluster/node';
export { NodePool, type NodePoolProps } from './cluster/node-pool';
export { SshNode, type SshNodeProps } from './cluster/ssh-node';
export type { DockerProviderSource } from './provider/docker-source';
export {
  OrlopImage,
  type OrlopImageConfig,
  OrlopNode,
  type OrlopNodeConfig,
  OrlopObject,
  type OrlopObjectConfig,
  OrlopSshKey,
  type OrlopSshKeyConfig,
} from './provider/l1';
export { OrlopProvider } from './provider/resource';
export { ConfigMap, type ConfigMapProps } from './workload/config-map';
export { type ContainerProps, Deployment, type DeploymentProps } from './workload/deployment';
export { Image, type ImageProps } from './workload/image';
export { Manifest, type ManifestProps } from './workload/manifest';
export { Namespace, type NamespaceProps } from './workload/namespace';
export { Secret, type SecretProps, secretInput } from './workload/secret';
export { Service, type ServicePortProps, type ServiceProps } from './workload/service';
