import {
  type AdmissionLookups,
  type AdmissionRequest,
  admissionChain,
  defaultChain,
  offline,
} from '../../../runtime/apiserver/admission';
import type { PodSpec } from '../../../runtime/kube/generated/types';
import type { AnyObject } from '../../../runtime/kube/object';
import { configMaps, namespaces, pods, priorityClasses } from '../../../runtime/kube/resource';
import type { StatusError } from '../../../runtime/kube/status-error';

const admit = (write: AdmissionRequest) => defaultChain.admit(write);
const ignore = () => {};

function request(values: Partial<AdmissionRequest>): AdmissionRequest {
  return {
    operation: 'CREATE',
    resource: pods as never,
    namespace: 'team',
    name: 'web',
    lookups: offline,
    warn: ignore,
    annotate: ignore,
    ...values,
  };
}

function podRequest(
  spec: Partial<PodSpec>,
  values: Partial<AdmissionRequest> = {},
): AdmissionRequest & { spec: PodSpec } {
  const object = { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'web' }, spec: { containers: [], ...spec } };
  return { ...request({ object: object as unknown as AnyObject, ...values }), spec: object.spec as PodSpec };
}

function refusal(write: () => void): Partial<StatusError> {
  try {
    write();
  } catch (error) {
    const { reason, message, details } = error as StatusError;
    return { reason, message, details };
  }
  throw new Error('nothing was refused');
}

const lookups = (answers: Partial<AdmissionLookups>): AdmissionLookups => ({ ...offline, ...answers });
/** A cluster that has exactly these objects, by `plural name`. */
const having = (objects: Record<string, object>): AdmissionLookups => ({
  get: (resource, { name }) => (objects[`${resource.plural} ${name}`] as never) ?? 'missing',
  list: (resource) =>
    Object.entries(objects)
      .filter(([key]) => key.startsWith(`${resource.plural} `))
      .map(([, object]) => object as never),
  serviceAccount: () => 'unknown',
});
const going = having({ 'namespaces team': { metadata: { name: 'team', deletionTimestamp: '2026-01-01T00:00:00Z' } } });

test("plug-ins run in Kubernetes' order", () => {
  const all = admissionChain({ enable: ['DefaultTolerationSeconds'] }).names;
  expect(all).toEqual([
    'NamespaceLifecycle',
    'LimitRanger',
    'ServiceAccount',
    'PodSecurity',
    'Priority',
    'DefaultTolerationSeconds',
  ]);
  expect(defaultChain.names).toEqual(all.filter((name) => name !== 'DefaultTolerationSeconds'));
  expect(admissionChain({ disable: ['PodSecurity'] }).names).not.toContain('PodSecurity');
  expect(() => admissionChain({ enable: ['PodSecurty'] })).toThrow('admission plug-in "PodSecurty" is unknown');
});

describe('NamespaceLifecycle', () => {
  test('nothing is made in a namespace that is not there', () => {
    expect(refusal(() => admit(request({ lookups: having({}) })))).toEqual({
      reason: 'NotFound',
      message: 'namespaces "team" not found',
      details: { name: 'team', kind: 'namespaces' },
    });
  });

  test('nor in one that is going', () => {
    expect(refusal(() => admit(request({ lookups: going })))).toMatchObject({
      reason: 'Forbidden',
      message: 'pods "web" is forbidden: unable to create new content in namespace team because it is being terminated',
      details: { causes: [{ reason: 'NamespaceTerminating', field: 'metadata.namespace' }] },
    });
  });

  test('what is there may still be updated, or deleted', () => {
    expect(() => admit(request({ operation: 'UPDATE', lookups: going }))).not.toThrow();
    expect(() => admit(request({ operation: 'DELETE', lookups: going }))).not.toThrow();
  });

  test('whoever knows no cluster may plan', () => {
    expect(() => admit(request({ resource: configMaps as never }))).not.toThrow();
  });

  test.each(['default', 'kube-system', 'kube-public'])('%s stays', (name) => {
    const resource = namespaces as never;
    expect(refusal(() => admit(request({ operation: 'DELETE', resource, namespace: undefined, name })))).toMatchObject({
      message: `namespaces "${name}" is forbidden: this namespace may not be deleted`,
    });
  });
});

describe('ServiceAccount', () => {
  test('is default unless the pod names one', () => {
    const plain = podRequest({});
    admit(plain);
    expect(plain.spec).toMatchObject({ serviceAccountName: 'default', serviceAccount: 'default' });
    const own = podRequest({ serviceAccountName: 'robot' });
    admit(own);
    expect(own.spec).toMatchObject({ serviceAccountName: 'robot', serviceAccount: 'robot' });
  });

  test('must be there', () => {
    expect(
      refusal(() => admit(podRequest({}, { lookups: lookups({ serviceAccount: () => 'missing' }) }))),
    ).toMatchObject({
      message:
        'pods "web" is forbidden: error looking up service account team/default: serviceaccount "default" not found',
    });
  });

  test('lends its pull secrets to pods that have none', () => {
    const account = {
      apiVersion: 'v1' as const,
      kind: 'ServiceAccount' as const,
      metadata: {},
      imagePullSecrets: [{ name: 'registry' }],
    };
    const known = { lookups: lookups({ serviceAccount: () => account }) };
    const without = podRequest({}, known);
    admit(without);
    expect(without.spec.imagePullSecrets).toEqual([{ name: 'registry' }]);
    const having = podRequest({ imagePullSecrets: [{ name: 'own' }] }, known);
    admit(having);
    expect(having.spec.imagePullSecrets).toEqual([{ name: 'own' }]);
  });

  test('an update stays as it is', () => {
    const update = podRequest({}, { operation: 'UPDATE' });
    admit(update);
    expect(update.spec).not.toHaveProperty('serviceAccountName');
  });
});

