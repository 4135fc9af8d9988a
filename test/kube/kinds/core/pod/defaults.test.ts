import type { Pod } from '../../../../../runtime/kube/generated/types';
import { defaultPullPolicy, parseImage } from '../../../../../runtime/kube/kinds/core/pod/image-tag';
import { created, minimal } from '../../fixtures';

function pod(change: (spec: NonNullable<Pod['spec']>) => void): NonNullable<Pod['spec']> {
  const object = minimal.pod();
  change(object.spec as NonNullable<Pod['spec']>);
  return created(object).spec as NonNullable<Pod['spec']>;
}

const container = (spec: NonNullable<Pod['spec']>) => spec.containers[0] as NonNullable<Pod['spec']>['containers'][0];

test('the minimal pod gets everything that Kubernetes fills in', () => {
  expect(created(minimal.pod())).toEqual({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'web', namespace: 'default', generation: 1 },
    spec: {
      containers: [
        {
          name: 'app',
          image: 'nginx:1.27',
          imagePullPolicy: 'IfNotPresent',
          terminationMessagePath: '/dev/termination-log',
          terminationMessagePolicy: 'File',
          resources: {},
        },
      ],
      restartPolicy: 'Always',
      dnsPolicy: 'ClusterFirst',
      terminationGracePeriodSeconds: 30,
      securityContext: {},
      schedulerName: 'default-scheduler',
      enableServiceLinks: true,
      serviceAccountName: 'default',
      serviceAccount: 'default',
      priority: 0,
      preemptionPolicy: 'PreemptLowerPriority',
    },
    status: { phase: 'Pending', qosClass: 'BestEffort' },
  });
});

test.each([
  ['nginx', 'Always'],
  ['nginx:latest', 'Always'],
  ['nginx:1.27', 'IfNotPresent'],
  ['registry:5000/team/app', 'Always'],
  ['registry:5000/team/app:v1', 'IfNotPresent'],
  ['nginx@sha256:abc', 'IfNotPresent'],
  ['nginx:latest@sha256:abc', 'Always'],
])('pull policy of %s is %s', (image, policy) => expect(defaultPullPolicy(image)).toBe(policy));

test('an image reference comes apart at the tag and the digest, not at the port', () => {
  expect(parseImage('registry:5000/a/b:v1@sha256:abc')).toEqual({
    repository: 'registry:5000/a/b',
    tag: 'v1',
    digest: 'sha256:abc',
  });
});

test('probes get their times, and the path and scheme of their request', () => {
  const spec = pod((s) => {
    container(s).readinessProbe = { httpGet: { port: 80 } };
    container(s).livenessProbe = { tcpSocket: { port: 80 }, periodSeconds: 3 };
  });
  const times = { timeoutSeconds: 1, periodSeconds: 10, successThreshold: 1, failureThreshold: 3 };
  expect(container(spec).readinessProbe).toEqual({ httpGet: { port: 80, path: '/', scheme: 'HTTP' }, ...times });
  expect(container(spec).livenessProbe).toEqual({ tcpSocket: { port: 80 }, ...times, periodSeconds: 3 });
});

test('volumes get file modes, and one without a source is an emptyDir', () => {
  const spec = pod((s) => {
    s.volumes = [
      { name: 'a' },
      { name: 'b', secret: { secretName: 's' } },
      { name: 'c', configMap: { name: 'c', defaultMode: 0 } },
      { name: 'd', hostPath: { path: '/x' } },
    ];
  });
  expect(spec.volumes).toEqual([
    { name: 'a', emptyDir: {} },
    { name: 'b', secret: { secretName: 's', defaultMode: 420 } },
    { name: 'c', configMap: { name: 'c', defaultMode: 0 } },
    { name: 'd', hostPath: { path: '/x', type: '' } },
  ]);
});

test('limits are requests where none are given, in a pod', () => {
  const spec = pod((s) => {
    container(s).resources = { limits: { cpu: '1', memory: '1Gi' }, requests: { cpu: '250m' } };
  });
  expect(container(spec).resources?.requests).toEqual({ cpu: '250m', memory: '1Gi' });
});

test('limits are left alone in a template', () => {
  const deployment = minimal.deployment();
  const app = deployment.spec?.template.spec?.containers[0];
  if (app) app.resources = { limits: { cpu: '1' } };
  expect(created(deployment).spec?.template.spec?.containers[0]?.resources).toEqual({ limits: { cpu: '1' } });
});

test("on the host's network container ports are host ports", () => {
  const spec = pod((s) => {
    s.hostNetwork = true;
    container(s).ports = [{ containerPort: 80 }];
  });
  expect(container(spec).ports).toEqual([{ containerPort: 80, protocol: 'TCP', hostPort: 80 }]);
});

test('references to fields get their version, and to resources their divisor', () => {
  const spec = pod((s) => {
    container(s).env = [
      { name: 'A', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } },
      { name: 'B', valueFrom: { resourceFieldRef: { resource: 'limits.cpu' } } },
    ];
  });
  expect(container(spec).env).toEqual([
    { name: 'A', valueFrom: { fieldRef: { fieldPath: 'metadata.name', apiVersion: 'v1' } } },
    { name: 'B', valueFrom: { resourceFieldRef: { resource: 'limits.cpu', divisor: '0' } } },
  ]);
});

test('the old name of the service account is understood, and kept alike', () => {
  expect(pod((s) => Object.assign(s, { serviceAccount: 'robot' }))).toMatchObject({
    serviceAccount: 'robot',
    serviceAccountName: 'robot',
  });
});

test.each([
  ['nothing asked for', {}, 'BestEffort'],
  ['some asked for', { requests: { cpu: '1' } }, 'Burstable'],
  ['all limited, requests following', { limits: { cpu: '1', memory: '1Gi' } }, 'Guaranteed'],
  ['requests below limits', { limits: { cpu: '1', memory: '1Gi' }, requests: { cpu: '500m' } }, 'Burstable'],
  [
    'the same amount in other words',
    { limits: { cpu: '1', memory: '1Gi' }, requests: { cpu: '1000m', memory: '1024Mi' } },
    'Guaranteed',
  ],
])('QoS class: %s', (_name, resources, qosClass) => {
  const object = minimal.pod();
  const app = object.spec?.containers[0];
  if (app) app.resources = resources as object;
  expect(created(object).status?.qosClass).toBe(qosClass);
});

test('a gated pod says so from the start', () => {
  const object = minimal.pod();
  Object.assign(object.spec ?? {}, { schedulingGates: [{ name: 'example.com/wait' }] });
  expect(created(object).status?.conditions).toMatchObject([{ type: 'PodScheduled', reason: 'SchedulingGated' }]);
});
