import {
  type AdmissionLookups,
  type AdmissionRequest,
  admissionChain,
  defaultChain,
  offline,
} from '../../../runtime/apiserver/admission';
import type { PodSpec } from '../../../runtime/kube/generated/types';
import type { AnyObject } from '../../../runtime/kube/object';
import {
  configMaps,
  ingresses,
  namespaces,
  nodes,
  persistentVolumeClaims,
  persistentVolumes,
  pods,
  priorityClasses,
} from '../../../runtime/kube/resource';
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

/** A cluster that has exactly these objects, by `plural name`. */
const having = (objects: Record<string, object>): AdmissionLookups => ({
  get: (resource, { name }) => (objects[`${resource.plural} ${name}`] as never) ?? 'missing',
  list: (resource) =>
    Object.entries(objects)
      .filter(([key]) => key.startsWith(`${resource.plural} `))
      .map(([, object]) => object as never),
});
/** The namespace with what every namespace has. */
const team = { 'namespaces team': { metadata: {} }, 'serviceaccounts default': { metadata: { name: 'default' } } };
const going = having({ 'namespaces team': { metadata: { name: 'team', deletionTimestamp: '2026-01-01T00:00:00Z' } } });

test("plug-ins run in Kubernetes' order", () => {
  const all = admissionChain({ enable: ['DefaultTolerationSeconds'] }).names;
  expect(all).toEqual([
    'NamespaceLifecycle',
    'LimitRanger',
    'ServiceAccount',
    'TaintNodesByCondition',
    'PodSecurity',
    'Priority',
    'DefaultTolerationSeconds',
    'DefaultStorageClass',
    'StorageObjectInUseProtection',
    'PersistentVolumeClaimResize',
    'RuntimeClass',
    'CertificateSubjectRestriction',
    'DefaultIngressClass',
    'PodTopologyLabels',
    'PodResizeValidator',
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
    const cluster = having({ 'namespaces team': { metadata: {} } });
    expect(refusal(() => admit(podRequest({}, { lookups: cluster }))).message).toBe(
      'pods "web" is forbidden: error looking up service account team/default: serviceaccount "default" not found',
    );
  });

  const withAccount = (account: object) => ({
    lookups: having({ ...team, 'serviceaccounts default': { metadata: { name: 'default' }, ...account } }),
  });

  test('lends its pull secrets to pods that have none', () => {
    const known = withAccount({ imagePullSecrets: [{ name: 'registry' }] });
    const without = podRequest({}, known);
    admit(without);
    expect(without.spec.imagePullSecrets).toEqual([{ name: 'registry' }]);
    const own = podRequest({ imagePullSecrets: [{ name: 'own' }] }, known);
    admit(own);
    expect(own.spec.imagePullSecrets).toEqual([{ name: 'own' }]);
  });

  describe('gives a pod a token', () => {
    const mountPath = '/var/run/secrets/kubernetes.io/serviceaccount';
    const admitted = (spec: Partial<PodSpec>, account: object = {}) => {
      const pod = podRequest({ containers: [{ name: 'main' }], ...spec }, withAccount(account));
      admit(pod);
      return pod.spec;
    };

    test('in every container, beside what the pod has', () => {
      const spec = admitted({
        containers: [{ name: 'main', volumeMounts: [{ name: 'data', mountPath: '/data' }] }, { name: 'side' }],
        initContainers: [{ name: 'init' }],
        volumes: [{ name: 'data', emptyDir: {} }],
      });
      const name = spec.volumes?.[1]?.name ?? '';
      expect(name).toMatch(/^kube-api-access-[bcdfghjklmnpqrstvwxz2456789]{5}$/);
      const mount = { name, readOnly: true, mountPath };
      expect(spec.containers.map(({ volumeMounts }) => volumeMounts)).toEqual([
        [{ name: 'data', mountPath: '/data' }, mount],
        [mount],
      ]);
      expect(spec.initContainers?.[0]?.volumeMounts).toEqual([mount]);
      expect(spec.volumes).toEqual([
        { name: 'data', emptyDir: {} },
        {
          name,
          projected: {
            sources: [
              { serviceAccountToken: { expirationSeconds: 3607, path: 'token' } },
              { configMap: { name: 'kube-root-ca.crt', items: [{ key: 'ca.crt', path: 'ca.crt' }] } },
              {
                downwardAPI: {
                  items: [{ path: 'namespace', fieldRef: { apiVersion: 'v1', fieldPath: 'metadata.namespace' } }],
                },
              },
            ],
            defaultMode: 420,
          },
        },
      ]);
    });

    test('under a name that is always the same for one pod, and another for the next', () => {
      const nameOf = (name: string) => {
        const pod = podRequest({ containers: [{ name: 'main' }] }, withAccount({}));
        if (pod.object) pod.object.metadata.name = name;
        admit(pod);
        return pod.spec.volumes?.[0]?.name;
      };
      expect(nameOf('web')).toBe(nameOf('web'));
      expect(nameOf('web')).not.toBe(nameOf('db'));
    });

    test('but leaves a container what it has mounted in the place', () => {
      const own = { name: 'own', mountPath };
      const spec = admitted({
        containers: [{ name: 'main', volumeMounts: [own] }, { name: 'side' }],
        volumes: [{ name: 'own', emptyDir: {} }],
      });
      expect(spec.containers[0]?.volumeMounts).toEqual([own]);
      expect(spec.containers[1]?.volumeMounts).toHaveLength(1);
      const all = admitted({
        containers: [{ name: 'main', volumeMounts: [own] }],
        volumes: [{ name: 'own', emptyDir: {} }],
      });
      expect(all.volumes).toEqual([{ name: 'own', emptyDir: {} }]);
    });

    test('of the volume that it has already', () => {
      const volume = { name: 'kube-api-access-mine', projected: { sources: [] } };
      const spec = admitted({ volumes: [volume] });
      expect(spec.volumes).toEqual([volume]);
      expect(spec.containers[0]?.volumeMounts).toEqual([{ name: volume.name, readOnly: true, mountPath }]);
    });

    test.each<[boolean | undefined, boolean | undefined, boolean]>([
      [undefined, undefined, true],
      [undefined, false, false],
      [true, false, true],
      [false, true, false],
      [false, undefined, false],
    ])('where the pod says %s and its account %s: %s', (pod, account, mounted) => {
      const asked = pod === undefined ? {} : { automountServiceAccountToken: pod };
      const spec = admitted(asked, account === undefined ? {} : { automountServiceAccountToken: account });
      expect(spec.volumes !== undefined).toBe(mounted);
    });

    test('and none where its account cannot be known: the server adds it', () => {
      const pod = podRequest({ containers: [{ name: 'main' }] });
      admit(pod);
      expect(pod.spec).not.toHaveProperty('volumes');
      expect(pod.spec.containers).toEqual([{ name: 'main' }]);
    });
  });

  describe('of a mirror pod', () => {
    const mirror = (spec: Partial<PodSpec>) => {
      const pod = podRequest({ containers: [{ name: 'main' }], ...spec }, { lookups: having(team) });
      if (pod.object) pod.object.metadata.annotations = { 'kubernetes.io/config.mirror': 'hash' };
      return pod;
    };

    test('is none: the spec stays as it is', () => {
      const pod = mirror({});
      admit(pod);
      for (const field of ['serviceAccountName', 'serviceAccount', 'volumes'])
        expect(pod.spec).not.toHaveProperty(field);
    });

    test.each<[Partial<PodSpec>, string]>([
      [{ serviceAccountName: 'robot' }, 'a mirror pod may not reference service accounts'],
      [{ volumes: [{ name: 'v', secret: { secretName: 's' } }] }, 'a mirror pod may not reference secrets'],
      [
        { volumes: [{ name: 'v', projected: { sources: [{ serviceAccountToken: { path: 't' } }] } }] },
        'a mirror pod may not use service account token volume projections',
      ],
    ])('%j: %s', (spec, why) => {
      expect(refusal(() => admit(mirror(spec))).message).toBe(`pods "web" is forbidden: ${why}`);
    });
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
    const none = having({ ...team });
    expect(refusal(() => admit(podRequest({ priorityClassName: 'gold' }, { lookups: none }))).message).toBe(
      'pods "web" is forbidden: no PriorityClass with name gold was found',
    );
  });

  test('of a class of the cluster', () => {
    const gold = { metadata: { name: 'gold' }, value: 1000, preemptionPolicy: 'Never' };
    const cluster = having({ ...team, 'priorityclasses gold': gold });
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
      ...team,
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

describe('RuntimeClass', () => {
  const vm = {
    metadata: { name: 'vm' },
    handler: 'vm',
    overhead: { podFixed: { cpu: '250m' } },
    scheduling: { nodeSelector: { vm: 'yes' }, tolerations: [{ key: 'vm', operator: 'Exists' }] },
  };
  const cluster = { lookups: having({ ...team, 'runtimeclasses vm': vm }) };

  test('gives a pod what it costs, and where it can run', () => {
    const pod = podRequest({ runtimeClassName: 'vm', nodeSelector: { disk: 'ssd' } }, cluster);
    admit(pod);
    expect(pod.spec).toMatchObject({
      overhead: { cpu: '250m' },
      nodeSelector: { disk: 'ssd', vm: 'yes' },
      tolerations: [{ key: 'vm', operator: 'Exists' }],
    });
  });

  test.each<[Partial<PodSpec>, string]>([
    [{ runtimeClassName: 'none' }, 'pod rejected: RuntimeClass "none" not found'],
    [
      { runtimeClassName: 'vm', overhead: { cpu: '1' } },
      "pod rejected: Pod's Overhead doesn't match RuntimeClass's defined Overhead",
    ],
    [{ overhead: { cpu: '1' } }, 'pod rejected: Pod Overhead set without corresponding RuntimeClass defined Overhead'],
    [
      { runtimeClassName: 'vm', nodeSelector: { vm: 'no' } },
      'conflict: runtimeClass.scheduling.nodeSelector[vm] = yes; pod.spec.nodeSelector[vm] = no',
    ],
  ])('%j: %s', (spec, why) => {
    expect(refusal(() => admit(podRequest(spec, cluster))).message).toBe(`pods "web" is forbidden: ${why}`);
  });

  test('without a cluster nothing is known of it', () => {
    const pod = podRequest({ runtimeClassName: 'vm' });
    admit(pod);
    expect(pod.spec).not.toHaveProperty('overhead');
  });
});

describe('default classes', () => {
  const made = (name: string, creationTimestamp: string, mark?: string) => ({
    metadata: { name, creationTimestamp, annotations: mark ? { [mark]: 'true' } : {} },
  });
  const mark = 'storageclass.kubernetes.io/is-default-class';
  const cluster = having({
    ...team,
    'storageclasses old': made('old', '2025-01-01T00:00:00Z', mark),
    'storageclasses b': made('b', '2026-01-01T00:00:00Z', mark),
    'storageclasses a': made('a', '2026-01-01T00:00:00Z', mark),
    'storageclasses new': made('new', '2027-01-01T00:00:00Z'),
    'ingressclasses web': made('web', '2026-01-01T00:00:00Z', 'ingressclass.kubernetes.io/is-default-class'),
  });
  const admitted = (resource: unknown, spec: object, known = cluster) => {
    const object = { metadata: { name: 'x' }, spec } as unknown as AnyObject;
    defaultChain.mutate(request({ resource: resource as never, name: 'x', object, lookups: known }));
    return object;
  };

  test('a claim that names none gets the default class that was made last', () => {
    expect(admitted(persistentVolumeClaims, {}).spec).toEqual({ storageClassName: 'a' });
    expect(admitted(persistentVolumeClaims, { storageClassName: '' }).spec).toEqual({ storageClassName: '' });
    expect(admitted(persistentVolumeClaims, {}, offline).spec).toEqual({});
  });

  test('and an Ingress', () => {
    expect(admitted(ingresses, {}).spec).toEqual({ ingressClassName: 'web' });
    expect(admitted(ingresses, { ingressClassName: 'own' }).spec).toEqual({ ingressClassName: 'own' });
  });

  test('claims and volumes are kept while they are used', () => {
    expect(admitted(persistentVolumeClaims, {}).metadata.finalizers).toEqual(['kubernetes.io/pvc-protection']);
    expect(admitted(persistentVolumes, {}).metadata.finalizers).toEqual(['kubernetes.io/pv-protection']);
  });
});

test('a new node is not ready', () => {
  const object = { metadata: { name: 'n' } } as unknown as AnyObject;
  admit(request({ resource: nodes as never, namespace: undefined, name: 'n', object }));
  expect(object.spec).toEqual({ taints: [{ key: 'node.kubernetes.io/not-ready', effect: 'NoSchedule' }] });
});

describe('a claim that grows', () => {
  const claim = (storage: string, phase: string) =>
    ({
      metadata: { name: 'data' },
      spec: { storageClassName: 'c', resources: { requests: { storage } } },
      status: { phase },
    }) as unknown as AnyObject;
  const grow = (phase: string, allowVolumeExpansion: boolean, size = '2Gi') =>
    admit(
      request({
        operation: 'UPDATE',
        resource: persistentVolumeClaims as never,
        name: 'data',
        object: claim(size, phase),
        oldObject: claim('1Gi', phase),
        lookups: having({ 'storageclasses c': { metadata: { name: 'c' }, allowVolumeExpansion } }),
      }),
    );

  test('needs a volume, and a class that lets it', () => {
    expect(() => grow('Bound', true)).not.toThrow();
    expect(() => grow('Pending', true, '1Gi')).not.toThrow();
    expect(() => grow('Pending', true)).toThrow('Only bound persistent volume claims can be expanded');
    expect(() => grow('Bound', false)).toThrow(
      'persistentvolumeclaims "data" is forbidden: only dynamically provisioned pvc can be resized and the storageclass that provisions the pvc must support resize',
    );
  });
});

describe('PodTopologyLabels', () => {
  const others = defaultChain.names.filter((name) => name !== 'PodTopologyLabels');
  const plugin = admissionChain({ disable: others });
  const labels = { 'topology.kubernetes.io/zone': 'a', 'topology.kubernetes.io/region': 'r', other: 'x' };
  const lookups = having({ 'nodes n1': { metadata: { name: 'n1', labels } }, 'nodes bare': { metadata: {} } });
  const topology = { 'topology.kubernetes.io/zone': 'a', 'topology.kubernetes.io/region': 'r' };

  test('a pod that is bound, or begins on a node, learns where that is', () => {
    const made = podRequest({ nodeName: 'n1' }, { lookups });
    plugin.mutate(made);
    expect(made.object?.metadata.labels).toEqual(topology);
    const binding = { apiVersion: 'v1', kind: 'Binding', metadata: { name: 'web' }, target: { name: 'n1' } };
    const bound = request({ object: binding as never, subresource: 'binding', lookups });
    plugin.mutate(bound);
    expect(bound.object?.metadata.labels).toEqual(topology);
  });

  test.each(['bare', 'gone', undefined])('a pod on %s learns nothing', (nodeName) => {
    const made = podRequest(nodeName ? { nodeName } : {}, { lookups });
    plugin.mutate(made);
    expect(made.object?.metadata.labels).toBeUndefined();
  });
});

describe('PodResizeValidator', () => {
  const allocatable = { cpu: '2', memory: '2Gi' };
  const lookups = having({
    'nodes n1': { metadata: {}, status: { allocatable } },
    'nodes w1': { metadata: { labels: { 'kubernetes.io/os': 'windows' } }, status: { allocatable } },
  });
  const resize = (nodeName: string | undefined, requests: Record<string, string>, generation = 2) => {
    const containers = [{ name: 'a', image: 'a', resources: { requests } }];
    const made = podRequest({ nodeName, containers }, { lookups, operation: 'UPDATE', subresource: 'resize' });
    const oldObject = { ...made.object, metadata: { name: 'web', generation: 1 } } as AnyObject;
    (made.object as AnyObject).metadata.generation = generation;
    return () => defaultChain.validate({ ...made, oldObject });
  };

  test('what fits its node passes; a pod without one, and a resize that changes nothing, are not looked at', () => {
    resize('n1', { cpu: '2000m', memory: '2Gi' })();
    resize(undefined, { cpu: '99' })();
    resize('n1', { cpu: '99' }, 1)();
  });

  test.each([
    ['n1', "node didn't have enough allocatable resources: cpu, requested: 2500, allocatable: 2000", 'NodeCapacity'],
    ['w1', 'pod resize is only supported on linux nodes, node "w1" is "windows"', 'UnsupportedPlatform'],
    ['gone', 'node "gone" not found', undefined],
  ])('on %s more is refused', (node, why, cause) => {
    const { message, details } = refusal(resize(node, { cpu: '2500m' }));
    expect(message).toBe(`pods "web" is forbidden: ${why}`);
    expect(details?.causes?.[0]?.reason).toBe(cause);
  });
});
