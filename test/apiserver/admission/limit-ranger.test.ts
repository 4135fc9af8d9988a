import { type AdmissionRequest, offline } from '../../../runtime/apiserver/admission';
import { limitRanger } from '../../../runtime/apiserver/admission/plugins/limit-ranger';
import type { LimitRangeItem, Pod, PodSpec } from '../../../runtime/kube/generated/types';
import { persistentVolumeClaims, pods } from '../../../runtime/kube/resource';

function requestFor(object: object, limits: LimitRangeItem[], more: Partial<AdmissionRequest> = {}): AdmissionRequest {
  return {
    ...{ operation: 'CREATE', resource: pods as never, namespace: 'team', name: 'web', object: object as never },
    lookups: { ...offline, list: () => [{ metadata: { name: 'limits' }, spec: { limits } }] as never },
    warn: () => {},
    annotate: () => {},
    ...more,
  };
}

function podOf(spec: PodSpec): Pod {
  return { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'web' }, spec };
}

/** What is said against a pod of these containers; undefined where nothing is. */
function problem(limits: LimitRangeItem[], spec: PodSpec, more: Partial<AdmissionRequest> = {}): string | undefined {
  try {
    limitRanger.validate?.(requestFor(podOf(spec), limits, more));
    return undefined;
  } catch (error) {
    return (error as Error).message.replace('pods "web" is forbidden: ', '');
  }
}

const asking = (requests?: object, limits?: object): PodSpec => ({
  containers: [{ name: 'main', resources: { requests, limits } as never }],
});

describe('defaults', () => {
  const limits = [
    { type: 'Container', default: { cpu: '1', memory: '2Gi' }, defaultRequest: { cpu: '500m', memory: '1Gi' } },
  ];

  test('fill what a container leaves out, and the pod says so', () => {
    const pod = podOf({
      initContainers: [{ name: 'init' }],
      containers: [{ name: 'plain' }, { name: 'own', resources: { requests: { cpu: '100m' } } }],
    });
    limitRanger.mutate?.(requestFor(pod, limits));
    const full = { requests: { cpu: '500m', memory: '1Gi' }, limits: { cpu: '1', memory: '2Gi' } };
    expect(pod.spec?.containers.map(({ resources }) => resources)).toEqual([
      full,
      { requests: { cpu: '100m', memory: '1Gi' }, limits: { cpu: '1', memory: '2Gi' } },
    ]);
    expect(pod.spec?.initContainers?.[0]?.resources).toEqual(full);
    expect(pod.metadata.annotations).toEqual({
      'kubernetes.io/limit-ranger':
        'LimitRanger plugin set: cpu, memory request for container plain; cpu, memory limit for container plain; ' +
        'memory request for container own; cpu, memory limit for container own; ' +
        'cpu, memory request for init container init; cpu, memory limit for init container init',
    });
  });

  test('leave alone what is complete, and updates', () => {
    const complete = podOf(asking({ cpu: '1', memory: '1' }, { cpu: '1', memory: '1' }));
    limitRanger.mutate?.(requestFor(complete, limits));
    expect(complete.metadata.annotations).toBeUndefined();
    const later = podOf({ containers: [{ name: 'plain' }] });
    limitRanger.mutate?.(
      requestFor(later, limits, { operation: 'UPDATE', oldObject: podOf({ containers: [] }) as never }),
    );
    expect(later.spec?.containers[0]).toEqual({ name: 'plain' });
  });

  test('without a cluster there are none', () => {
    const pod = podOf({ containers: [{ name: 'plain' }] });
    const request = requestFor(pod, [], { lookups: offline });
    limitRanger.mutate?.(request);
    limitRanger.validate?.(request);
    expect(pod.spec?.containers[0]).toEqual({ name: 'plain' });
  });
});

