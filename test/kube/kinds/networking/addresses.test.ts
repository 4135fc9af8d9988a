import type { IPAddress, ServiceCIDR } from '../../../../runtime/kube/generated/types';
import { created, minimal, row, testCreates, testUpdates, updated } from '../fixtures';

describe('IPAddress', () => {
  const named = (name: string) => (address: IPAddress) => {
    address.metadata.name = name;
  };
  const parent = (value: object) => (address: IPAddress) => void Object.assign(address.spec.parentRef, value);

  testCreates(minimal.ipAddress, [
    ['IPv6', named('2001:db8::7')],
    [
      'no address',
      named('web'),
      'metadata.name: Invalid value: "web": must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)',
    ],
    [
      'another spelling',
      named('2001:DB8:0:0::7'),
      'metadata.name: Invalid value: "2001:DB8:0:0::7": must be in canonical form ("2001:db8::7")',
    ],
    [
      'IPv4 in IPv6',
      named('::ffff:10.0.0.1'),
      'metadata.name: Invalid value: "::ffff:10.0.0.1": must not be an IPv4-mapped IPv6 address',
    ],
    ['no parent', (address) => void Object.assign(address, { spec: {} }), 'spec.parentRef: Required value'],
    [
      'nameless parent',
      parent({ resource: '', name: '', group: 'A' }),
      expect.stringContaining('spec.parentRef.group: Invalid value: "A"') as unknown as string,
      'spec.parentRef.resource: Required value',
      'spec.parentRef.name: Required value',
    ],
  ]);
  testUpdates(minimal.ipAddress, [
    [
      'may not get another parent',
      parent({ name: 'other' }),
      'spec.parentRef: Invalid value: {"resource":"services","name":"other","namespace":"default"}: field is immutable',
    ],
  ]);
  test('row', () => {
    expect(row(minimal.ipAddress())).toEqual(['10.1.0.7', 'services/default/web', '<unknown>']);
  });
});

describe('ServiceCIDR', () => {
  const cidrs =
    (...values: string[]) =>
    (range: ServiceCIDR) => {
      range.spec = { cidrs: values };
    };

  testCreates(minimal.serviceCidr, [
    ['both families', cidrs('10.1.0.0/16', '2001:db8::/112')],
    ['none', cidrs(), 'spec.cidrs: Required value: at least one CIDR required'],
    [
      'three',
      cidrs('10.1.0.0/16', '10.2.0.0/16', '10.3.0.0/16'),
      'spec.cidrs: Invalid value: {"cidrs":["10.1.0.0/16","10.2.0.0/16","10.3.0.0/16"]}: may only hold up to 2 values',
    ],
    [
      'two of a family',
      cidrs('10.1.0.0/16', '10.2.0.0/16'),
      'spec.cidrs: Invalid value: ["10.1.0.0/16","10.2.0.0/16"]: may specify no more than one IP for each IP family, i.e 192.168.0.0/24 and 2001:db8::/64',
    ],
    [
      'not the first address',
      cidrs('10.1.2.3/16'),
      'spec.cidrs[0]: Invalid value: "10.1.2.3/16": must be in canonical form ("10.1.0.0/16")',
    ],
    [
      'another spelling',
      cidrs('2001:0db8::1/64'),
      'spec.cidrs[0]: Invalid value: "2001:0db8::1/64": must be in canonical form ("2001:db8::/64")',
    ],
    [
      'no range',
      cidrs('10.1.0.0/33'),
      'spec.cidrs[0]: Invalid value: "10.1.0.0/33": must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)',
    ],
  ]);
  testUpdates(minimal.serviceCidr, [
    ['may get the other family', cidrs('10.1.0.0/16', '2001:db8::/112')],
    ['may not change', cidrs('10.2.0.0/16'), 'spec.cidrs[0]: Invalid value: "10.2.0.0/16": field is immutable'],
  ]);
  test('its status is its own', () => {
    const status = {
      conditions: [
        { type: 'Ready', status: 'True', reason: '', message: '', lastTransitionTime: '2026-01-01T00:00:00Z' },
      ],
    };
    const old = created(minimal.serviceCidr());
    expect(updated(old, (range) => Object.assign(range, { status })).status).toEqual({});
    const written = updated(old, (range) => Object.assign(range, { status, spec: {} }), { subresource: 'status' });
    expect(written).toMatchObject({ spec: old.spec, status });
  });
  test('row', () => {
    const range = minimal.serviceCidr();
    cidrs('10.1.0.0/16', '2001:db8::/112')(range);
    expect(row(range)).toEqual(['more', '10.1.0.0/16,2001:db8::/112', '<unknown>']);
  });
});
