import type {
  CSIDriver,
  CSINode,
  CSIStorageCapacity,
  VolumeAttachment,
} from '../../../../runtime/kube/generated/types';
import { created, minimal, problems, row, testCreates, testUpdates, updated } from '../fixtures';

describe('CSIDriver', () => {
  const set = (values: Partial<CSIDriver['spec']>) => (driver: CSIDriver) => void Object.assign(driver.spec, values);

  test('defaults', () => {
    expect(created(minimal.csiDriver()).spec).toEqual({
      attachRequired: true,
      podInfoOnMount: false,
      storageCapacity: false,
      fsGroupPolicy: 'ReadWriteOnceWithFSType',
      volumeLifecycleModes: ['Persistent'],
      requiresRepublish: false,
      seLinuxMount: false,
    });
  });

  testCreates(minimal.csiDriver, [
    ['both lives', set({ volumeLifecycleModes: ['Persistent', 'Ephemeral'] })],
    [
      'life',
      set({ volumeLifecycleModes: ['X'] }),
      'spec.volumeLifecycleModes: Unsupported value: "X": supported values: "Persistent", "Ephemeral"',
    ],
    [
      'policy',
      set({ fsGroupPolicy: 'X' }),
      'spec.fsGroupPolicy: Unsupported value: "X": supported values: "File", "None", "ReadWriteOnceWithFSType"',
    ],
    ['tokens', set({ tokenRequests: [{ audience: '' }, { audience: 'a', expirationSeconds: 600 }] })],
    [
      'tokens for the same',
      set({ tokenRequests: [{ audience: 'a' }, { audience: 'a' }] }),
      'spec.tokenRequests[1].audience: Duplicate value: "a"',
    ],
    [
      'tokens that live too short or long',
      set({
        tokenRequests: [
          { audience: 'a', expirationSeconds: 599 },
          { audience: 'b', expirationSeconds: 2 ** 32 + 1 },
        ],
      }),
      'spec.tokenRequests[0].expirationSeconds: Invalid value: 599: may not specify a duration less than 10 minutes',
      'spec.tokenRequests[1].expirationSeconds: Invalid value: 4294967297: may not specify a duration larger than 2^32 seconds',
    ],
    [
      'counted too often',
      set({ nodeAllocatableUpdatePeriodSeconds: 9 }),
      'spec.nodeAllocatableUpdatePeriodSeconds: Invalid value: 9: must be greater than or equal to 10 seconds',
    ],
  ]);
  testUpdates(minimal.csiDriver, [
    ['may be told of pods', set({ podInfoOnMount: true })],
    [
      'may not attach otherwise',
      set({ attachRequired: false }),
      'spec.attachedRequired: Invalid value: false: field is immutable',
    ],
    [
      'may not live otherwise',
      set({ volumeLifecycleModes: ['Ephemeral'] }),
      'spec.volumeLifecycleModes: Invalid value: ["Ephemeral"]: field is immutable',
    ],
  ]);
  test('the generation counts what agents act on', () => {
    const old = created(minimal.csiDriver());
    expect(updated(old, set({ requiresRepublish: true })).metadata.generation).toBe(1);
    expect(updated(old, set({ podInfoOnMount: true })).metadata.generation).toBeUndefined();
  });
  test('row', () => {
    const driver = created(minimal.csiDriver());
    const cells = ['fast.example.com', true, false, false, '<unset>', false, 'Persistent', '<unknown>'];
    expect(row(driver)).toEqual(cells);
  });
});

describe('CSINode', () => {
  const drivers =
    (...values: CSINode['spec']['drivers']) =>
    (node: CSINode) => {
      node.spec.drivers = values;
    };
  const a = { name: 'a.io', nodeID: 'n1' };

  testCreates(minimal.csiNode, [
    ['none', drivers()],
    [
      'nameless',
      drivers({ name: '', nodeID: '' }),
      'spec.drivers[0].name: Required value',
      'spec.drivers[0].nodeID: Required value',
    ],
    ['twice', drivers(a, a), 'spec.drivers[1].name: Duplicate value: "a.io"'],
    [
      'name too long',
      drivers({ ...a, name: 'a'.repeat(64) }),
      'spec.drivers[0].name: Too long: may not be more than 63 bytes',
    ],
    [
      'long id',
      drivers({ ...a, nodeID: 'n'.repeat(257) }),
      `spec.drivers[0].nodeID: Invalid value: "${'n'.repeat(257)}": must be 256 characters or less`,
    ],
    ['key twice', drivers({ ...a, topologyKeys: ['zone', 'zone'] }), 'spec.drivers[0]: Duplicate value: "zone"'],
    [
      'fewer than none',
      drivers({ ...a, allocatable: { count: -1 } }),
      'spec.drivers[0].allocatable.count: Invalid value: -1: must be greater than or equal to 0',
    ],
  ]);
  testUpdates(minimal.csiNode, [
    ['drivers come', drivers({ name: 'fast.example.com', nodeID: 'n1' }, a)],
    ['drivers go', drivers()],
    ['drivers take more', drivers({ name: 'fast.example.com', nodeID: 'n1', allocatable: { count: 3 } })],
    [
      'but stay the same',
      drivers({ name: 'fast.example.com', nodeID: 'n2' }),
      'spec.drivers: Invalid value: {"name":"fast.example.com","nodeID":"n2"}: field is immutable',
    ],
  ]);
  test('row', () => {
    expect(row(minimal.csiNode())).toEqual(['n1', 1, '<unknown>']);
  });
});

