import type { PriorityClass } from '../../../../runtime/kube/generated/types';
import { created, minimal, row, testCreates, testUpdates } from '../fixtures';

const set = (values: Partial<PriorityClass>) => (c: PriorityClass) => void Object.assign(c, values);
const named = (name: string, values: Partial<PriorityClass>) => set({ metadata: { name }, ...values });
const reserved = "priority class names with 'system-' prefix are reserved for system use only. error: ";

test('pods of a class preempt others unless said', () => {
  expect(created(minimal.priorityClass()).preemptionPolicy).toBe('PreemptLowerPriority');
});

testCreates(minimal.priorityClass, [
  ['below zero', set({ value: -5, preemptionPolicy: 'Never', globalDefault: true })],
  [
    'too high',
    set({ value: 1_000_000_001 }),
    'value: Forbidden: maximum allowed value of a user defined priority is 1000000000',
  ],
  [
    'policy',
    set({ preemptionPolicy: 'X' }),
    'preemptionPolicy: Unsupported value: "X": supported values: "PreemptLowerPriority", "Never"',
  ],
  ['the system itself', named('system-node-critical', { value: 2000001000 })],
  [
    'as if of the system',
    named('system-mine', { value: 1 }),
    `metadata.name: Forbidden: ${reserved}system-mine is not a known system priority class`,
  ],
  [
    'of the system, with another value',
    named('system-node-critical', { value: 1 }),
    `metadata.name: Forbidden: ${reserved}value of system-node-critical PriorityClass must be 2000001000`,
  ],
  [
    'of the system, for all',
    named('system-node-critical', { value: 2000001000, globalDefault: true }),
    `metadata.name: Forbidden: ${reserved}globalDefault of system-node-critical PriorityClass must be false`,
  ],
]);

testUpdates(minimal.priorityClass, [
  ['may be for all', set({ globalDefault: true, description: 'for all' })],
  ['may not get another value', set({ value: 1 }), 'value: Forbidden: may not be changed in an update.'],
  [
    'may not get another policy',
    set({ preemptionPolicy: 'Never' }),
    'preemptionPolicy: Invalid value: "Never": field is immutable',
  ],
]);

test('row', () => {
  expect(row(created(minimal.priorityClass()))).toEqual(['high', 1000, false, '<unknown>', 'PreemptLowerPriority']);
});
