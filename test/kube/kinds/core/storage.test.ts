import type { PersistentVolume, PersistentVolumeClaim } from '../../../../runtime/kube/generated/types';
import { created, minimal, problems, rowOf, testCreates, updated } from '../fixtures';

describe('PersistentVolume', () => {
  const set = (values: object) => (volume: PersistentVolume) => void Object.assign(volume.spec ?? {}, values);

  test('defaults', () => {
    expect(created(minimal.persistentVolume())).toMatchObject({
      spec: { persistentVolumeReclaimPolicy: 'Retain', volumeMode: 'Filesystem', hostPath: { type: '' } },
      status: { phase: 'Pending' },
    });
  });

  testCreates(minimal.persistentVolume, [
    [
      'no way to use it',
      set({ accessModes: [] }),
      'spec.accessModes: Required value: at least 1 access mode is required',
    ],
    [
      'one pod and more',
      set({ accessModes: ['ReadWriteOncePod', 'ReadWriteOnce'] }),
      'spec.accessModes: Forbidden: may not use ReadWriteOncePod with other access modes',
    ],
    ['no size', set({ capacity: undefined }), 'spec.capacity: Required value'],
    [
      'a size of nothing',
      set({ capacity: { storage: '0' } }),
      'spec.capacity[storage]: Invalid value: "0": must be greater than zero',
    ],
    [
      'another size',
      set({ capacity: { storage: '1Gi', cpu: '1' } }),
      'spec.capacity: Unsupported value: {"storage":"1Gi","cpu":"1"}: supported values: "storage"',
    ],
    ['no source', set({ hostPath: undefined }), 'spec: Required value: must specify a volume type'],
    [
      'two sources',
      set({ csi: { driver: 'd', volumeHandle: 'h' } }),
      'spec.csi: Forbidden: may not specify more than 1 volume type',
    ],
    [
      'a local disk of no node',
      set({ hostPath: undefined, local: { path: '/d' } }),
      'spec.nodeAffinity: Required value: Local volume requires node affinity',
    ],
    [
      'another reclaim policy',
      set({ persistentVolumeReclaimPolicy: 'Burn' }),
      'spec.persistentVolumeReclaimPolicy: Unsupported value: "Burn": supported values: "Delete", "Recycle", "Retain"',
    ],
  ]);

  test('its source is what it was', () => {
    const old = created(minimal.persistentVolume());
    expect(problems(() => updated(old, set({ persistentVolumeReclaimPolicy: 'Delete' })))).toEqual([]);
    expect(problems(() => updated(old, set({ hostPath: { path: '/other' } })))).toEqual([
      'spec.persistentvolumesource: Forbidden: spec.persistentvolumesource is immutable after creation',
    ]);
    expect(problems(() => updated(old, set({ volumeMode: 'Block' })))).toEqual([
      'spec.volumeMode: Invalid value: "Block": field is immutable',
    ]);
  });

  test('row', () => {
    const volume = created(minimal.persistentVolume());
    const row = ['disk', '1Gi', 'RWO', 'Retain', 'Pending', '', '', '<unset>', '', '<unknown>', 'Filesystem'];
    expect(rowOf(volume)).toEqual(row);
  });
});

describe('PersistentVolumeClaim', () => {
  const set = (values: object) => (claim: PersistentVolumeClaim) => void Object.assign(claim.spec ?? {}, values);
  const request = (storage: string) => set({ resources: { requests: { storage } } });

  test('a source stands in both fields', () => {
    const claim = minimal.persistentVolumeClaim();
    set({ dataSource: { kind: 'PersistentVolumeClaim', name: 'other' } })(claim);
    expect(created(claim).spec?.dataSourceRef).toEqual({ kind: 'PersistentVolumeClaim', name: 'other' });
  });

  testCreates(minimal.persistentVolumeClaim, [
    ['no request', set({ resources: {} }), 'spec.resources[storage]: Required value'],
    ['nothing', request('0'), 'spec.resources[storage]: Invalid value: "0": must be greater than zero'],
    [
      'another mode',
      set({ volumeMode: 'Tape' }),
      'spec.volumeMode: Unsupported value: "Tape": supported values: "Block", "Filesystem"',
    ],
    [
      'a source of no group',
      set({ dataSourceRef: { kind: 'Thing', name: 'a' } }),
      'spec.dataSourceRef: Invalid value: "Thing": must be PersistentVolumeClaim when referencing the default apiGroup',
    ],
  ]);

  test('an unbound claim may be bound and get a class, nothing else', () => {
    const old = created(minimal.persistentVolumeClaim());
    expect(problems(() => updated(old, set({ volumeName: 'disk', storageClassName: 'fast' })))).toEqual([]);
    expect(problems(() => updated(old, set({ accessModes: ['ReadWriteMany'] })))[0]).toMatch(
      /^spec: Forbidden: spec is immutable after creation/,
    );
    expect(problems(() => updated(old, request('2Gi')))[0]).toMatch(/^spec: Forbidden: spec is immutable/);
  });

  test('a bound claim may grow, and not shrink below what it has', () => {
    const old = created(minimal.persistentVolumeClaim());
    Object.assign(old.spec ?? {}, { volumeName: 'disk', storageClassName: 'fast' });
    old.status = { phase: 'Bound', capacity: { storage: '1Gi' } };
    expect(problems(() => updated(old, request('2Gi')))).toEqual([]);
    expect(problems(() => updated(old, request('512Mi')))).toEqual([
      'spec.resources.requests.storage: Forbidden: field can not be less than status.capacity',
    ]);
  });

  test('row', () => {
    const claim = created(minimal.persistentVolumeClaim());
    expect(rowOf(claim)).toEqual(['web', 'Pending', '', '', '', '', '<unset>', '<unknown>', 'Filesystem']);
    Object.assign(claim.spec ?? {}, { volumeName: 'disk' });
    claim.status = { phase: 'Bound', capacity: { storage: '1Gi' }, accessModes: ['ReadWriteMany', 'ReadWriteOnce'] };
    expect(rowOf(claim).slice(1, 5)).toEqual(['Bound', 'disk', '1Gi', 'RWO,RWX']);
  });
});
