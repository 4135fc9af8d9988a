import type { StorageClass, VolumeAttributesClass } from '../../../../runtime/kube/generated/types';
import { created, minimal, row, testCreates, testUpdates } from '../fixtures';

describe('StorageClass', () => {
  const set = (values: Partial<StorageClass>) => (c: StorageClass) => void Object.assign(c, values);
  const expressions = (...matchLabelExpressions: Array<{ key: string; values: string[] }>) => ({
    matchLabelExpressions,
  });

  test('volumes are deleted and bound at once unless said', () => {
    expect(created(minimal.storageClass())).toMatchObject({ reclaimPolicy: 'Delete', volumeBindingMode: 'Immediate' });
  });

  testCreates(minimal.storageClass, [
    ['no provisioner', set({ provisioner: '' }), 'provisioner: Required value'],
    [
      'provisioner',
      set({ provisioner: 'a/b/c' }),
      expect.stringContaining('provisioner: Invalid value: "a/b/c": a qualified name') as unknown as string,
    ],
    ['empty key', set({ parameters: { '': 'a' } }), 'parameters: Invalid value: "": field can not be empty.'],
    [
      'too much',
      set({ parameters: { a: 'b'.repeat(256 * 1024) } }),
      'parameters: Too long: may not be more than 262144 bytes',
    ],
    [
      'too many',
      set({ parameters: Object.fromEntries(Array.from({ length: 513 }, (_, i) => [`k${i}`, ''])) }),
      'parameters: Too long: may not be more than 512 bytes',
    ],
    [
      'policy',
      set({ reclaimPolicy: 'Recycle' }),
      'reclaimPolicy: Unsupported value: "Recycle": supported values: "Delete", "Retain"',
    ],
    [
      'mode',
      set({ volumeBindingMode: 'X' }),
      'volumeBindingMode: Unsupported value: "X": supported values: "Immediate", "WaitForFirstConsumer"',
    ],
    ['topologies', set({ allowedTopologies: [expressions({ key: 'zone', values: ['a', 'b'] })] })],
    [
      'topologies that say nothing',
      set({
        allowedTopologies: [
          expressions({ key: 'zone', values: [] }),
          expressions({ key: 'zone', values: ['a', 'a'] }, { key: 'zone', values: ['b'] }),
        ],
      }),
      'allowedTopologies[0].matchLabelExpressions[0].values: Required value',
      'allowedTopologies[1].matchLabelExpressions[0].values[1]: Duplicate value: "a"',
      'allowedTopologies[1].matchLabelExpressions[1].key: Duplicate value: "zone"',
    ],
    [
      'the same topology twice',
      set({
        allowedTopologies: [
          expressions({ key: 'zone', values: ['a', 'b'] }),
          expressions({ key: 'zone', values: ['b', 'a'] }),
        ],
      }),
      'allowedTopologies[1].matchLabelExpressions: Duplicate value: ""',
    ],
  ]);

  testUpdates(minimal.storageClass, [
    ['may allow growth', set({ allowVolumeExpansion: true })],
    [
      'may not change what it makes',
      set({ provisioner: 'a.io/b', parameters: { a: 'b' }, reclaimPolicy: 'Retain' }),
      'parameters: Forbidden: updates to parameters are forbidden.',
      'provisioner: Forbidden: updates to provisioner are forbidden.',
      'reclaimPolicy: Forbidden: updates to reclaimPolicy are forbidden.',
    ],
    [
      'may not change when it binds',
      set({ volumeBindingMode: 'WaitForFirstConsumer' }),
      'volumeBindingMode: Invalid value: "WaitForFirstConsumer": field is immutable',
    ],
  ]);

  test('row', () => {
    const storageClass = created(minimal.storageClass());
    expect(row(storageClass)).toEqual(['fast', 'example.com/fast', 'Delete', 'Immediate', false, '<unknown>']);
    storageClass.metadata.annotations = { 'storageclass.kubernetes.io/is-default-class': 'true' };
    expect(row(storageClass)[0]).toBe('fast (default)');
  });
});

describe('VolumeAttributesClass', () => {
  const set = (values: Partial<VolumeAttributesClass>) => (c: VolumeAttributesClass) => void Object.assign(c, values);

  testCreates(minimal.volumeAttributesClass, [
    ['no driver', set({ driverName: '' }), 'driverName: Required value'],
    ['nothing', set({ parameters: {} }), 'parameters: Required value: must contain at least one key/value pair'],
  ]);
  testUpdates(minimal.volumeAttributesClass, [
    [
      'nothing may change',
      set({ driverName: 'other', parameters: { iops: '1' } }),
      'driverName: Forbidden: updates to driverName are forbidden.',
      'parameters: Forbidden: updates to parameters are forbidden.',
    ],
  ]);
  test('row', () => {
    expect(row(minimal.volumeAttributesClass())).toEqual(['gold', 'fast.example.com', '<unknown>']);
  });
});
