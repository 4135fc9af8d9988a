import type { Node } from '../../../../runtime/kube/generated/types';
import { nodeKind } from '../../../../runtime/kube/kinds/core/node';
import { created, minimal, testCreates, testUpdates, updated } from '../fixtures';

const now = Date.parse('2026-01-31T13:00:00Z');

describe('Node', () => {
  const set = (values: Partial<Node>) => (node: Node) => void Object.assign(node, values);
  testCreates(minimal.node, [
    [
      'taints pass',
      set({
        spec: {
          taints: [
            { key: 'a', effect: 'NoExecute' },
            { key: 'a', effect: 'NoSchedule' },
          ],
        },
      }),
    ],
    [
      'taint twice',
      set({
        spec: {
          taints: [
            { key: 'a', effect: 'NoExecute' },
            { key: 'a', effect: 'NoExecute', value: 'b' },
          ],
        },
      }),
      'spec.taints[1]: Duplicate value: {"key":"a","effect":"NoExecute","value":"b"}: taints must be unique by key and effect pair',
    ],
    [
      'taint effect',
      set({ spec: { taints: [{ key: 'a', effect: 'X' }] } }),
      'spec.taints[0].effect: Unsupported value: "X": supported values: "NoSchedule", "PreferNoSchedule", "NoExecute"',
    ],
    [
      'pod network',
      set({ spec: { podCIDR: '10.42.0.0' } }),
      'spec.podCIDRs[0]: Invalid value: "10.42.0.0": must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)',
    ],
    [
      'pod networks that differ',
      set({ spec: { podCIDR: '10.42.0.0/24', podCIDRs: ['10.42.1.0/24'] } }),
      'spec.podCIDRs: Invalid value: ["10.42.1.0/24"]: first value must match `podCIDR`',
    ],
    [
      'capacity',
      set({ status: { capacity: { cpu: '-1' } } }),
      'status.capacity[cpu]: Invalid value: "-1": must be greater than or equal to 0',
      'status.allocatable[cpu]: Invalid value: "-1": must be greater than or equal to 0',
    ],
    [
      'address twice',
      set({
        status: {
          addresses: [
            { type: 'InternalIP', address: '1' },
            { type: 'InternalIP', address: '1' },
          ],
        },
      }),
      'status.addresses[1]: Duplicate value: {"type":"InternalIP","address":"1"}',
    ],
  ]);

  const stored = () => ({ ...minimal.node(), spec: { podCIDR: '10.42.0.0/24', providerID: 'docker://n1' } });
  testUpdates(stored, [
    ['may be cordoned', (n) => void Object.assign(n.spec ?? {}, { unschedulable: true })],
    [
      'may not get another network',
      set({ spec: { podCIDR: '10.42.1.0/24', providerID: 'docker://n1' } }),
      'spec.podCIDRs: Forbidden: node updates may not change podCIDR except from "" to valid',
    ],
    [
      'may not become another machine',
      set({ spec: { podCIDR: '10.42.0.0/24', providerID: 'x' } }),
      'spec.providerID: Forbidden: node updates may not change providerID except from "" to valid',
    ],
  ]);

  test('a new node brings its status, of which allocatable is the capacity', () => {
    const node = created({ ...minimal.node(), status: { capacity: { cpu: 2, memory: '1024Mi' } } });
    expect(node.status).toEqual({ capacity: { cpu: '2', memory: '1Gi' }, allocatable: { cpu: '2', memory: '1Gi' } });
    expect(updated(node, (n) => Object.assign(n, { status: {} })).status).toEqual(node.status);
  });

  test.each<[string, Node['status'], boolean, string]>([
    ['Unknown', undefined, false, 'Unknown'],
    ['Ready', { conditions: [{ type: 'Ready', status: 'True' }] }, false, 'Ready'],
    ['NotReady', { conditions: [{ type: 'Ready', status: 'Unknown' }] }, false, 'NotReady'],
    ['cordoned', { conditions: [{ type: 'Ready', status: 'True' }] }, true, 'Ready,SchedulingDisabled'],
  ])('row of a node that is %s', (_name, status, unschedulable, text) => {
    const node = { ...minimal.node(), spec: { unschedulable }, status };
    node.metadata.labels = { 'node-role.kubernetes.io/worker': '', 'node-role.kubernetes.io/control-plane': '' };
    const cells = nodeKind.columns.map((column) => column.cell(node, now));
    const wide = ['<none>', '<none>', '<unknown>', '<unknown>', '<unknown>'];
    expect(cells).toEqual(['n1', text, 'control-plane,worker', '<unknown>', '', ...wide]);
  });
});
