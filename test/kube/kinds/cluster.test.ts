import type { EndpointSlice, Event, Lease, Namespace, Node } from '../../../runtime/kube/generated/types';
import { kindFor, kinds } from '../../../runtime/kube/kinds';
import { endpointSliceKind } from '../../../runtime/kube/kinds/endpoint-slice';
import { eventKind } from '../../../runtime/kube/kinds/event';
import { leaseKind } from '../../../runtime/kube/kinds/lease';
import { namespaceKind } from '../../../runtime/kube/kinds/namespace';
import { nodeKind } from '../../../runtime/kube/kinds/node';
import { serviceAccountKind } from '../../../runtime/kube/kinds/service-account';
import { created, minimal, problems, testCreates, testUpdates, updated } from './fixtures';

const now = Date.parse('2026-01-31T13:00:00Z');

test('kinds are found by what a manifest says', () => {
  expect(kinds).toHaveLength(12);
  expect(kindFor('apps/v1', 'Deployment')).toBe(kinds.find(({ resource }) => resource.plural === 'deployments'));
  expect(kindFor('v1', 'Pod')).toBe(kinds.find(({ resource }) => resource.plural === 'pods'));
  expect(kindFor('v1', 'Deployment')).toBeUndefined();
});

test('every kind leads its row with the name, but for events', () => {
  for (const kind of kinds) {
    const lead = kind.columns.find((column) => column.format === 'name');
    expect(lead).toMatchObject({ name: 'Name', type: 'string' });
    if (kind.resource.kind !== 'Event') expect(kind.columns[0]).toBe(lead);
  }
});

describe('Namespace', () => {
  test('is Active, finalized by Kubernetes and labelled with its name', () => {
    expect(created(minimal.namespace())).toEqual({
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: { name: 'team', labels: { 'kubernetes.io/metadata.name': 'team' } },
      spec: { finalizers: ['kubernetes'] },
      status: { phase: 'Active' },
    });
  });

  testCreates(minimal.namespace, [
    [
      'name with a dot',
      (n) => void Object.assign(n.metadata, { name: 'a.b' }),
      "metadata.name: Invalid value: \"a.b\": a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')",
    ],
    [
      'finalizer',
      (n) => void Object.assign(n, { spec: { finalizers: ['mine'] } }),
      'spec.finalizers: Invalid value: "mine": name is neither a standard finalizer name nor is it fully qualified',
    ],
  ]);

  test('an update keeps the finalizers of the spec and the status', () => {
    const old = created(minimal.namespace());
    expect(updated(old, (n) => Object.assign(n, { spec: {}, status: {} }))).toEqual(old);
  });

  test('the phase follows the deletion', () => {
    const old: Namespace = created(minimal.namespace());
    const to = (phase: string) => (n: Namespace) => void Object.assign(n, { status: { phase } });
    expect(problems(() => updated(old, to('Terminating'), { subresource: 'status' }))).toEqual([
      'status.phase: Invalid value: "Terminating": may only be \'Active\' if `deletionTimestamp` is empty',
    ]);
    old.metadata.deletionTimestamp = '2026-01-31T13:00:00Z';
    expect(problems(() => updated(old, to('Terminating'), { subresource: 'status' }))).toEqual([]);
    expect(problems(() => updated(old, to('Active'), { subresource: 'status' }))).toHaveLength(1);
  });

  test('row', () => {
    const cells = namespaceKind.columns.map((column) => column.cell(created(minimal.namespace()), now));
    expect(cells).toEqual(['team', 'Active', '<unknown>']);
  });
});

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

