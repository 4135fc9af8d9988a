import type { PodDisruptionBudget, PodDisruptionBudgetSpec } from '../../../../runtime/kube/generated/types';
import { created, minimal, problems, rowOf, testCreates, updated } from '../fixtures';

const spec = (values: PodDisruptionBudgetSpec) => (budget: PodDisruptionBudget) =>
  void Object.assign(budget.spec ?? {}, values);

testCreates(minimal.podDisruptionBudget, [
  ['a share', spec({ minAvailable: '50%' })],
  [
    'both ways',
    spec({ maxUnavailable: 1 }),
    'spec: Invalid value: {"minAvailable":1,"selector":{"matchLabels":{"app":"web"}},"maxUnavailable":1}: minAvailable and maxUnavailable cannot be both set',
  ],
  [
    'more than all',
    spec({ minAvailable: '101%' }),
    'spec.minAvailable: Invalid value: "101%": must not be greater than 100%',
  ],
  ['negative', spec({ minAvailable: -1 }), 'spec.minAvailable: Invalid value: -1: must be greater than or equal to 0'],
  [
    'another policy',
    spec({ unhealthyPodEvictionPolicy: 'Never' }),
    'spec.unhealthyPodEvictionPolicy: Unsupported value: "Never": supported values: "AlwaysAllow", "IfHealthyBudget"',
  ],
]);

test('a new one allows nothing until a controller has counted', () => {
  expect(created(minimal.podDisruptionBudget())).toMatchObject({
    metadata: { generation: 1 },
    status: { disruptionsAllowed: 0, currentHealthy: 0, desiredHealthy: 0, expectedPods: 0 },
  });
});

test('updates of spec and status keep apart', () => {
  const old = created(minimal.podDisruptionBudget());
  const both = (budget: PodDisruptionBudget) => {
    spec({ minAvailable: 2 })(budget);
    Object.assign(budget.status ?? {}, { disruptionsAllowed: 3 });
  };
  expect(updated(old, both)).toMatchObject({
    metadata: { generation: 2 },
    spec: { minAvailable: 2 },
    status: { disruptionsAllowed: 0 },
  });
  expect(updated(old, both, { subresource: 'status' })).toMatchObject({
    metadata: { generation: 1 },
    spec: { minAvailable: 1 },
    status: { disruptionsAllowed: 3 },
  });
  const write = () =>
    updated(old, (b) => Object.assign(b.status ?? {}, { expectedPods: -1 }), { subresource: 'status' });
  expect(problems(write)).toEqual(['status.expectedPods: Invalid value: -1: must be greater than or equal to 0']);
});

test('row', () => {
  expect(rowOf(created(minimal.podDisruptionBudget()))).toEqual(['web', '1', 'N/A', 0, '<unknown>']);
});