describe('Priority', () => {
  test.each([
    [undefined, 0],
    ['system-cluster-critical', 2000000000],
    ['system-node-critical', 2000001000],
  ])('of class %s is %d', (priorityClassName, priority) => {
    const pod = podRequest({ priorityClassName });
    admit(pod);
    expect(pod.spec).toMatchObject({ priority, preemptionPolicy: 'PreemptLowerPriority' });
  });

  test('of a class nobody knows is refused', () => {
    const none = having({ 'namespaces team': { metadata: {} } });
    expect(refusal(() => admit(podRequest({ priorityClassName: 'gold' }, { lookups: none }))).message).toBe(
      'pods "web" is forbidden: no PriorityClass with name gold was found',
    );
  });

  test('of a class of the cluster', () => {
    const gold = { metadata: { name: 'gold' }, value: 1000, preemptionPolicy: 'Never' };
    const cluster = having({ 'namespaces team': { metadata: {} }, 'priorityclasses gold': gold });
    const pod = podRequest({ priorityClassName: 'gold' }, { lookups: cluster });
    admit(pod);
    expect(pod.spec).toMatchObject({ priorityClassName: 'gold', priority: 1000, preemptionPolicy: 'Never' });
    const other = podRequest(
      { priorityClassName: 'gold', preemptionPolicy: 'PreemptLowerPriority' },
      { lookups: cluster },
    );
    expect(refusal(() => admit(other)).message).toBe(
      'pods "web" is forbidden: the string value of PreemptionPolicy (PreemptLowerPriority) must not be provided in pod spec; priority admission controller computed Never from the given PriorityClass name',
    );
  });

  test('of the default class, of several the lowest', () => {
    const cluster = having({
      'namespaces team': { metadata: {} },
      'priorityclasses high': { metadata: { name: 'high' }, value: 9, globalDefault: true },
      'priorityclasses low': { metadata: { name: 'low' }, value: 3, globalDefault: true },
    });
    const pod = podRequest({}, { lookups: cluster });
    admit(pod);
    expect(pod.spec).toMatchObject({ priorityClassName: 'low', priority: 3 });
  });

  test('of a class that only the cluster knows stays open without one', () => {
    const pod = podRequest({ priorityClassName: 'gold' });
    admit(pod);
    expect(pod.spec).not.toHaveProperty('priority');
  });

  test('only one class is the default', () => {
    const object = { apiVersion: 'scheduling.k8s.io/v1', kind: 'PriorityClass', metadata: { name: 'b' }, value: 1 };
    const write = {
      resource: priorityClasses as never,
      namespace: undefined,
      name: 'b',
      object: { ...object, globalDefault: true } as never,
      lookups: having({ 'priorityclasses a': { metadata: { name: 'a' }, globalDefault: true } }),
    };
    expect(refusal(() => admit(request(write))).message).toBe(
      'priorityclasses.scheduling.k8s.io "b" is forbidden: PriorityClass a is already marked as default. Only one default can exist',
    );
  });

  test('is not the client’s to choose', () => {
    expect(refusal(() => admit(podRequest({ priority: 5 }))).message).toBe(
      'pods "web" is forbidden: the integer value of priority (5) must not be provided in pod spec; priority admission controller computed 0 from the given PriorityClass name',
    );
  });

  test('stays through an update that leaves it out', () => {
    const old = { metadata: {}, spec: { priority: 7, preemptionPolicy: 'Never' } } as unknown as AnyObject;
    const update = podRequest({}, { operation: 'UPDATE', oldObject: old });
    admit(update);
    expect(update.spec).toMatchObject({ priority: 7, preemptionPolicy: 'Never' });
  });
});

test('tolerations are left as they are: a lost node’s pods are replaced at once', () => {
  const pod = podRequest({});
  admit(pod);
  expect(pod.spec).not.toHaveProperty('tolerations');
});

test('with DefaultTolerationSeconds, a pod stays for five minutes on a lost node', () => {
  const own = { key: 'node.kubernetes.io/unreachable', operator: 'Exists', tolerationSeconds: 5 };
  const pod = podRequest({ tolerations: [own] });
  admissionChain({ enable: ['DefaultTolerationSeconds'] }).mutate(pod);
  expect(pod.spec.tolerations).toEqual([
    own,
    { key: 'node.kubernetes.io/not-ready', operator: 'Exists', effect: 'NoExecute', tolerationSeconds: 300 },
  ]);
});
