import type { HorizontalPodAutoscaler } from '../../../../runtime/kube/generated/types';
import { autoscalerFromV1, autoscalerToV1 } from '../../../../runtime/kube/kinds/autoscaling/convert';
import { created, kindOf, minimal, rowOf } from '../fixtures';

const cpu = { type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 60 } } };
const describedObject = { apiVersion: 'v1', kind: 'Service', name: 'web' };
const others = [
  { type: 'Resource', resource: { name: 'memory', target: { type: 'AverageValue', averageValue: '1Gi' } } },
  {
    type: 'ContainerResource',
    containerResource: { name: 'cpu', container: 'app', target: { type: 'Utilization', averageUtilization: 50 } },
  },
  {
    type: 'Pods',
    pods: {
      metric: { name: 'requests', selector: { matchLabels: { a: 'b' } } },
      target: { type: 'AverageValue', averageValue: '5' },
    },
  },
  { type: 'Object', object: { describedObject, metric: { name: 'hits' }, target: { type: 'Value', value: '9' } } },
  { type: 'External', external: { metric: { name: 'queue' }, target: { type: 'AverageValue', averageValue: '3' } } },
];

function full(): HorizontalPodAutoscaler {
  const autoscaler = minimal.horizontalPodAutoscaler();
  Object.assign(autoscaler.metadata, { annotations: { mine: 'yes' } });
  Object.assign(autoscaler.spec ?? {}, {
    minReplicas: 2,
    metrics: [cpu, ...others],
    behavior: { scaleDown: { selectPolicy: 'Disabled' } },
  });
  autoscaler.status = {
    currentReplicas: 2,
    desiredReplicas: 3,
    conditions: [{ type: 'AbleToScale', status: 'True' }],
    currentMetrics: [
      { type: 'Resource', resource: { name: 'cpu', current: { averageUtilization: 23 } } },
      { type: 'Pods', pods: { metric: { name: 'requests' }, current: { averageValue: '4' } } },
    ],
  };
  return autoscaler;
}

test('nothing is lost on the way to version 1 and back', () => {
  const autoscaler = full();
  const before = structuredClone(autoscaler);
  expect(autoscalerFromV1(autoscalerToV1(autoscaler))).toEqual(before);
  expect(autoscaler).toEqual(before);
});

test('version 1 has the target for CPU in fields and the rest in annotations', () => {
  const old = autoscalerToV1(full());
  expect(old).toMatchObject({
    apiVersion: 'autoscaling/v1',
    spec: { minReplicas: 2, maxReplicas: 3, targetCPUUtilizationPercentage: 60 },
    status: { currentReplicas: 2, desiredReplicas: 3, currentCPUUtilizationPercentage: 23 },
  });
  expect(Object.keys(old.spec ?? {}).sort()).toEqual([
    'maxReplicas',
    'minReplicas',
    'scaleTargetRef',
    'targetCPUUtilizationPercentage',
  ]);
  const annotation = (name: string) =>
    JSON.parse(old.metadata.annotations?.[`autoscaling.alpha.kubernetes.io/${name}`] ?? 'null');
  expect(annotation('metrics')).toContainEqual({
    type: 'Pods',
    pods: { metricName: 'requests', selector: { matchLabels: { a: 'b' } }, targetAverageValue: '5' },
  });
  expect(annotation('metrics')).toContainEqual({
    type: 'Object',
    object: { target: describedObject, metricName: 'hits', targetValue: '9' },
  });
  expect(annotation('behavior')).toEqual({ scaleDown: { selectPolicy: 'Disabled' } });
  expect(annotation('conditions')).toEqual([{ type: 'AbleToScale', status: 'True' }]);
  expect(annotation('current-metrics')).toEqual([
    { type: 'Pods', pods: { metricName: 'requests', currentAverageValue: '4' } },
  ]);
});

test('what stands in the annotations of version 1 and is none of it is left out', () => {
  const old = autoscalerToV1(full());
  old.metadata.annotations = { 'autoscaling.alpha.kubernetes.io/metrics': 'no json', mine: 'yes' };
  const back = autoscalerFromV1(old);
  expect(back.spec?.metrics).toEqual([cpu]);
  expect(back.metadata.annotations).toEqual({ mine: 'yes' });
});

test('version 1 keeps the rules of version 2, and is printed as it is', () => {
  const old = { ...autoscalerToV1(minimal.horizontalPodAutoscaler()), apiVersion: 'autoscaling/v1' as const };
  const stored = created(old);
  expect(kindOf(stored).storage?.write(stored as never)).toMatchObject({
    apiVersion: 'autoscaling/v2',
    spec: { metrics: [{ resource: { target: { averageUtilization: 80 } } }] },
  });
  expect(rowOf(stored).slice(0, 5)).toEqual(['web', 'Deployment/web', 'cpu: <unknown>/80%', '1', 3]);
  Object.assign(stored.spec ?? {}, { maxReplicas: 0 });
  expect(
    kindOf(stored)
      .validate?.(stored as never)
      ?.map(({ field }) => field),
  ).toEqual(['spec.maxReplicas', 'spec.maxReplicas']);
});