describe('EndpointSlice', () => {
  const set = (values: object) => (slice: EndpointSlice) => void Object.assign(slice, values);
  const endpoint = (values: object) => set({ endpoints: [{ addresses: ['10.0.0.1'], ...values }] });

  test('ports get a protocol and a name, even if empty', () => {
    expect(created({ ...minimal.endpointSlice(), ports: [{ port: 80 }] }).ports).toEqual([
      { port: 80, name: '', protocol: 'TCP' },
    ]);
  });

  testCreates(minimal.endpointSlice, [
    ['no type', set({ addressType: '' }), 'addressType: Required value'],
    [
      'type',
      set({ addressType: 'X' }),
      'addressType: Unsupported value: "X": supported values: "FQDN", "IPv4", "IPv6"',
    ],
    [
      'no address',
      endpoint({ addresses: [] }),
      'endpoints[0].addresses: Required value: must contain at least 1 address',
    ],
    [
      'address of another type',
      endpoint({ addresses: ['::1'] }),
      'endpoints[0].addresses[0]: Invalid value: "::1": must be a valid IPv4 address',
    ],
    [
      'loopback',
      endpoint({ addresses: ['127.0.0.1'] }),
      'endpoints[0].addresses[0]: Invalid value: "127.0.0.1": may not be in the loopback range (127.0.0.0/8, ::1/128)',
    ],
    ['name passes', set({ addressType: 'FQDN', endpoints: [{ addresses: ['a.example.com'] }] })],
    [
      'too many addresses',
      endpoint({ addresses: Array.from({ length: 101 }, (_, i) => `10.0.0.${i}`) }),
      'endpoints[0].addresses: Too many: 101: must have at most 100 items',
    ],
    [
      'too many endpoints',
      set({ endpoints: Array.from({ length: 1001 }, () => ({ addresses: ['10.0.0.1'] })) }),
      'endpoints: Too many: 1001: must have at most 1000 items',
    ],
    [
      'too many ports',
      set({ ports: Array.from({ length: 101 }, (_, i) => ({ name: `p${i}`, port: 1 })) }),
      'ports: Too many: 101: must have at most 100 items',
    ],
    ['port name twice', set({ ports: [{ port: 1 }, { port: 2 }] }), 'ports[1].name: Duplicate value: ""'],
    [
      'port out of range',
      set({ ports: [{ port: 0 }] }),
      'ports[0].port: Invalid value: 0: must be between 1 and 65535, inclusive',
    ],
    [
      'protocol',
      set({ ports: [{ port: 1, protocol: 'X' }] }),
      'ports[0].protocol: Unsupported value: "X": supported values: "SCTP", "TCP", "UDP"',
    ],
  ]);

  testUpdates(minimal.endpointSlice, [
    ['may get other endpoints', endpoint({})],
    [
      'may not get another type',
      set({ addressType: 'FQDN', endpoints: [] }),
      'addressType: Invalid value: "FQDN": field is immutable',
    ],
  ]);

  test('the generation counts changes of content', () => {
    const old = created(minimal.endpointSlice());
    expect(updated(old, endpoint({})).metadata.generation).toBe(2);
    expect(updated(old, (s) => Object.assign(s.metadata, { labels: { a: 'b' } })).metadata.generation).toBe(1);
  });

  test('row', () => {
    const slice = minimal.endpointSlice();
    slice.endpoints = ['1', '2', '3', '4', '5'].map((n) => ({ addresses: [`10.0.0.${n}`] }));
    const cells = endpointSliceKind.columns.map((column) => column.cell(slice, now));
    expect(cells).toEqual(['web-x', 'IPv4', '80', '10.0.0.1,10.0.0.2,10.0.0.3 + 2 more...', '<unknown>']);
    const empty = { ...slice, endpoints: [], ports: [] };
    expect(endpointSliceKind.columns.map((column) => column.cell(empty, now))).toEqual([
      'web-x',
      'IPv4',
      '<unset>',
      '<unset>',
      '<unknown>',
    ]);
  });
});

describe('Event', () => {
  const about = (involvedObject: object) => (event: Event) => void Object.assign(event, { involvedObject });
  testCreates(minimal.event, [
    [
      'about another namespace',
      about({ namespace: 'x' }),
      'involvedObject.namespace: Invalid value: "x": does not match event.namespace',
    ],
    ['about the cluster, in default, passes', about({ kind: 'Node', name: 'n1' })],
    [
      'about the cluster, elsewhere',
      (e) => {
        e.metadata.namespace = 'x';
        e.involvedObject = { kind: 'Node' };
      },
      'involvedObject.namespace: Invalid value: "": does not match event.namespace',
    ],
  ]);

  test('row', () => {
    const event: Event = {
      ...minimal.event(),
      type: 'Warning',
      reason: 'BackOff',
      message: ' again \n',
      count: 3,
      source: { component: 'orlop-agent', host: 'n1' },
      firstTimestamp: '2026-01-31T12:00:00Z',
      lastTimestamp: '2026-01-31T12:59:00Z',
    };
    const cells = eventKind.columns.map((column) => column.cell(event, now));
    expect(cells).toEqual(['60s', 'Warning', 'BackOff', 'pod/web', '', 'orlop-agent, n1', 'again', '60m', 3, 'web.1']);
  });
});

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
    ['held by nobody', spec({ holderIdentity: '' }), 'spec.holderIdentity: Required value: must not be empty'],
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

describe('ServiceAccount', () => {
  testCreates(minimal.serviceAccount, [
    [
      'no name',
      (account) => void Object.assign(account.metadata, { name: '' }),
      'metadata.name: Required value: name or generateName is required',
    ],
  ]);
});
