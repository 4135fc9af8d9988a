import type { RuntimeClass } from '../../../../runtime/kube/generated/types';
import { minimal, row, testCreates, testUpdates } from '../fixtures';

const set = (values: Partial<RuntimeClass>) => (c: RuntimeClass) => void Object.assign(c, values);
const toleration = { key: 'a', operator: 'Exists' };

testCreates(minimal.runtimeClass, [
  [
    'handler',
    set({ handler: 'A' }),
    expect.stringContaining('handler: Invalid value: "A": a lowercase RFC 1123 label') as unknown as string,
  ],
  ['what it takes', set({ overhead: { podFixed: { cpu: '100m', memory: '64Mi' } } })],
  [
    'less than none',
    set({ overhead: { podFixed: { cpu: '-1' } } }),
    'overhead.limits[cpu]: Invalid value: "-1": must be greater than or equal to 0',
  ],
  ['where it runs', set({ scheduling: { nodeSelector: { a: 'b' }, tolerations: [toleration] } })],
  [
    'tolerated twice',
    set({ scheduling: { tolerations: [toleration, toleration] } }),
    'scheduling.tolerations[1]: Duplicate value: {"key":"a","operator":"Exists"}',
  ],
]);

testUpdates(minimal.runtimeClass, [
  ['may run elsewhere', set({ scheduling: { nodeSelector: { a: 'b' } } })],
  ['may not get another handler', set({ handler: 'x' }), 'handler: Invalid value: "x": field is immutable'],
]);

test('row', () => {
  expect(row(minimal.runtimeClass())).toEqual(['sandboxed', 'runsc', '<unknown>']);
});
