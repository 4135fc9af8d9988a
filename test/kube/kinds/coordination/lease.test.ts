import type { Lease } from '../../../../runtime/kube/generated/types';
import { leaseKind } from '../../../../runtime/kube/kinds/coordination/lease';
import { serviceAccountKind } from '../../../../runtime/kube/kinds/core/service-account';
import { minimal, testCreates } from '../fixtures';

const now = Date.parse('2026-01-31T13:00:00Z');

describe('Lease', () => {
  const spec = (values: Lease['spec']) => (lease: Lease) => void Object.assign(lease, { spec: values });
  testCreates(minimal.lease, [
    ['a holder passes', spec({ holderIdentity: 'n1', leaseDurationSeconds: 5, leaseTransitions: 0 })],
    [
      'for no time',
      spec({ leaseDurationSeconds: 0 }),
      'spec.leaseDurationSeconds: Invalid value: 0: must be greater than 0',
    ],
    [
      'fewer than none',
      spec({ leaseTransitions: -1 }),
      'spec.leaseTransitions: Invalid value: -1: must be greater than or equal to 0',
    ],
    ['given up by its holder passes', spec({ holderIdentity: '', leaseDurationSeconds: 1 })],
    [
      'coordinated',
      spec({ strategy: 'OldestEmulationVersion' }),
      'spec.strategy: Forbidden: coordinated leader election is not served',
    ],
  ]);

  test('rows of leases and service accounts', () => {
    const lease = { ...minimal.lease(), spec: { holderIdentity: 'n1' } };
    expect(leaseKind.columns.map((column) => column.cell(lease, now))).toEqual(['n1', 'n1', '<unknown>']);
    const cells = serviceAccountKind.columns.map((column) => column.cell(minimal.serviceAccount(), now));
    expect(cells).toEqual(['robot', 0, '<unknown>']);
  });
});
