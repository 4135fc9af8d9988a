import type {
  ClusterRole,
  ClusterRoleBinding,
  CSIDriver,
  CSINode,
  CSIStorageCapacity,
  Ingress,
  IngressClass,
  IPAddress,
  NetworkPolicy,
  PriorityClass,
  Role,
  RoleBinding,
  RuntimeClass,
  ServiceCIDR,
  StorageClass,
  VolumeAttachment,
  VolumeAttributesClass,
} from '../../../runtime/kube/generated/types';

const networking = 'networking.k8s.io/v1';
const storage = 'storage.k8s.io/v1';
const rbac = 'rbac.authorization.k8s.io/v1';

/** The smallest valid object of each kind that configures networks, storage, scheduling and rights. */
export const minimalCluster = {
  networkPolicy: (): NetworkPolicy => ({
    apiVersion: networking,
    kind: 'NetworkPolicy',
    metadata: { name: 'deny', namespace: 'default' },
    spec: { podSelector: {} },
  }),
  ingress: (): Ingress => ({
    apiVersion: networking,
    kind: 'Ingress',
    metadata: { name: 'web', namespace: 'default' },
    spec: { defaultBackend: { service: { name: 'web', port: { number: 80 } } } },
  }),
  ingressClass: (): IngressClass => ({
    apiVersion: networking,
    kind: 'IngressClass',
    metadata: { name: 'nginx' },
    spec: { controller: 'example.com/nginx' },
  }),
  serviceCidr: (): ServiceCIDR => ({
    apiVersion: networking,
    kind: 'ServiceCIDR',
    metadata: { name: 'more' },
    spec: { cidrs: ['10.1.0.0/16'] },
  }),
  ipAddress: (): IPAddress => ({
    apiVersion: networking,
    kind: 'IPAddress',
    metadata: { name: '10.1.0.7' },
    spec: { parentRef: { resource: 'services', name: 'web', namespace: 'default' } },
  }),
  storageClass: (): StorageClass => ({
    apiVersion: storage,
    kind: 'StorageClass',
    metadata: { name: 'fast' },
    provisioner: 'example.com/fast',
  }),
  csiDriver: (): CSIDriver => ({
    apiVersion: storage,
    kind: 'CSIDriver',
    metadata: { name: 'fast.example.com' },
    spec: {},
  }),
  csiNode: (): CSINode => ({
    apiVersion: storage,
    kind: 'CSINode',
    metadata: { name: 'n1' },
    spec: { drivers: [{ name: 'fast.example.com', nodeID: 'n1' }] },
  }),
  csiStorageCapacity: (): CSIStorageCapacity => ({
    apiVersion: storage,
    kind: 'CSIStorageCapacity',
    metadata: { name: 'fast-n1', namespace: 'default' },
    storageClassName: 'fast',
  }),
  volumeAttachment: (): VolumeAttachment => ({
    apiVersion: storage,
    kind: 'VolumeAttachment',
    metadata: { name: 'pv1-n1' },
    spec: { attacher: 'fast.example.com', nodeName: 'n1', source: { persistentVolumeName: 'pv1' } },
  }),
  volumeAttributesClass: (): VolumeAttributesClass => ({
    apiVersion: storage,
    kind: 'VolumeAttributesClass',
    metadata: { name: 'gold' },
    driverName: 'fast.example.com',
    parameters: { iops: '5000' },
  }),
  priorityClass: (): PriorityClass => ({
    apiVersion: 'scheduling.k8s.io/v1',
    kind: 'PriorityClass',
    metadata: { name: 'high' },
    value: 1000,
  }),
  runtimeClass: (): RuntimeClass => ({
    apiVersion: 'node.k8s.io/v1',
    kind: 'RuntimeClass',
    metadata: { name: 'sandboxed' },
    handler: 'runsc',
  }),
  role: (): Role => ({
    apiVersion: rbac,
    kind: 'Role',
    metadata: { name: 'reader', namespace: 'default' },
    rules: [{ verbs: ['get'], apiGroups: [''], resources: ['pods'] }],
  }),
  clusterRole: (): ClusterRole => ({
    apiVersion: rbac,
    kind: 'ClusterRole',
    metadata: { name: 'system:reader' },
    rules: [{ verbs: ['get'], apiGroups: [''], resources: ['nodes'] }],
  }),
  roleBinding: (): RoleBinding => ({
    apiVersion: rbac,
    kind: 'RoleBinding',
    metadata: { name: 'readers', namespace: 'default' },
    roleRef: { kind: 'Role', name: 'reader' },
    subjects: [{ kind: 'User', name: 'ann' }],
  }),
  clusterRoleBinding: (): ClusterRoleBinding => ({
    apiVersion: rbac,
    kind: 'ClusterRoleBinding',
    metadata: { name: 'readers' },
    roleRef: { kind: 'ClusterRole', name: 'system:reader' },
    subjects: [{ kind: 'ServiceAccount', name: 'robot', namespace: 'default' }],
  }),
};
