import type {
  ControllerRevision,
  CronJob,
  DaemonSet,
  Endpoints,
  HorizontalPodAutoscaler,
  Job,
  LimitRange,
  PersistentVolume,
  PersistentVolumeClaim,
  PodDisruptionBudget,
  PodTemplate,
  PodTemplateSpec,
  ReplicationController,
  ResourceQuota,
  StatefulSet,
} from '../../../runtime/kube/generated/types';

const template = (restartPolicy?: string): PodTemplateSpec => ({
  metadata: { labels: { app: 'web' } },
  spec: { ...(restartPolicy ? { restartPolicy } : {}), containers: [{ name: 'app', image: 'nginx:1.27' }] },
});
const selector = { matchLabels: { app: 'web' } };
const metadata = { name: 'web', namespace: 'default' };

/** The smallest valid object of each kind of workloads and what belongs to them. */
export const minimalWorkloads = {
  statefulSet: (): StatefulSet => ({
    apiVersion: 'apps/v1',
    kind: 'StatefulSet',
    metadata: { ...metadata },
    spec: { selector: structuredClone(selector), serviceName: 'web', template: template() },
  }),
  daemonSet: (): DaemonSet => ({
    apiVersion: 'apps/v1',
    kind: 'DaemonSet',
    metadata: { ...metadata },
    spec: { selector: structuredClone(selector), template: template() },
  }),
  controllerRevision: (): ControllerRevision => ({
    apiVersion: 'apps/v1',
    kind: 'ControllerRevision',
    metadata: { ...metadata },
    data: { spec: {} },
    revision: 1,
  }),
  job: (): Job => ({
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: { ...metadata },
    spec: { template: template('Never') },
  }),
  cronJob: (): CronJob => ({
    apiVersion: 'batch/v1',
    kind: 'CronJob',
    metadata: { ...metadata },
    spec: { schedule: '*/5 * * * *', jobTemplate: { spec: { template: template('OnFailure') } } },
  }),
  horizontalPodAutoscaler: (): HorizontalPodAutoscaler => ({
    apiVersion: 'autoscaling/v2',
    kind: 'HorizontalPodAutoscaler',
    metadata: { ...metadata },
    spec: { scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web' }, maxReplicas: 3 },
  }),
  podDisruptionBudget: (): PodDisruptionBudget => ({
    apiVersion: 'policy/v1',
    kind: 'PodDisruptionBudget',
    metadata: { ...metadata },
    spec: { minAvailable: 1, selector: structuredClone(selector) },
  }),
  podTemplate: (): PodTemplate => ({
    apiVersion: 'v1',
    kind: 'PodTemplate',
    metadata: { ...metadata },
    template: template(),
  }),
  replicationController: (): ReplicationController => ({
    apiVersion: 'v1',
    kind: 'ReplicationController',
    metadata: { ...metadata },
    spec: { template: template() },
  }),
  limitRange: (): LimitRange => ({
    apiVersion: 'v1',
    kind: 'LimitRange',
    metadata: { ...metadata },
    spec: { limits: [{ type: 'Container', max: { cpu: '1' } }] },
  }),
  resourceQuota: (): ResourceQuota => ({
    apiVersion: 'v1',
    kind: 'ResourceQuota',
    metadata: { ...metadata },
    spec: { hard: { pods: '3', 'limits.cpu': '2' } },
  }),
  persistentVolume: (): PersistentVolume => ({
    apiVersion: 'v1',
    kind: 'PersistentVolume',
    metadata: { name: 'disk' },
    spec: { accessModes: ['ReadWriteOnce'], capacity: { storage: '1Gi' }, hostPath: { path: '/data' } },
  }),
  persistentVolumeClaim: (): PersistentVolumeClaim => ({
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    metadata: { ...metadata },
    spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } },
  }),
  endpoints: (): Endpoints => ({
    apiVersion: 'v1',
    kind: 'Endpoints',
    metadata: { ...metadata },
    subsets: [{ addresses: [{ ip: '10.42.0.7' }], ports: [{ port: 80 }] }],
  }),
};
