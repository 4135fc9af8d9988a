import type { Pod, PodSpec, ResourceQuota } from '../../runtime/kube/generated/types';
import type { AnyObject } from '../../runtime/kube/object';
import { checkQuota, evaluatorOf, type QuotaEvaluator, recalculated } from '../../runtime/kube/quota';
import {
  configMaps,
  deployments,
  events,
  persistentVolumeClaims,
  pods,
  resourceClaims,
  services,
} from '../../runtime/kube/resource';

type Hard = Record<string, string | number>;

const evaluator = (resource: { group: string; plural: string }) => evaluatorOf(resource) as QuotaEvaluator;

function quotaOf(hard: Hard, used: Hard, spec: ResourceQuota['spec'] = {}): ResourceQuota {
  const metadata = { name: 'q', namespace: 'team' };
  return { apiVersion: 'v1', kind: 'ResourceQuota', metadata, spec: { hard, ...spec }, status: { hard, used } };
}

function podOf(spec: Partial<PodSpec>, more: object = {}): AnyObject {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'web' },
    spec: { containers: [], ...spec },
    ...more,
  } as never;
}

const small = podOf({
  containers: [{ name: 'main', resources: { requests: { cpu: '500m', memory: '100Mi' }, limits: { cpu: '1' } } }],
});

function charge(
  quota: ResourceQuota,
  object: AnyObject,
  resource = pods as { group: string; plural: string },
  old?: AnyObject,
) {
  return checkQuota(quota, { evaluator: evaluator(resource), object, old, now: 0 });
}

describe('a charge', () => {
  test('adds what the object uses', () => {
    const quota = quotaOf(
      { pods: '2', 'requests.cpu': '1', configmaps: '1' },
      { pods: '1', 'requests.cpu': '250m', configmaps: '0' },
    );
    expect(charge(quota, small)).toMatchObject({ used: { pods: '2', 'requests.cpu': '750m', configmaps: '0' } });
  });

  test('is refused where it is too much, with all that is', () => {
    const quota = quotaOf(
      { pods: '5', cpu: '800m', 'limits.cpu': '1', memory: '1Gi' },
      { pods: '1', cpu: '500m', 'limits.cpu': '1', memory: '0' },
    );
    expect(charge(quota, small)).toEqual({
      refused:
        'exceeded quota: q, requested: cpu=500m,limits.cpu=1, used: cpu=500m,limits.cpu=1, limited: cpu=800m,limits.cpu=1',
    });
  });

  test('counts what is there where the status is behind', () => {
    const quota = quotaOf({ pods: '2' }, { pods: '0' });
    const actual = () => ({ pods: { nano: 2_000_000_000n, format: 'DecimalSI' as const } });
    expect(checkQuota(quota, { evaluator: evaluator(pods), object: small, now: 0, actual })).toEqual({
      refused: 'exceeded quota: q, requested: pods=1, used: pods=2, limited: pods=2',
    });
  });

  test('needs a status', () => {
    expect(charge(quotaOf({ pods: '5', cpu: '1' }, {}), small)).toEqual({
      refused: 'status unknown for quota: q, resources: cpu,pods',
    });
  });

  test('of CPU or memory needs every container to say what it asks for', () => {
    const quota = quotaOf(
      { 'limits.memory': '1Gi', 'requests.cpu': '1' },
      { 'limits.memory': '0', 'requests.cpu': '0' },
    );
    const object = podOf({
      containers: [{ name: 'b' }, { name: 'a', resources: { requests: { cpu: '1' } } }],
      initContainers: [{ name: 'i' }],
    });
    expect(charge(quota, object)).toEqual({
      refused: 'failed quota: q: must specify limits.memory for: a,b,i; requests.cpu for: b,i',
    });
  });

  test('of an update is what it adds', () => {
    const service = (type: string, ports: number) =>
      ({ metadata: { name: 's' }, spec: { type, ports: Array(ports).fill({ port: 1 }) } }) as unknown as AnyObject;
    const quota = quotaOf(
      { services: '1', 'services.nodeports': '2', 'services.loadbalancers': '0' },
      { services: '1', 'services.nodeports': '1', 'services.loadbalancers': '0' },
    );
    expect(charge(quota, service('NodePort', 2), services, service('NodePort', 1))).toMatchObject({
      used: { services: '1', 'services.nodeports': '2' },
    });
    expect(charge(quota, service('ClusterIP', 2), services, service('NodePort', 1))).toBe('unconcerned');
    expect(charge(quota, service('LoadBalancer', 1), services, service('ClusterIP', 1))).toEqual({
      refused:
        'exceeded quota: q, requested: services.loadbalancers=1, used: services.loadbalancers=0, limited: services.loadbalancers=0',
    });
  });

  test('is nothing where the quota does not count the resource', () => {
    expect(charge(quotaOf({ pods: '0' }, { pods: '0' }), small, configMaps)).toBe('unconcerned');
    expect(
      charge(quotaOf({ 'count/deployments.apps': '0' }, { 'count/deployments.apps': '0' }), small, deployments),
    ).toEqual({
      refused:
        'exceeded quota: q, requested: count/deployments.apps=1, used: count/deployments.apps=0, limited: count/deployments.apps=0',
    });
    expect(evaluatorOf(events)).toBeUndefined();
  });
});