test.each<[string, LimitRangeItem, PodSpec, string | undefined]>([
  [
    'min, no request',
    { type: 'Container', min: { cpu: '50m' } },
    asking(),
    'minimum cpu usage per Container is 50m.  No request is specified',
  ],
  [
    'min, request',
    { type: 'Container', min: { cpu: '50m' } },
    asking({ cpu: '40m' }),
    'minimum cpu usage per Container is 50m, but request is 40m',
  ],
  [
    'min, limit',
    { type: 'Container', min: { cpu: '50m' } },
    asking({ cpu: '50m' }, { cpu: '10m' }),
    'minimum cpu usage per Container is 50m, but limit is 10m',
  ],
  ['min, kept', { type: 'Container', min: { cpu: '50m' } }, asking({ cpu: '0.05' }), undefined],
  [
    'max, no limit',
    { type: 'Container', max: { memory: '1Gi' } },
    asking(),
    'maximum memory usage per Container is 1Gi.  No limit is specified',
  ],
  [
    'max, limit',
    { type: 'Container', max: { memory: '1Gi' } },
    asking({}, { memory: '2Gi' }),
    'maximum memory usage per Container is 1Gi, but limit is 2Gi',
  ],
  [
    'max, request',
    { type: 'Container', max: { memory: '1Gi' } },
    asking({ memory: '2Gi' }, { memory: '1Gi' }),
    'maximum memory usage per Container is 1Gi, but request is 2Gi',
  ],
  ['max, kept', { type: 'Container', max: { memory: '1Gi' } }, asking({}, { memory: '1024Mi' }), undefined],
  [
    'ratio, no request',
    { type: 'Container', maxLimitRequestRatio: { cpu: '2' } },
    asking({}, { cpu: '1' }),
    'cpu max limit to request ratio per Container is 2, but no request is specified or request is 0',
  ],
  [
    'ratio, no limit',
    { type: 'Container', maxLimitRequestRatio: { cpu: '2' } },
    asking({ cpu: '1' }),
    'cpu max limit to request ratio per Container is 2, but no limit is specified or limit is 0',
  ],
  [
    'ratio',
    { type: 'Container', maxLimitRequestRatio: { cpu: '2' } },
    asking({ cpu: '200m' }, { cpu: '500m' }),
    'cpu max limit to request ratio per Container is 2, but provided ratio is 2.500000',
  ],
  [
    'ratio, kept',
    { type: 'Container', maxLimitRequestRatio: { cpu: '2.5' } },
    asking({ cpu: '200m' }, { cpu: '500m' }),
    undefined,
  ],
  [
    'an init container too',
    { type: 'Container', max: { cpu: '1' } },
    { containers: [], initContainers: [{ name: 'i', resources: { limits: { cpu: '2' } } }] },
    'maximum cpu usage per Container is 1, but limit is 2',
  ],
  [
    'a whole pod',
    { type: 'Pod', max: { cpu: '1' } },
    {
      containers: [
        { name: 'a', resources: { limits: { cpu: '600m' } } },
        { name: 'b', resources: { limits: { cpu: '600m' } } },
      ],
    },
    'maximum cpu usage per Pod is 1, but limit is 1200m',
  ],
  [
    'several problems',
    { type: 'Container', min: { cpu: '50m', memory: '1Mi' } },
    asking(),
    '[minimum cpu usage per Container is 50m.  No request is specified, minimum memory usage per Container is 1Mi.  No request is specified]',
  ],
])('%s', (_name, item, spec, expected) => {
  expect(problem([item], spec)).toBe(expected);
});

test('a pod is looked at again where it is resized, and not where anything else of it changes', () => {
  const limits = [{ type: 'Container', max: { cpu: '1' } }];
  const update = { operation: 'UPDATE' as const, oldObject: podOf({ containers: [] }) as never };
  expect(problem(limits, asking({}, { cpu: '2' }), update)).toBeUndefined();
  expect(problem(limits, asking({}, { cpu: '2' }), { ...update, subresource: 'resize' })).toContain('but limit is 2');
});

test('a claim has a size of its own', () => {
  const limits = [{ type: 'PersistentVolumeClaim', min: { storage: '1Gi' }, max: { storage: '2Gi' } }];
  const claim = (storage: string) => ({ metadata: { name: 'data' }, spec: { resources: { requests: { storage } } } });
  const problemOf = (storage: string) => {
    try {
      limitRanger.validate?.(
        requestFor(claim(storage), limits, { resource: persistentVolumeClaims as never, name: 'data' }),
      );
    } catch (error) {
      return (error as Error).message;
    }
  };
  expect(problemOf('1Gi')).toBeUndefined();
  expect(problemOf('3Gi')).toBe(
    'persistentvolumeclaims "data" is forbidden: maximum storage usage per PersistentVolumeClaim is 2Gi, but request is 3Gi',
  );
  expect(problemOf('1Mi')).toContain('minimum storage usage per PersistentVolumeClaim is 1Gi, but request is 1Mi');
});
