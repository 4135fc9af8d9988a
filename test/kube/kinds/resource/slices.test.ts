import type {
  Device,
  DeviceCapacity,
  ResourceSlice,
  ResourceSliceSpec,
} from '../../../../runtime/kube/generated/types';
import { created, minimal, row, testCreates, testUpdates, updated } from '../fixtures';

const set = (spec: Partial<ResourceSliceSpec>) => (slice: ResourceSlice) => void Object.assign(slice.spec, spec);
const device = (value: Partial<Device>) => set({ devices: [{ name: 'gpu-0', ...value }] });
const capacity = (value: DeviceCapacity) => device({ allowMultipleAllocations: true, capacity: { memory: value } });
const at = 'spec.devices[0]';
const one = 'exactly one of `nodeName`, `nodeSelector`, `allNodes`, `perDeviceNodeSelection` is required';
const term = { matchExpressions: [{ key: 'a', operator: 'Exists' }] };

testCreates(minimal.resourceSlice, [
  ['everywhere', set({ nodeName: undefined, allNodes: true })],
  ['on some nodes', set({ nodeName: undefined, nodeSelector: { nodeSelectorTerms: [term] } })],
  ['nowhere', set({ nodeName: undefined }), `spec: Required value: ${one}`],
  [
    'in two ways',
    set({ allNodes: true }),
    `spec: Invalid value: "{\`nodeName\`, \`allNodes\`}": ${one}, but multiple fields are set`,
  ],
  [
    'on nodes of two sorts',
    set({ nodeName: undefined, nodeSelector: { nodeSelectorTerms: [term, term] } }),
    expect.stringMatching(
      /^spec.nodeSelector.nodeSelectorTerms: .*: must have exactly one node selector term$/,
    ) as never,
  ],
  [
    'pool',
    set({ pool: { name: '', generation: -1, resourceSliceCount: 0 } }),
    'spec.pool.name: Required value',
    'spec.pool.resourceSliceCount: Invalid value: 0: must be greater than zero',
    'spec.pool.generation: Invalid value: -1: must be greater than or equal to zero',
  ],
  [
    'too many devices',
    set({ devices: Array.from({ length: 129 }, (_, i) => ({ name: `gpu-${i}` })) }),
    'spec.devices: Too many: 129: must have at most 128 items',
  ],
  [
    'too many devices with taints',
    set({
      devices: Array.from({ length: 65 }, (_, i) => ({ name: `gpu-${i}`, taints: [{ key: 'a', effect: 'None' }] })),
    }),
    'spec.devices: Too many: 65: must have at most 64 items',
  ],
  ['a device twice', set({ devices: [{ name: 'a' }, { name: 'a' }] }), 'spec.devices[1]: Duplicate value: "a"'],
  [
    'attributes',
    device({ attributes: { model: { string: 'x' }, 'a.io/version': { version: '1.2.3-rc.1+b' }, n: { int: 0 } } }),
  ],
  [
    'attributes of no name or value',
    device({ attributes: { 'a-b': { int: 1 }, '/c': { bool: true }, d: {}, e: { int: 1, bool: true } } }),
    expect.stringContaining(`${at}.attributes: Invalid value: "a-b": a valid C identifier`) as never,
    `${at}.attributes: Invalid value: "": the domain must not be empty`,
    `${at}.attributes[d]: Invalid value: "": exactly one value must be specified`,
    `${at}.attributes[e]: Invalid value: {"int":1,"bool":true}: exactly one value must be specified`,
  ],
  [
    'a version that is none',
    device({ attributes: { v: { version: '1.2' } } }),
    `${at}.attributes[v].version: Invalid value: "1.2": must be a string compatible with semver.org spec 2.0.0`,
  ],
  [
    'a long value',
    device({ attributes: { v: { string: 'a'.repeat(65) } } }),
    `${at}.attributes[v].string: Too long: may not be more than 64 bytes`,
  ],
  [
    'a list of nothing',
    device({ attributes: { v: { ints: [] } } }),
    `${at}.attributes[v]: Invalid value: "": exactly one value must be specified`,
  ],
  [
    'too many attributes',
    device({ attributes: Object.fromEntries(Array.from({ length: 33 }, (_, i) => [`a${i}`, { int: i }])) }),
    `${at}: Invalid value: 33: the total number of attributes and capacities must not exceed 32`,
  ],
  ['a taint without effect', device({ taints: [{ key: 'a', effect: '' }] }), `${at}.taints[0].effect: Required value`],
  [
    'shared counters',
    set({ devices: undefined, sharedCounters: [{ name: 'a', counters: { memory: { value: '1Gi' } } }] }),
  ],
  [
    'counters beside devices',
    set({ sharedCounters: [{ name: 'a', counters: {} }] }),
    'spec: Invalid value: "": only one of `sharedCounters` or `devices` is allowed',
    'spec.sharedCounters[0].counters: Required value',
  ],
  [
    'a place of its own',
    device({ nodeName: 'n2' }),
    `${at}: Invalid value: null: \`nodeName\`, \`nodeSelector\` and \`allNodes\` can only be set if \`perDeviceNodeSelection\` is set to true in the ResourceSlice spec`,
  ],
  [
    'no place where each has its own',
    set({ nodeName: undefined, perDeviceNodeSelection: true }),
    `${at}: Required value: exactly one of \`nodeName\`, \`nodeSelector\`, or \`allNodes\` is required when \`perDeviceNodeSelection\` is set to true in the ResourceSlice spec`,
  ],
  [
    'conditions for one way only',
    device({ bindingConditions: ['a'] }),
    `${at}.bindingFailureConditions: Invalid value: []: bindingFailureConditions are required to use bindingConditions`,
  ],
  [
    'portions',
    capacity({ value: '8Gi', requestPolicy: { default: '1Gi', validRange: { min: '1Gi', max: '4Gi', step: '1Gi' } } }),
  ],
  [
    'portions of what is not shared',
    device({ capacity: { memory: { value: '1', requestPolicy: {} } } }),
    `${at}.capacity[memory].requestPolicy: Forbidden: allowMultipleAllocations must be true`,
  ],
  [
    'portions without a usual one',
    capacity({ value: '8Gi', requestPolicy: { validValues: ['1Gi'] } }),
    `${at}.capacity[memory].requestPolicy.default: Required value: required when validValues is defined`,
  ],
  [
    'portions out of order',
    capacity({ value: '8', requestPolicy: { default: '3', validValues: ['2', '1', '9'] } }),
    `${at}.capacity[memory].requestPolicy.validValues[1]: Invalid value: "1": values must be sorted in ascending order`,
    `${at}.capacity[memory].requestPolicy.validValues[2]: Invalid value: "9": option is larger than capacity value: 8`,
    `${at}.capacity[memory].requestPolicy.validValues: Invalid value: "3": default value is not valid according to the requestPolicy`,
  ],
  [
    'portions between steps',
    capacity({ value: '8', requestPolicy: { default: '4', validRange: { min: '1', max: '7', step: '2' } } }),
    `${at}.capacity[memory].requestPolicy.validRange.step: Invalid value: "4": value is not a multiple of a given step (2) from (1)`,
  ],
]);

testUpdates(minimal.resourceSlice, [
  ['devices come', set({ devices: [{ name: 'gpu-0' }, { name: 'gpu-1' }] })],
  [
    'but not to another node',
    set({ nodeName: 'n2', driver: 'b.io', pool: { name: 'n2', generation: 1, resourceSliceCount: 1 } }),
    'spec.pool.name: Invalid value: "n2": field is immutable',
    'spec.driver: Invalid value: "b.io": field is immutable',
    'spec.nodeName: Invalid value: "n2": field is immutable',
  ],
]);

test('the generation counts changes of the spec, and the row says whose devices they are', () => {
  const old = created(minimal.resourceSlice());
  expect(updated(old, set({ devices: [{ name: 'gpu-1' }] })).metadata.generation).toBe(2);
  expect(row(old)).toEqual(['n1-gpus', 'n1', 'gpu.example.com', 'n1', '<unknown>']);
});
