import type { EndpointSlice } from '../../../../runtime/kube/generated/types';
import { endpointSliceKind } from '../../../../runtime/kube/kinds/discovery/endpoint-slice';
import { created, minimal, testCreates, testUpdates, updated } from '../fixtures';

const now = Date.parse('2026-01-31T13:00:00Z');

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
    ['IPv6', set({ addressType: 'IPv6', endpoints: [{ addresses: ['2001:db8::1'] }] })],
    [
      'IPv6 of the host or link',
      set({ addressType: 'IPv6', endpoints: [{ addresses: ['::1', 'fe80::1', '0::0', 'ff02::1'] }] }),
      'endpoints[0].addresses[0]: Invalid value: "::1": may not be in the loopback range (127.0.0.0/8, ::1/128)',
      'endpoints[0].addresses[1]: Invalid value: "fe80::1": may not be in the link-local range (169.254.0.0/16, fe80::/10)',
      'endpoints[0].addresses[2]: Invalid value: "0::0": may not be unspecified (::)',
      'endpoints[0].addresses[3]: Invalid value: "ff02::1": may not be in the link-local multicast range (224.0.0.0/24, ff02::/10)',
    ],
    ['hints', endpoint({ hints: { forZones: [{ name: 'a' }, { name: 'b' }], forNodes: [{ name: 'n1' }] } })],
    [
      'hints that say nothing',
      endpoint({ hints: { forZones: [{ name: 'a' }, { name: 'a' }], forNodes: [{ name: 'N' }] } }),
      'endpoints[0].hints.forZones[1].name: Duplicate value: "a"',
      expect.stringContaining('endpoints[0].hints.forNodes[0].name: Invalid value: "N"') as never,
    ],
    [
      'too many hints',
      endpoint({ hints: { forZones: Array.from({ length: 9 }, (_, i) => ({ name: `z${i}` })) } }),
      'endpoints[0].hints.forZones: Too many: 9: must have at most 8 items',
    ],
    [
      'a host without a domain',
      set({ addressType: 'FQDN', endpoints: [{ addresses: ['web'] }] }),
      'endpoints[0].addresses[0]: Invalid value: "web": should be a domain with at least two segments separated by dots',
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
      set({ ports: Array.from({ length: 20001 }, (_, i) => ({ name: `p${i}`, port: 1 })) }),
      'ports: Too many: 20001: must have at most 20000 items',
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
