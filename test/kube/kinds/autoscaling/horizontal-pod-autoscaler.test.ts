import type { HorizontalPodAutoscaler, HorizontalPodAutoscalerSpec } from '../../../../runtime/kube/generated/types';
import { created, minimal, rowOf, testCreates } from '../fixtures';

const spec = (values: Partial<HorizontalPodAutoscalerSpec>) => (autoscaler: HorizontalPodAutoscaler) =>
  void Object.assign(autoscaler.spec ?? {}, values);
const metric = (value: object) => spec({ metrics: [value] as never });

test('defaults', () => {
  const autoscaler = minimal.horizontalPodAutoscaler();
  spec({ behavior: { scaleDown: { selectPolicy: 'Min' } } })(autoscaler);
  expect(created(autoscaler).spec).toMatchObject({
    minReplicas: 1,
    metrics: [{ type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 80 } } }],
    behavior: {
      scaleUp: {
        stabilizationWindowSeconds: 0,
        selectPolicy: 'Max',
        policies: [
          { type: 'Pods', value: 4, periodSeconds: 15 },
          { type: 'Percent', value: 100, periodSeconds: 15 },
        ],
      },
      scaleDown: { selectPolicy: 'Min', policies: [{ type: 'Percent', value: 100, periodSeconds: 15 }] },
    },
  });
});

testCreates(minimal.horizontalPodAutoscaler, [
  [
    'a range upside down',
    spec({ minReplicas: 4 }),
    'spec.maxReplicas: Invalid value: 3: must be greater than or equal to `minReplicas`',
  ],
  ['none at least', spec({ minReplicas: 0 }), 'spec.minReplicas: Invalid value: 0: must be greater than or equal to 1'],
  [
    'scales nothing',
    spec({ scaleTargetRef: { kind: '', name: 'a/b' } }),
    'spec.scaleTargetRef.kind: Required value',
    "spec.scaleTargetRef.name: Invalid value: \"a/b\": may not contain '/' or '%'",
  ],
  [
    'a metric of pods',
    metric({ type: 'Pods', pods: { metric: { name: 'm' }, target: { type: 'AverageValue', averageValue: '5' } } }),
  ],
  [
    'a metric without its source',
    metric({ type: 'Pods' }),
    'spec.metrics[0].pods: Required value: must populate information for the given metric source',
  ],
  [
    'a metric of another source',
    metric({ type: 'Pods', external: { metric: { name: 'm' }, target: { type: 'Value', value: '1' } } }),
    'spec.metrics[0].external: Forbidden: must populate the given metric source only',
    'spec.metrics[0].pods: Required value: must populate information for the given metric source',
  ],
  [
    'a target of nothing',
    metric({ type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 0 } } }),
    'spec.metrics[0].resource.target.averageUtilization: Invalid value: 0: must be greater than 0',
  ],
  [
    'a behaviour that takes too long',
    spec({
      behavior: {
        scaleUp: {
          stabilizationWindowSeconds: 3601,
          policies: [{ type: 'Pods', value: 0, periodSeconds: 1801 }],
        },
      },
    }),
    'spec.behavior.scaleUp.stabilizationWindowSeconds: Invalid value: 3601: must be less than or equal to 3600',
    'spec.behavior.scaleUp.policies[0].value: Invalid value: 0: must be greater than zero',
    'spec.behavior.scaleUp.policies[0].periodSeconds: Invalid value: 1801: must be less than or equal to 1800',
  ],
]);

test('row', () => {
  const autoscaler = created(minimal.horizontalPodAutoscaler());
  expect(rowOf(autoscaler)).toEqual(['web', 'Deployment/web', 'cpu: <unknown>/80%', '1', 3, 0, '<unknown>']);
  const current = { averageUtilization: 23, averageValue: '230m' };
  autoscaler.status = {
    currentReplicas: 2,
    desiredReplicas: 2,
    currentMetrics: [{ type: 'Resource', resource: { name: 'cpu', current } }],
  };
  expect(rowOf(autoscaler).slice(2, 6)).toEqual(['cpu: 23%/80%', '1', 3, 2]);
});