describe('scopes', () => {
  const selected = (operator: string, values?: string[]) => ({
    scopeSelector: { matchExpressions: [{ scopeName: 'PriorityClass', operator, values }] },
  });
  const elsewhere = {
    podAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [{ topologyKey: 'a', namespaces: ['b'] }] },
  };
  test.each<[string, ResourceQuota['spec'], Partial<PodSpec>, boolean]>([
    ['Terminating', { scopes: ['Terminating'] }, { activeDeadlineSeconds: 5 }, true],
    ['Terminating', { scopes: ['Terminating'] }, {}, false],
    ['NotTerminating', { scopes: ['NotTerminating'] }, {}, true],
    ['BestEffort', { scopes: ['BestEffort'] }, {}, true],
    ['NotBestEffort', { scopes: ['NotBestEffort'] }, {}, false],
    ['both', { scopes: ['BestEffort', 'Terminating'] }, {}, false],
    ['class In', selected('In', ['gold']), { priorityClassName: 'gold' }, true],
    ['class In', selected('In', ['gold']), {}, false],
    ['class NotIn', selected('NotIn', ['gold']), {}, true],
    ['class Exists', selected('Exists'), { priorityClassName: 'gold' }, true],
    ['class DoesNotExist', selected('DoesNotExist'), { priorityClassName: 'gold' }, false],
    ['CrossNamespacePodAffinity', { scopes: ['CrossNamespacePodAffinity'] }, { affinity: elsewhere }, true],
    ['CrossNamespacePodAffinity', { scopes: ['CrossNamespacePodAffinity'] }, {}, false],
  ])('%s %j %j: %s', (_name, spec, pod, concerned) => {
    const verdict = charge(quotaOf({ pods: '5' }, { pods: '0' }, spec), podOf(pod));
    expect(verdict !== 'unconcerned').toBe(concerned);
  });

  test('concern pods only', () => {
    const quota = quotaOf({ configmaps: '1' }, { configmaps: '0' }, { scopes: ['NotTerminating'] });
    expect(charge(quota, { metadata: {} } as never, configMaps)).toBe('unconcerned');
  });
});

test('a recalculation counts what is there', () => {
  const quota = quotaOf(
    {
      pods: '5',
      'count/pods': '5',
      'requests.memory': '1Gi',
      configmaps: '3',
      'requests.example.com/gpu': '2',
      'count/widgets.example.com': '1',
    },
    { configmaps: '9', 'count/widgets.example.com': '1' },
  );
  const finished = { ...small, status: { phase: 'Succeeded' } };
  const gpu = podOf({
    containers: [{ name: 'a', resources: { requests: { 'example.com/gpu': '1', memory: '28Mi' } } }],
  });
  const objects: Record<string, object[]> = { pods: [small, finished, gpu], configmaps: [{ metadata: {} }] };
  const status = recalculated(
    quota,
    [pods, configMaps, services] as never,
    ({ plural }) => (objects[plural] ?? []) as never,
    0,
  );
  expect(status.hard).toEqual({ ...quota.spec?.hard });
  expect(status.used).toEqual({
    pods: '2',
    'count/pods': '3',
    'requests.memory': '128Mi',
    configmaps: '1',
    'requests.example.com/gpu': '1',
    // Of a kind that is not served now.
    'count/widgets.example.com': '1',
  });
});

test('a pod past its time to end holds nothing', () => {
  const ending = {
    ...small,
    metadata: { name: 'web', deletionTimestamp: '2026-01-01T00:00:30Z', deletionGracePeriodSeconds: 30 },
  };
  const at = (time: string) =>
    Object.keys(evaluator(pods).usage(ending as unknown as Pod & AnyObject, Date.parse(time)));
  expect(at('2026-01-01T00:00:59Z')).toContain('pods');
  expect(at('2026-01-01T00:01:01Z')).toEqual(['count/pods']);
});

test('a claim counts for its class, too', () => {
  const claim = {
    metadata: {},
    spec: { storageClassName: 'fast', resources: { requests: { storage: '2Gi' } } },
  } as unknown as AnyObject;
  const hard = {
    'requests.storage': '10Gi',
    'fast.storageclass.storage.k8s.io/requests.storage': '1Gi',
    'slow.storageclass.storage.k8s.io/persistentvolumeclaims': '0',
  };
  const used = Object.fromEntries(Object.keys(hard).map((name) => [name, '0']));
  expect(charge(quotaOf(hard, used), claim, persistentVolumeClaims)).toEqual({
    refused:
      'exceeded quota: q, requested: fast.storageclass.storage.k8s.io/requests.storage=2Gi, used: fast.storageclass.storage.k8s.io/requests.storage=0, limited: fast.storageclass.storage.k8s.io/requests.storage=1Gi',
  });
});

test('a claim of devices counts by class: all that it asks for, of several ways the largest', () => {
  const of = (deviceClassName: string, count: number) => ({ deviceClassName, allocationMode: 'ExactCount', count });
  const requests = [
    { name: 'a', exactly: of('gold', 2) },
    { name: 'b', firstAvailable: [of('gold', 1), of('silver', 4), of('gold', 3)] },
    { name: 'c', exactly: { deviceClassName: 'tin', allocationMode: 'All' } },
  ];
  const claim = { metadata: {}, spec: { devices: { requests } } } as unknown as AnyObject;
  const hard = {
    'count/resourceclaims.resource.k8s.io': '1',
    'gold.deviceclass.resource.k8s.io/devices': '5',
    'silver.deviceclass.resource.k8s.io/devices': '4',
    'tin.deviceclass.resource.k8s.io/devices': '32',
  };
  const none = Object.fromEntries(Object.keys(hard).map((name) => [name, '0']));
  expect(charge(quotaOf(hard, none), claim, resourceClaims)).toMatchObject({ used: hard });
  const less = { ...hard, 'gold.deviceclass.resource.k8s.io/devices': '4' };
  expect(charge(quotaOf(less, none), claim, resourceClaims)).toEqual({
    refused: expect.stringContaining('requested: gold.deviceclass.resource.k8s.io/devices=5'),
  });
});
