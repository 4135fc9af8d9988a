import fc from 'fast-check';
import type { Container, Pod, PodSpec } from '../../runtime/kube/generated/types';
import { type Amounts, amountNumber, podRequests, qosClass } from '../../runtime/kube/pod-resources';
import { formatQuantity } from '../../runtime/kube/quantity';

function asking(cpu: string, rest: Partial<Container> = {}): Container {
  return { name: 'c', image: 'i', resources: { requests: { cpu }, limits: { cpu } }, ...rest };
}
const sidecar = { restartPolicy: 'Always' };
const pod = (spec: Partial<PodSpec>): Pod =>
  ({ apiVersion: 'v1', kind: 'Pod', metadata: {}, spec: { containers: [], ...spec } }) as Pod;
const text = (amounts: Amounts) => Object.fromEntries(Object.entries(amounts).map(([k, v]) => [k, formatQuantity(v)]));

test.each<[string, Partial<PodSpec>, Record<string, string>]>([
  ['nothing', {}, {}],
  ['containers add up', { containers: [asking('100m'), asking('200m')] }, { cpu: '300m' }],
  [
    'a small init container is covered',
    { initContainers: [asking('200m')], containers: [asking('300m')] },
    { cpu: '300m' },
  ],
  [
    'a large one counts alone',
    { initContainers: [asking('1'), asking('2')], containers: [asking('300m')] },
    { cpu: '2' },
  ],
  [
    'sidecars add to containers',
    { initContainers: [asking('1', sidecar)], containers: [asking('300m')] },
    { cpu: '1300m' },
  ],
  [
    'sidecars run beside later init containers',
    { initContainers: [asking('1', sidecar), asking('2')], containers: [asking('1')] },
    { cpu: '3' },
  ],
  [
    'but not beside earlier ones',
    { initContainers: [asking('2'), asking('1', sidecar)], containers: [asking('1')] },
    { cpu: '2' },
  ],
  [
    'overhead adds',
    { containers: [asking('1')], overhead: { cpu: '100m', memory: '1Mi' } },
    { cpu: '1100m', memory: '1Mi' },
  ],
  [
    'amounts of the pod count instead',
    { containers: [asking('1')], resources: { requests: { cpu: '3' } } },
    { cpu: '3' },
  ],
])('requests: %s', (_name, spec, expected) => expect(text(podRequests(pod(spec)))).toEqual(expected));

test('CPU is compared in millicores, all else in whole units', () => {
  expect(amountNumber('cpu', '1500m')).toBe(1500);
  expect(amountNumber('memory', '1Ki')).toBe(1024);
});

test('a pod never asks for less than any of its containers', () => {
  const container = fc.record({ cpu: fc.integer({ min: 0, max: 4000 }), restarts: fc.boolean() });
  fc.assert(
    fc.property(fc.array(container, { maxLength: 4 }), fc.array(container, { maxLength: 4 }), (init, main) => {
      const spec = {
        initContainers: init.map((c) => asking(`${c.cpu}m`, c.restarts ? sidecar : {})),
        containers: main.map((c) => asking(`${c.cpu}m`)),
      };
      const total = amountNumber('cpu', podRequests(pod(spec)).cpu ?? '0');
      for (const c of [...init, ...main]) expect(total).toBeGreaterThanOrEqual(c.cpu);
      const running = [...init.filter((c) => c.restarts), ...main].reduce((sum, c) => sum + c.cpu, 0);
      expect(total).toBeGreaterThanOrEqual(running);
    }),
  );
});

test('an amount that is none is not counted towards a QoS class', () => {
  const spec = { containers: [{ name: 'c', resources: { requests: { cpu: '0', memory: 'x' } } }] };
  expect(qosClass(spec)).toBe('BestEffort');
});