describe('CSIStorageCapacity', () => {
  const set = (values: Partial<CSIStorageCapacity>) => (c: CSIStorageCapacity) => void Object.assign(c, values);

  testCreates(minimal.csiStorageCapacity, [
    ['sizes', set({ capacity: '1Ti', maximumVolumeSize: '1Gi', nodeTopology: { matchLabels: { zone: 'a' } } })],
    ['less than none', set({ capacity: '-1' }), 'capacity: Invalid value: "-1": must be greater than or equal to 0'],
    [
      'class',
      set({ storageClassName: 'A' }),
      expect.stringContaining('storageClassName: Invalid value: "A"') as unknown as string,
    ],
  ]);
  testUpdates(minimal.csiStorageCapacity, [
    ['may shrink', set({ capacity: '1Gi' })],
    [
      'may not be about another',
      set({ storageClassName: 'slow', nodeTopology: {} }),
      'nodeTopology: Invalid value: {}: field is immutable',
      'storageClassName: Invalid value: "slow": field is immutable',
    ],
  ]);
  test('row', () => {
    expect(row(minimal.csiStorageCapacity())).toEqual(['fast-n1', 'fast', '<unset>', '<unknown>']);
  });
});

describe('VolumeAttachment', () => {
  const set = (spec: object) => (attachment: VolumeAttachment) => void Object.assign(attachment.spec, spec);

  testCreates(minimal.volumeAttachment, [
    ['inline', set({ source: { inlineVolumeSpec: { hostPath: { path: '/a' } } } })],
    [
      'nothing',
      set({ source: {} }),
      'spec.source: Required value: must specify exactly one of inlineVolumeSpec and persistentVolumeName',
    ],
    [
      'two',
      set({ source: { inlineVolumeSpec: {}, persistentVolumeName: 'a' } }),
      'spec.source: Forbidden: must specify exactly one of inlineVolumeSpec and persistentVolumeName',
    ],
    [
      'nameless',
      set({ source: { persistentVolumeName: '' } }),
      'spec.source.persistentVolumeName: Required value: must specify non empty persistentVolumeName',
    ],
    ['by nobody', set({ attacher: '' }), 'spec.attacher: Required value'],
  ]);
  testUpdates(minimal.volumeAttachment, [
    [
      'labels',
      (attachment) => {
        attachment.metadata.labels = { a: 'b' };
      },
    ],
    ['not the spec', set({ nodeName: 'n2' }), expect.stringContaining('spec: Invalid value: {') as unknown as string],
  ]);
  test('its status is its own', () => {
    const old = created({ ...minimal.volumeAttachment(), status: { attached: true } });
    expect(old.status).toEqual({ attached: false });
    const attach = (attachment: VolumeAttachment) => {
      attachment.status = { attached: true };
    };
    expect(updated(old, attach).status).toEqual({ attached: false });
    expect(updated(old, attach, { subresource: 'status' }).status).toEqual({ attached: true });
    const fail = (attachment: VolumeAttachment) => {
      attachment.status = { attached: false, attachError: { message: 'a'.repeat(1025), errorCode: -1 } };
    };
    expect(problems(() => updated(old, fail, { subresource: 'status' }))).toEqual([
      'status.attachError.message: Too long: may not be more than 1024 bytes',
      'status.attachError.errorCode: Invalid value: -1: must be between 0 and 2147483647, inclusive',
    ]);
  });
  test('row', () => {
    expect(row(minimal.volumeAttachment())).toEqual(['pv1-n1', 'fast.example.com', 'pv1', 'n1', false, '<unknown>']);
  });
});
