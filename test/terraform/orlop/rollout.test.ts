import type { Pod } from '../../../runtime/kube/generated/types';
import type { AnyObject } from '../../../runtime/kube/object';
import { podTrouble } from '../../../runtime/terraform/orlop/object/pod-trouble';
import { rolloutState } from '../../../runtime/terraform/orlop/object/rollout';

const object = (apiVersion: string, kind: string, spec: object, status: object, generation = 1) =>
  ({ apiVersion, kind, metadata: { name: 'x', generation }, spec, status }) as unknown as AnyObject;
const deployment = (status: object, replicas = 3) =>
  object('apps/v1', 'Deployment', { replicas }, { observedGeneration: 1, ...status });
const crd = (conditions: object[]) => object('apiextensions.k8s.io/v1', 'CustomResourceDefinition', {}, { conditions });

it.each<[string, AnyObject]>([
  ['a Deployment with all replicas', deployment({ replicas: 3, updatedReplicas: 3, availableReplicas: 3 })],
  ['a Deployment of none', deployment({}, 0)],
  ['a ready Pod', object('v1', 'Pod', {}, { phase: 'Running', conditions: [{ type: 'Ready', status: 'True' }] })],
  ['a Pod that is through', object('v1', 'Pod', {}, { phase: 'Succeeded' })],
  ['an active Namespace', object('v1', 'Namespace', {}, { phase: 'Active' })],
  ['an established definition', crd([{ type: 'Established', status: 'True' }])],
  ['a ConfigMap', object('v1', 'ConfigMap', {}, {})],
  ['a Deployment of another group', object('acme.io/v1', 'Deployment', {}, {})],
  ['a complete Job', object('batch/v1', 'Job', {}, { conditions: [{ type: 'Complete', status: 'True' }] })],
])('%s is done', (_name, given) => {
  expect(rolloutState(given)).toEqual({ done: true });
});

it.each<[string, AnyObject, RegExp]>([
  [
    'not observed',
    object(
      'apps/v1',
      'Deployment',
      { replicas: 1 },
      { observedGeneration: 1, updatedReplicas: 1, availableReplicas: 1 },
      2,
    ),
    /not been observed/,
  ],
  ['not updated', deployment({ replicas: 3, updatedReplicas: 1, availableReplicas: 3 }), /1 of 3 replicas updated/],
  ['not available', deployment({ replicas: 3, updatedReplicas: 3, availableReplicas: 2 }), /2 available/],
  ['with old pods left', deployment({ replicas: 4, updatedReplicas: 3, availableReplicas: 3 }), /1 old replicas/],
  ['a definition that nobody has looked at', crd([]), /not accepted yet/],
  ['a pending Pod', object('v1', 'Pod', {}, { phase: 'Pending' }), /Pending/],
])('%s is waited for', (_name, given, words) => {
  expect(rolloutState(given)).toMatchObject({ done: false, waitingFor: expect.stringMatching(words) });
});

it('has failed where another definition has the names', () => {
  const conditions = [
    { type: 'NamesAccepted', status: 'False', reason: 'KindConflict', message: '"Widget" is already in use' },
  ];
  expect(rolloutState(crd(conditions))).toMatchObject({ failed: 'KindConflict: "Widget" is already in use' });
});

it('has failed past its progress deadline', () => {
  const conditions = [
    { type: 'Progressing', status: 'False', reason: 'ProgressDeadlineExceeded', message: 'too late' },
  ];
  expect(rolloutState(deployment({ conditions }))).toMatchObject({ failed: 'too late' });
});

const pod = (status: object): Pod =>
  ({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'p', namespace: 'n' },
    spec: { nodeName: 'node-1', containers: [{ name: 'side' }, { name: 'web' }] },
    status,
  }) as unknown as Pod;
const container = (state: object, more: object = {}) =>
  pod({ containerStatuses: [{ name: 'web', image: 'i', ready: false, restartCount: 0, state, ...more }] });

it.each<[string, Pod, object]>([
  [
    'an image that cannot be had',
    container({ waiting: { reason: 'ImagePullBackOff', message: 'Back-off pulling image "i"' } }),
    {
      hopeless: true,
      container: 'web',
      path: ['containers', 1, 'image'],
      summary: expect.stringContaining('web of pod n/p on node node-1: ImagePullBackOff'),
    },
  ],
  ['a failed pull', container({ waiting: { reason: 'ErrImagePull' } }), { hopeless: true }],
  [
    'a missing ConfigMap',
    container({ waiting: { reason: 'CreateContainerConfigError', message: 'configmap "c" not found' } }),
    { hopeless: true, summary: expect.stringContaining('configmap "c" not found') },
  ],
  [
    'a crash loop',
    container(
      { waiting: { reason: 'CrashLoopBackOff' } },
      { restartCount: 4, lastState: { terminated: { exitCode: 2, reason: 'Error' } } },
    ),
    { hopeless: true, summary: expect.stringContaining('crashed 4 times (Error, exit code 2)') },
  ],
  ['a first crash', container({ terminated: { exitCode: 1 } }), { hopeless: false }],
  ['a probe that fails', container({ running: {} }), { hopeless: false, path: ['containers', 1, 'readinessProbe'] }],
  [
    'no node that fits',
    pod({ conditions: [{ type: 'PodScheduled', status: 'False', message: '0/3 nodes are available' }] }),
    { hopeless: false, summary: expect.stringContaining('0/3 nodes are available') },
  ],
])('%s is trouble', (_name, given, expected) => {
  expect(podTrouble(given)).toMatchObject(expected);
});

it('a pod on its way is no trouble', () => {
  expect(podTrouble(container({ waiting: { reason: 'ContainerCreating' } }))).toBeUndefined();
  expect(podTrouble(container({ running: {} }, { ready: true }))).toBeUndefined();
});
