import fc from 'fast-check';
import { endpointsOf, maxAddresses } from '../../runtime/controllers/endpoints/decide';
import { isMirrored, mirrorsOf, planMirrors } from '../../runtime/controllers/endpointslice-mirroring/decide';
import { repack } from '../../runtime/controllers/endpointslice-mirroring/repack';
import type { EndpointSlice, EndpointSubset, Endpoints, Pod, Service } from '../../runtime/kube/generated/types';

const service = (spec: Service['spec'] = {}): Service => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { namespace: 'default', name: 'web', labels: { team: 'a' } },
  spec: { ports: [{ name: 'http', port: 80, targetPort: 'serve', protocol: 'TCP' }], ...spec },
});

function pod(ip: string, ready = true, port = 8080, more: Partial<Pod['metadata']> = {}): Pod {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { namespace: 'default', name: `p-${ip}`, uid: ip, ...more },
    spec: { nodeName: 'n', containers: [{ name: 'c', ports: [{ name: 'serve', containerPort: port }] }] },
    status: { phase: 'Running', podIP: ip, conditions: [{ type: 'Ready', status: ready ? 'True' : 'False' }] },
  };
}

describe('Endpoints', () => {
  const leaving = { deletionTimestamp: '2026-01-01T00:00:00Z' };

  it('are one subset for each set of ports; who is not ready stands apart, who is leaving not at all', () => {
    const pods = [
      pod('10.0.0.3', false),
      pod('10.0.0.2'),
      pod('10.0.0.1'),
      pod('10.0.0.4', true, 9090),
      pod('10.0.0.5', true, 8080, leaving),
    ];
    const { subsets, metadata } = endpointsOf(service(), pods);
    expect(
      subsets?.map(({ addresses, notReadyAddresses, ports }) => [
        addresses?.map(({ ip }) => ip),
        notReadyAddresses?.map(({ ip }) => ip),
        ports,
      ]),
    ).toEqual([
      [['10.0.0.1', '10.0.0.2'], ['10.0.0.3'], [{ name: 'http', port: 8080, protocol: 'TCP' }]],
      [['10.0.0.4'], undefined, [{ name: 'http', port: 9090, protocol: 'TCP' }]],
    ]);
    expect(metadata.labels).toEqual({ team: 'a', 'endpoints.kubernetes.io/managed-by': 'endpoint-controller' });
  });

  it('of a headless Service that publishes early are everybody, without ports where it has none', () => {
    const early = service({ clusterIP: 'None', publishNotReadyAddresses: true, ports: [] });
    const { subsets, metadata } = endpointsOf(early, [pod('10.0.0.1', false), pod('10.0.0.2', true, 80, leaving)]);
    expect(subsets).toMatchObject([{ addresses: [{ ip: '10.0.0.1' }, { ip: '10.0.0.2' }] }]);
    expect(subsets?.[0]).not.toHaveProperty('ports');
    expect(metadata.labels).toHaveProperty(['service.kubernetes.io/headless'], '');
  });

  it('hold a thousand addresses at most, the ready ones first, and say so', () => {
    const pods = Array.from({ length: maxAddresses + 50 }, (_, i) => pod(`10.0.${i >> 8}.${i & 255}`, i % 2 === 0));
    const { subsets = [], metadata } = endpointsOf(service(), pods);
    const [subset] = subsets;
    expect(subset?.addresses).toHaveLength(525);
    expect(subset?.notReadyAddresses).toHaveLength(475);
    expect(metadata.annotations).toEqual({ 'endpoints.kubernetes.io/over-capacity': 'truncated' });
  });
});

