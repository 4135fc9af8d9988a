import type {
  LimitRange,
  LimitRangeItem,
  ResourceQuota,
  ResourceQuotaSpec,
} from '../../../../runtime/kube/generated/types';
import { created, minimal, rowOf, testCreates, testUpdates, updated } from '../fixtures';

describe('LimitRange', () => {
  const item = (values: Partial<LimitRangeItem>) => (range: LimitRange) =>
    void Object.assign(range, { spec: { limits: [{ type: 'Container', ...values }] } });
  const at = 'spec.limits[0]';

  test('what is not given follows from what is', () => {
    const range = minimal.limitRange();
    item({ max: { cpu: '2', memory: '1Gi' }, default: { cpu: '1' }, min: { 'ephemeral-storage': '1Gi' } })(range);
    expect(created(range).spec?.limits[0]).toMatchObject({
      default: { cpu: '1', memory: '1Gi' },
      defaultRequest: { cpu: '1', memory: '1Gi', 'ephemeral-storage': '1Gi' },
    });
  });

  testCreates(minimal.limitRange, [
    [
      'least above most',
      item({ min: { cpu: '2' }, max: { cpu: '1' } }),
      `${at}.min[cpu]: Invalid value: "2": min value 2 is greater than max value 1`,
      `${at}.defaultRequest[cpu]: Invalid value: "1": min value 2 is greater than default request value 1`,
      `${at}.default[cpu]: Invalid value: "1": min value 2 is greater than default value 1`,
    ],
    [
      'request above limit',
      item({ default: { cpu: '1' }, defaultRequest: { cpu: '2' } }),
      `${at}.defaultRequest[cpu]: Invalid value: "2": default request value 2 is greater than default limit value 1`,
    ],
    [
      'defaults of a pod',
      item({ type: 'Pod', default: { cpu: '1' } }),
      `${at}.default: Forbidden: may not be specified when \`type\` is 'Pod'`,
    ],
    [
      'a claim without a size',
      item({ type: 'PersistentVolumeClaim' }),
      `${at}.limits: Required value: either minimum or maximum storage value is required, but neither was provided`,
    ],
    [
      'a ratio below one',
      item({ maxLimitRequestRatio: { cpu: '500m' } }),
      `${at}.maxLimitRequestRatio[cpu]: Invalid value: "500m": ratio 500m is less than 1`,
    ],
    [
      'another resource',
      item({ max: { pods: '1' } }),
      `${at}.max[pods]: Invalid value: "pods": must be a standard resource for containers`,
      `${at}.default[pods]: Invalid value: "pods": must be a standard resource for containers`,
      `${at}.defaultRequest[pods]: Invalid value: "pods": must be a standard resource for containers`,
    ],
    [
      'two of one type',
      (range) => void range.spec?.limits.push({ type: 'Container' }),
      'spec.limits[1].type: Duplicate value: "Container"',
    ],
  ]);

  test('row', () => {
    const range = created(minimal.limitRange());
    range.metadata.creationTimestamp = '2026-01-31T12:00:00Z';
    expect(rowOf(range)).toEqual(['web', '2026-01-31T12:00:00Z']);
  });
});

describe('ResourceQuota', () => {
  const spec = (values: ResourceQuotaSpec) => (quota: ResourceQuota) => void Object.assign(quota, { spec: values });

  testCreates(minimal.resourceQuota, [
    ['counts of any kind', spec({ hard: { 'count/jobs.batch': '2', 'requests.example.com/gpu': '4' } })],
    [
      'no resource of quotas',
      spec({ hard: { apples: '1' } }),
      'spec.hard[apples]: Invalid value: "apples": must be a standard resource for quota',
    ],
    ['half a pod', spec({ hard: { pods: '500m' } }), 'spec.hard[pods]: Invalid value: "500m": must be an integer'],
    [
      'less than none',
      spec({ hard: { cpu: '-1' } }),
      'spec.hard[cpu]: Invalid value: "-1": must be greater than or equal to 0',
    ],
    [
      'contrary scopes',
      spec({ hard: { pods: '1' }, scopes: ['BestEffort', 'NotBestEffort'] }),
      'spec.scopes: Invalid value: ["BestEffort","NotBestEffort"]: conflicting scopes',
    ],
    [
      'a scope that does not fit',
      spec({ hard: { cpu: '1' }, scopes: ['BestEffort'] }),
      'spec.scopes: Invalid value: ["BestEffort"]: unsupported scope applied to resource',
    ],
    [
      'a selector without values',
      spec({
        hard: { pods: '1' },
        scopeSelector: { matchExpressions: [{ scopeName: 'PriorityClass', operator: 'In' }] },
      }),
      "spec.scopeSelector.matchExpressions[0].values: Required value: must be at least one value when `operator` is 'In' or 'NotIn' for scope selector",
    ],
  ]);

  describe('update', () => {
    testUpdates(minimal.resourceQuota, [
      ['of amounts', spec({ hard: { pods: '9' } })],
      [
        'of scopes',
        spec({ hard: { pods: '3' }, scopes: ['Terminating'] }),
        'spec.scopes: Invalid value: ["Terminating"]: field is immutable',
      ],
    ]);
  });

  test('the status changes by its own path, and shows in the row', () => {
    const old = created(minimal.resourceQuota());
    expect(old.status).toEqual({});
    const count = (quota: ResourceQuota) =>
      void Object.assign(quota, { status: { hard: { pods: '3', 'limits.cpu': '2' }, used: { pods: '1' } } });
    expect(updated(old, count).status).toEqual({});
    const counted = updated(old, count, { subresource: 'status' });
    expect(rowOf(counted)).toEqual(['web', 'pods: 1/3', 'limits.cpu: 0/2', '<unknown>']);
  });
});
