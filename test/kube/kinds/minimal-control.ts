import type {
  CertificateSigningRequest,
  DeviceClass,
  EventsV1Event,
  FlowSchema,
  MutatingWebhookConfiguration,
  PriorityLevelConfiguration,
  ResourceV1ResourceClaim as ResourceClaim,
  ResourceClaimTemplate,
  ResourceSlice,
  ValidatingWebhookConfiguration,
} from '../../../runtime/kube/generated/types';
import { signingRequests } from './certificates/requests';

const devices = 'resource.k8s.io/v1';
const registration = 'admissionregistration.k8s.io/v1';
const flowControl = 'flowcontrol.apiserver.k8s.io/v1';

const webhook = () => ({
  name: 'check.example.com',
  clientConfig: { service: { namespace: 'default', name: 'checker' } },
  sideEffects: 'None',
  admissionReviewVersions: ['v1'],
});

/** The smallest valid object of each kind that is about admission, certificates, fairness, devices and events. */
export const minimalControl = {
  certificateSigningRequest: (): CertificateSigningRequest => ({
    apiVersion: 'certificates.k8s.io/v1',
    kind: 'CertificateSigningRequest',
    metadata: { name: 'ann' },
    spec: {
      request: signingRequests.ec,
      signerName: 'kubernetes.io/kube-apiserver-client',
      usages: ['client auth'],
    },
  }),
  validatingWebhooks: (): ValidatingWebhookConfiguration => ({
    apiVersion: registration,
    kind: 'ValidatingWebhookConfiguration',
    metadata: { name: 'checks' },
    webhooks: [webhook()],
  }),
  mutatingWebhooks: (): MutatingWebhookConfiguration => ({
    apiVersion: registration,
    kind: 'MutatingWebhookConfiguration',
    metadata: { name: 'changes' },
    webhooks: [webhook()],
  }),
  flowSchema: (): FlowSchema => ({
    apiVersion: flowControl,
    kind: 'FlowSchema',
    metadata: { name: 'mine' },
    spec: { priorityLevelConfiguration: { name: 'workload-low' } },
  }),
  priorityLevelConfiguration: (): PriorityLevelConfiguration => ({
    apiVersion: flowControl,
    kind: 'PriorityLevelConfiguration',
    metadata: { name: 'mine' },
    spec: { type: 'Limited', limited: { limitResponse: { type: 'Reject' } } },
  }),
  deviceClass: (): DeviceClass => ({
    apiVersion: devices,
    kind: 'DeviceClass',
    metadata: { name: 'gpu' },
    spec: {},
  }),
  resourceClaim: (): ResourceClaim => ({
    apiVersion: devices,
    kind: 'ResourceClaim',
    metadata: { name: 'one-gpu', namespace: 'default' },
    spec: { devices: { requests: [{ name: 'a', exactly: { deviceClassName: 'gpu' } }] } },
  }),
  resourceClaimTemplate: (): ResourceClaimTemplate => ({
    apiVersion: devices,
    kind: 'ResourceClaimTemplate',
    metadata: { name: 'one-gpu', namespace: 'default' },
    spec: { spec: { devices: { requests: [{ name: 'a', exactly: { deviceClassName: 'gpu' } }] } } },
  }),
  resourceSlice: (): ResourceSlice => ({
    apiVersion: devices,
    kind: 'ResourceSlice',
    metadata: { name: 'n1-gpus' },
    spec: {
      driver: 'gpu.example.com',
      pool: { name: 'n1', generation: 1, resourceSliceCount: 1 },
      nodeName: 'n1',
      devices: [{ name: 'gpu-0' }],
    },
  }),
  groupEvent: (): EventsV1Event => ({
    apiVersion: 'events.k8s.io/v1',
    kind: 'Event',
    metadata: { name: 'web.1', namespace: 'default' },
    eventTime: '2026-01-01T00:00:00.000000Z',
    reportingController: 'example.com/robot',
    reportingInstance: 'robot-1',
    action: 'Looking',
    reason: 'Looked',
    type: 'Normal',
    regarding: { kind: 'Pod', name: 'web', namespace: 'default' },
  }),
};