describe('mirrors', () => {
  const custom = (subsets: Endpoints['subsets'], meta: Partial<Endpoints['metadata']> = {}): Endpoints => ({
    apiVersion: 'v1',
    kind: 'Endpoints',
    metadata: { namespace: 'default', name: 'web', uid: 'u', labels: { team: 'a' }, ...meta },
    subsets,
  });
  const both = [
    {
      addresses: [{ ip: '192.0.2.1' }, { ip: '2001:db8::1' }],
      notReadyAddresses: [{ ip: '192.0.2.2' }],
      ports: [{ port: 80 }],
    },
  ];

  it('are made for a Service without a selector, unless the Endpoints say otherwise', () => {
    expect(isMirrored(custom(both), service())).toBe(true);
    expect(isMirrored(custom(both), undefined)).toBe(false);
    expect(isMirrored(custom(both), service({ selector: { app: 'web' } }))).toBe(false);
    expect(isMirrored(custom(both, { labels: { 'endpointslice.kubernetes.io/skip-mirror': 'true' } }), service())).toBe(
      false,
    );
    expect(
      isMirrored(custom(both, { annotations: { 'control-plane.alpha.kubernetes.io/leader': '{}' } }), service()),
    ).toBe(false);
  });

  it('are a slice for each family of addresses, owned by the Endpoints', () => {
    const slices = mirrorsOf(custom(both));
    expect(slices.map(({ addressType, endpoints }) => [addressType, endpoints])).toEqual([
      [
        'IPv4',
        [
          { addresses: ['192.0.2.1'], conditions: { ready: true } },
          { addresses: ['192.0.2.2'], conditions: { ready: false } },
        ],
      ],
      ['IPv6', [{ addresses: ['2001:db8::1'], conditions: { ready: true } }]],
    ]);
    expect(slices[0]?.metadata.ownerReferences).toMatchObject([{ kind: 'Endpoints', name: 'web', uid: 'u' }]);
    expect(slices[0]?.ports).toEqual([{ name: '', port: 80, protocol: 'TCP' }]);
  });

  it('show the annotations, but for what tells of writes of the Endpoints', () => {
    const own = { 'example.com/a': 'b' };
    const notes = {
      ...own,
      'endpoints.kubernetes.io/last-change-trigger-time': '2026-01-01T00:00:00Z',
      'kubectl.kubernetes.io/last-applied-configuration': '{}',
    };
    const wanted = mirrorsOf(custom(both, { annotations: notes }));
    expect(wanted.map(({ metadata }) => metadata.annotations)).toEqual([own, own]);
    const made = mirrorsOf(custom(both)).map((slice, i) => ({
      ...slice,
      metadata: { ...slice.metadata, name: `s${i}` },
    }));
    expect(planMirrors(wanted, made).update.map(({ metadata }) => metadata)).toMatchObject([
      { name: 's0', annotations: own },
      { name: 's1', annotations: own },
    ]);
  });

  it('are as few as the ports, whatever the subsets', () => {
    const subsets = [
      { addresses: [{ ip: '192.0.2.2' }], ports: [{ name: 'a', port: 80, protocol: 'TCP' as const }] },
      { addresses: [{ ip: '192.0.2.1' }], ports: [{ name: 'a', port: 80, protocol: 'TCP' as const }] },
      {
        notReadyAddresses: [{ ip: '192.0.2.1' }],
        addresses: [{ ip: '192.0.2.2' }],
        ports: [{ name: 'b', port: 81, protocol: 'TCP' as const }],
      },
    ];
    const ports = (slice: EndpointSlice) => slice.ports?.map(({ name }) => name);
    const ready = (slice: EndpointSlice) =>
      slice.endpoints?.map(({ addresses: [ip], conditions }) => [ip, conditions?.ready]);
    expect(mirrorsOf(custom(subsets)).map((slice) => [ports(slice), ready(slice)])).toEqual([
      [
        ['a'],
        [
          ['192.0.2.1', true],
          ['192.0.2.2', true],
        ],
      ],
      [
        ['b'],
        [
          ['192.0.2.2', true],
          ['192.0.2.1', false],
        ],
      ],
    ]);
  });

  it('that are right stay as they are, others are changed, left over ones go', () => {
    const made = mirrorsOf(custom(both)).map((slice, i) => ({
      ...slice,
      metadata: { ...slice.metadata, name: `s${i}` },
    }));
    expect(planMirrors(mirrorsOf(custom(both)), made)).toEqual({ create: [], update: [], delete: [] });
    const fewer = mirrorsOf(custom([{ addresses: [{ ip: '192.0.2.9' }], ports: [{ port: 80 }] }]));
    const plan = planMirrors(fewer, made);
    expect(plan.create).toEqual([]);
    expect(plan.update).toMatchObject([{ metadata: { name: 's0' }, endpoints: [{ addresses: ['192.0.2.9'] }] }]);
    expect(plan.delete.map(({ metadata }) => metadata.name)).toEqual(['s1']);
  });
});

describe('subsets in one form', () => {
  const ip = (last: number, uid?: string) => ({ ip: `192.0.2.${last}`, ...(uid ? { targetRef: { uid } } : {}) });
  const [a, b] = [
    { name: 'a', port: 80 },
    { name: 'b', port: 81 },
  ];

  it.each<[string, EndpointSubset[], EndpointSubset[]]>([
    ['nothing', [], []],
    [
      'of equal ports are one',
      [
        { addresses: [ip(2)], ports: [a] },
        { addresses: [ip(1)], ports: [a] },
      ],
      [{ addresses: [ip(1), ip(2)], notReadyAddresses: [], ports: [a] }],
    ],
    [
      'of equal addresses have their ports together',
      [
        { addresses: [ip(1)], ports: [a] },
        { addresses: [ip(1)], ports: [b] },
      ],
      [{ addresses: [ip(1)], notReadyAddresses: [], ports: [a, b] }],
    ],
    [
      'an address that is once not ready is not',
      [
        { addresses: [ip(1)], ports: [a] },
        { notReadyAddresses: [ip(1)], ports: [a] },
      ],
      [{ addresses: [], notReadyAddresses: [ip(1)], ports: [a] }],
    ],
    [
      'two pods of one address are two',
      [{ addresses: [ip(1, 'x'), ip(1, 'y')], ports: [a] }],
      [{ addresses: [ip(1, 'x'), ip(1, 'y')], notReadyAddresses: [], ports: [a] }],
    ],
    [
      'ports of which one has an address more stand apart',
      [
        { addresses: [ip(1)], ports: [a, b] },
        { addresses: [ip(2)], ports: [b] },
      ],
      [
        { addresses: [ip(1)], notReadyAddresses: [], ports: [a] },
        { addresses: [ip(1), ip(2)], notReadyAddresses: [], ports: [b] },
      ],
    ],
    [
      'without ports keep their addresses',
      [{ addresses: [ip(1)] }, { addresses: [ip(2)] }],
      [{ addresses: [ip(1), ip(2)], notReadyAddresses: [], ports: [] }],
    ],
  ])('%s', (_what, subsets, wanted) => expect(repack(subsets)).toEqual(wanted));

  it('are the same once more', () => {
    const addresses = fc.array(
      fc.nat({ max: 3 }).map((last) => ip(last)),
      { maxLength: 4 },
    );
    const port = fc.constantFrom(a, b, { name: 'c', port: 82 });
    const subset = fc.record({ addresses, notReadyAddresses: addresses, ports: fc.array(port, { maxLength: 3 }) });
    fc.assert(
      fc.property(fc.array(subset, { maxLength: 5 }), (subsets) => {
        const once = repack(subsets);
        expect(repack(once)).toEqual(once);
        expect(repack([...subsets].reverse()).length).toBe(once.length);
      }),
    );
  });
});
