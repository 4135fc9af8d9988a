import type {
  DeviceClaim,
  DeviceClass,
  DeviceRequest,
  ExactDeviceRequest,
  ResourceV1ResourceClaim as ResourceClaim,
  ResourceClaimStatus,
} from '../../../../runtime/kube/generated/types';
import { created, minimal, problems, row, testCreates, testUpdates, updated } from '../fixtures';

const opaque = { driver: 'gpu.example.com', parameters: { mode: 'fast' } };

describe('DeviceClass', () => {
  const set = (spec: DeviceClass['spec']) => (c: DeviceClass) => void Object.assign(c.spec, spec);

  testCreates(minimal.deviceClass, [
    ['selectors and configuration', set({ selectors: [{ cel: { expression: 'true' } }], config: [{ opaque }] })],
    ['a name for pods', set({ extendedResourceName: 'example.com/gpu' })],
    ['no selector', set({ selectors: [{}] }), 'spec.selectors[0].cel: Required value'],
    [
      'selector too long',
      set({ selectors: [{ cel: { expression: 'a'.repeat(10241) } }] }),
      'spec.selectors[0].cel.expression: Too long: may not be more than 10240 bytes',
    ],
    [
      'too many',
      set({ selectors: Array.from({ length: 33 }, () => ({ cel: { expression: 'true' } })) }),
      'spec.selectors: Too many: 33: must have at most 32 items',
    ],
    ['no configuration', set({ config: [{}] }), 'spec.config[0].opaque: Required value'],
    [
      'too much configuration',
      set({ config: [{ opaque: { ...opaque, parameters: { a: 'b'.repeat(10240) } } }] }),
      'spec.config[0].opaque.parameters: Too long: may not be more than 10240 bytes',
    ],
    [
      'a name of the system',
      set({ extendedResourceName: 'kubernetes.io/gpu' }),
      'spec.extendedResourceName: Invalid value: "kubernetes.io/gpu": must be a valid extended resource name',
    ],
  ]);
  test('the generation counts changes of the spec', () => {
    const old = created(minimal.deviceClass());
    expect(updated(old, set({ config: [{ opaque }] })).metadata.generation).toBe(2);
    expect(row(old)).toEqual(['gpu', '<unknown>']);
  });
});

