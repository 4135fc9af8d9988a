/** Names that Kubernetes and orlop give a meaning to, each once. */

export const labels = {
  hostname: 'kubernetes.io/hostname',
  os: 'kubernetes.io/os',
  arch: 'kubernetes.io/arch',
  instanceType: 'node.kubernetes.io/instance-type',
  region: 'topology.kubernetes.io/region',
  zone: 'topology.kubernetes.io/zone',
  namespaceName: 'kubernetes.io/metadata.name',
  /** Prefix; what follows is the role that `kubectl get nodes` shows. */
  nodeRolePrefix: 'node-role.kubernetes.io/',
  controlPlane: 'node-role.kubernetes.io/control-plane',
  nodeRole: 'kubernetes.io/role',
  excludeFromExternalLoadBalancers: 'node.kubernetes.io/exclude-from-external-load-balancers',
  podTemplateHash: 'pod-template-hash',
  serviceName: 'kubernetes.io/service-name',
  endpointSliceManagedBy: 'endpointslice.kubernetes.io/managed-by',
  /** On Endpoints that are not to be copied into an EndpointSlice. */
  skipMirror: 'endpointslice.kubernetes.io/skip-mirror',
  endpointsManagedBy: 'endpoints.kubernetes.io/managed-by',
  headlessService: 'service.kubernetes.io/headless',
  serviceProxyName: 'service.kubernetes.io/service-proxy-name',
} as const;

/** On the pods of a Job, each under its present and its old name. */
export const jobLabels = {
  controllerUid: 'batch.kubernetes.io/controller-uid',
  jobName: 'batch.kubernetes.io/job-name',
  legacyControllerUid: 'controller-uid',
  legacyJobName: 'job-name',
} as const;

export const annotations = {
  /** On Deployments and their ReplicaSets: the number of the rollout. */
  deploymentRevision: 'deployment.kubernetes.io/revision',
  /** On ReplicaSets: earlier numbers of the same template, comma-separated. */
  deploymentRevisionHistory: 'deployment.kubernetes.io/revision-history',
  deploymentDesiredReplicas: 'deployment.kubernetes.io/desired-replicas',
  deploymentMaxReplicas: 'deployment.kubernetes.io/max-replicas',
  changeCause: 'kubernetes.io/change-cause',
  lastApplied: 'kubectl.kubernetes.io/last-applied-configuration',
  restartedAt: 'kubectl.kubernetes.io/restartedAt',
  defaultContainer: 'kubectl.kubernetes.io/default-container',
  /** On DaemonSets: the number of their pod template. */
  daemonSetTemplateGeneration: 'deprecated.daemonset.template.generation',
  /** On pods that an agent made by itself. */
  mirrorPod: 'kubernetes.io/config.mirror',
  podDeletionCost: 'controller.kubernetes.io/pod-deletion-cost',
  /** On Endpoints that do not hold all addresses. */
  overCapacity: 'endpoints.kubernetes.io/over-capacity',
  /** When the pods of a Service changed last, on its Endpoints. */
  lastChange: 'endpoints.kubernetes.io/last-change-trigger-time',
  /** On what old clients elect their leaders with. */
  leader: 'control-plane.alpha.kubernetes.io/leader',
  /** On pods: which requests and limits LimitRanger set. */
  limitRanger: 'kubernetes.io/limit-ranger',
  serviceAccountName: 'kubernetes.io/service-account.name',
  serviceAccountUid: 'kubernetes.io/service-account.uid',
  /** On a StorageClass: claims that name no class get this one. */
  defaultStorageClass: 'storageclass.kubernetes.io/is-default-class',
  betaDefaultStorageClass: 'storageclass.beta.kubernetes.io/is-default-class',
  /** On an IngressClass: Ingresses that name no class get this one. */
  defaultIngressClass: 'ingressclass.kubernetes.io/is-default-class',
  /** On FlowSchemas and PriorityLevelConfigurations: whether the server keeps the spec as it suggests it. */
  flowControlAutoUpdate: 'apf.kubernetes.io/autoupdate-spec',
  /** On an agent's Lease: the highest EndpointSlice resourceVersion its proxy has programmed. */
  endpointsRevision: 'orlop.dev/endpoints-revision',
  /** On a bootstrap token: the one node that may join with it. */
  nodeName: 'orlop.dev/node-name',
} as const;

export const taints = {
  notReady: 'node.kubernetes.io/not-ready',
  unreachable: 'node.kubernetes.io/unreachable',
  unschedulable: 'node.kubernetes.io/unschedulable',
  memoryPressure: 'node.kubernetes.io/memory-pressure',
  diskPressure: 'node.kubernetes.io/disk-pressure',
  pidPressure: 'node.kubernetes.io/pid-pressure',
  networkUnavailable: 'node.kubernetes.io/network-unavailable',
  outOfService: 'node.kubernetes.io/out-of-service',
  controlPlane: 'node-role.kubernetes.io/control-plane',
} as const;

export const podConditions = {
  scheduled: 'PodScheduled',
  initialized: 'Initialized',
  containersReady: 'ContainersReady',
  ready: 'Ready',
  readyToStartContainers: 'PodReadyToStartContainers',
  disruptionTarget: 'DisruptionTarget',
  /** Every node's proxy has taken the terminating pod out of its Services; the agent may send SIGTERM. */
  endpointsDrained: 'orlop.dev/EndpointsDrained',
} as const;

export const namespaceNames = {
  default: 'default',
  system: 'kube-system',
  public: 'kube-public',
  nodeLease: 'kube-node-lease',
} as const;

/** What every namespace gets: the account of pods that name none, and the ConfigMap with the cluster's CA. */
export const namespaceDefaults = { serviceAccount: 'default', rootCa: 'kube-root-ca.crt' } as const;

export const finalizers = {
  kubernetes: 'kubernetes',
  foregroundDeletion: 'foregroundDeletion',
  pvProtection: 'kubernetes.io/pv-protection',
  pvcProtection: 'kubernetes.io/pvc-protection',
  orphan: 'orphan',
} as const;

/** The priority classes that every cluster has; their names may be used without the object. */
export const systemPriorityClasses: Readonly<Record<string, number>> = {
  'system-cluster-critical': 2000000000,
  'system-node-critical': 2000001000,
};

/** Priorities above this are the system's own. */
export const highestUserPriority = 1_000_000_000;

export const defaultSchedulerName = 'default-scheduler';

export const secretTypes = {
  opaque: 'Opaque',
  serviceAccountToken: 'kubernetes.io/service-account-token',
  dockercfg: 'kubernetes.io/dockercfg',
  dockerConfigJson: 'kubernetes.io/dockerconfigjson',
  basicAuth: 'kubernetes.io/basic-auth',
  sshAuth: 'kubernetes.io/ssh-auth',
  tls: 'kubernetes.io/tls',
  bootstrapToken: 'bootstrap.kubernetes.io/token',
} as const;