describe('ResourceClaim', () => {
  const set = (devices: DeviceClaim) => (claim: ResourceClaim) => void Object.assign(claim.spec.devices ?? {}, devices);
  const request = (value: Partial<DeviceRequest>) =>
    set({ requests: [{ name: 'a', exactly: { deviceClassName: 'gpu' }, ...value }] });
  const exactly = (value: Partial<ExactDeviceRequest>) => request({ exactly: { deviceClassName: 'gpu', ...value } });
  const at = 'spec.devices.requests[0]';
  const unknown =
    "must be the name of a request in the claim or the name of a request and a subrequest separated by '/'";

  test('a request is for one device unless said', () => {
    const claim = minimal.resourceClaim();
    exactly({ tolerations: [{ key: 'a' }] })(claim);
    expect(created(claim)).toMatchObject({
      spec: {
        devices: {
          requests: [{ exactly: { allocationMode: 'ExactCount', count: 1, tolerations: [{ operator: 'Equal' }] } }],
        },
      },
      status: {},
    });
  });

  testCreates(minimal.resourceClaim, [
    ['all devices', exactly({ allocationMode: 'All' })],
    ['the first of several', request({ exactly: undefined, firstAvailable: [{ name: 'x', deviceClassName: 'gpu' }] })],
    [
      'neither',
      request({ exactly: undefined }),
      `${at}: Required value: exactly one of \`exactly\` or \`firstAvailable\` is required`,
    ],
    [
      'both',
      request({ firstAvailable: [{ name: 'x', deviceClassName: 'gpu' }] }),
      `${at}: Invalid value: null: exactly one of \`exactly\` or \`firstAvailable\` is required, but multiple fields are set`,
    ],
    ['no class', exactly({ deviceClassName: '' }), `${at}.exactly.deviceClassName: Required value`],
    [
      'mode',
      exactly({ allocationMode: 'X' }),
      `${at}.exactly.allocationMode: Unsupported value: "X": supported values: "All", "ExactCount"`,
    ],
    [
      'a number of all',
      exactly({ allocationMode: 'All', count: 2 }),
      `${at}.exactly.count: Invalid value: 2: must not be specified when allocationMode is 'All'`,
    ],
    ['fewer than one', exactly({ count: -1 }), `${at}.exactly.count: Invalid value: -1: must be greater than zero`],
    [
      'tolerates everything of a value',
      exactly({ tolerations: [{ operator: 'Exists', value: 'a', effect: 'X' }] }),
      `${at}.exactly.tolerations[0].value: Invalid value: "a": must be empty for operator \`Exists\``,
      `${at}.exactly.tolerations[0].effect: Unsupported value: "X": supported values: "NoExecute", "NoSchedule", "None"`,
    ],
    [
      'twice the same',
      set({ requests: [1, 2].map(() => ({ name: 'a', exactly: { deviceClassName: 'gpu' } })) }),
      'spec.devices.requests[1]: Duplicate value: "a"',
    ],
    ['constraint', set({ constraints: [{ requests: ['a'], matchAttribute: 'example.com/model' }] })],
    [
      'constraint on nothing',
      set({ constraints: [{ requests: ['b'] }] }),
      `spec.devices.constraints[0].requests[0]: Invalid value: "b": ${unknown}`,
      'spec.devices.constraints[0]: Required value: exactly one of "matchAttribute" or "distinctAttribute" is required',
    ],
    [
      'constraint on an attribute of nobody',
      set({ constraints: [{ distinctAttribute: 'model' }] }),
      'spec.devices.constraints[0].distinctAttribute: Invalid value: "model": a fully qualified name must be a domain and a name separated by a slash',
    ],
    ['configuration', set({ config: [{ requests: ['a'], opaque }] })],
  ]);
  testUpdates(minimal.resourceClaim, [
    ['may get labels', (claim) => void Object.assign(claim.metadata, { labels: { a: 'b' } })],
    ['may not ask for others', exactly({ count: 2 }), expect.stringMatching(/^spec: .*: field is immutable$/) as never],
  ]);

  describe('status', () => {
    const result = { request: 'a', driver: 'gpu.example.com', pool: 'n1', device: 'gpu-0' };
    const allocation = { devices: { results: [result] } };
    const user = { resource: 'pods', name: 'web', uid: '1' };
    const old = created(minimal.resourceClaim());
    const write = (status: ResourceClaimStatus, from = old) =>
      updated(from, (claim) => Object.assign(claim, { status, spec: {} }), { subresource: 'status' });

    test('an allocation is written once, with its users', () => {
      const allocated = write({ allocation, reservedFor: [user] });
      expect(allocated).toMatchObject({ spec: old.spec, status: { allocation, reservedFor: [user] } });
      expect(row(allocated)).toEqual(['one-gpu', 'allocated,reserved', '<unknown>']);
      expect(row(old)[1]).toBe('pending');
      const other = { devices: { results: [{ ...result, device: 'gpu-1' }] } };
      expect(problems(() => write({ allocation: other }, allocated))).toEqual([
        expect.stringMatching(/^status.allocation: .*: field is immutable$/),
      ]);
      expect(problems(() => write({}, allocated))).toEqual([]);
    });

    test('nobody uses what is not allocated', () => {
      expect(problems(() => write({ reservedFor: [user] }))).toEqual([
        'status.reservedFor: Forbidden: may not be specified when `allocated` is not set',
      ]);
    });

    test('an allocation is of what was asked for', () => {
      const wrong = { devices: { results: [{ ...result, request: 'b', pool: 'N', driver: '' }] } };
      expect(problems(() => write({ allocation: wrong }))).toEqual([
        `status.allocation.devices.results[0].request: Invalid value: "b": ${unknown}`,
        'status.allocation.devices.results[0].driver: Required value',
        expect.stringContaining('status.allocation.devices.results[0].pool: Invalid value: "N"'),
      ]);
    });

    test('drivers report on devices that are allocated', () => {
      const { request: _, ...device } = result;
      const condition = {
        type: 'Ready',
        status: 'True',
        reason: 'Up',
        message: '',
        lastTransitionTime: '2026-01-01T00:00:00Z',
      };
      const networkData = { interfaceName: 'eth1', ips: ['10.0.0.1/24'] };
      const devices = [{ ...device, conditions: [condition], networkData }];
      expect(problems(() => write({ allocation, devices }))).toEqual([]);
      expect(problems(() => write({ allocation, devices: [{ ...device, device: 'gpu-1' }] }))).toEqual([
        'status.devices[0]: Invalid value: "gpu.example.com/n1/gpu-1": must be an allocated device in the claim',
      ]);
      const bad = [{ ...device, conditions: [{ ...condition, status: 'X', reason: '' }], networkData: { ips: ['x'] } }];
      expect(problems(() => write({ allocation, devices: bad }))).toEqual([
        'status.devices[0].conditions[0].status: Unsupported value: "X": supported values: "False", "True", "Unknown"',
        'status.devices[0].conditions[0].reason: Required value: must be set',
        'status.devices[0].networkData.ips[0]: Invalid value: "x": must be a valid address in CIDR form, (e.g. 10.9.8.7/24 or 2001:db8::1/64)',
      ]);
    });
  });
});

describe('ResourceClaimTemplate', () => {
  testCreates(minimal.resourceClaimTemplate, [
    [
      'what claims are to be',
      (template) => void Object.assign(template.spec.spec, { devices: { requests: [{ name: 'a' }] } }),
      'spec.spec.devices.requests[0]: Required value: exactly one of `exactly` or `firstAvailable` is required',
    ],
    [
      'their labels',
      (template) => void Object.assign(template.spec, { metadata: { labels: { '-': 'a' } } }),
      expect.stringContaining('spec.metadata.labels: Invalid value: "-"') as never,
    ],
  ]);
  testUpdates(minimal.resourceClaimTemplate, [
    [
      'nothing may change',
      (template) => void Object.assign(template.spec.spec, { devices: {} }),
      expect.stringMatching(/^spec: .*: field is immutable$/) as never,
    ],
  ]);
});
