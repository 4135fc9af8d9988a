import { servicePorts } from '../../runtime/network/services/endpoints';
import { type End, service, slice } from './objects';

const served = (ends: End[], spec = {}) => {
  const [port] = servicePorts([service('web', spec)], [slice('web', ends)], 'n1');
  return { cluster: port?.cluster.map(({ ip }) => ip), local: port?.local.map(({ ip }) => ip) };
};
const a = { ip: '10.42.0.2', node: 'n1' };
const b = { ip: '10.42.1.2', node: 'n2' };

describe('who serves', () => {
  test.each<[string, End[], string[], string[]]>([
    ['ready endpoints', [a, b], [a.ip, b.ip], [a.ip]],
    ['only the ready ones while there is one', [{ ...a, ready: false }, b], [b.ip], []],
    [
      'not those that terminate while others are ready',
      [{ ...a, ready: false, serving: true, terminating: true }, b],
      [b.ip],
      [a.ip],
    ],
    [
      'those that terminate but still serve when none is ready',
      [
        { ...a, ready: false, serving: true, terminating: true },
        { ...b, ready: false },
      ],
      [a.ip],
      [a.ip],
    ],
    [
      'nobody when all are unready',
      [
        { ...a, ready: false },
        { ...b, ready: false, terminating: true },
      ],
      [],
      [],
    ],
  ])('%s', (_, ends, cluster, local) => {
    expect(served(ends)).toEqual({ cluster, local });
  });

  test('an endpoint without conditions is ready', () => {
    const bare = slice('web', [a]);
    delete bare.endpoints?.[0]?.conditions;
    expect(servicePorts([service('web')], [bare], 'n1')[0]?.cluster).toHaveLength(1);
  });

  test('an endpoint in two slices counts once, and as ready if one says so', () => {
    const slices = [slice('web', [{ ...a, ready: false }]), slice('web', [a], { name: 'web-2' })];
    for (const order of [slices, [...slices].reverse()]) {
      expect(servicePorts([service('web')], order, 'n1')[0]?.cluster).toEqual([{ ip: a.ip, port: 8080, local: true }]);
    }
  });

  test('ports are matched by name and protocol, numbers by slice', () => {
    const spec = {
      ports: [
        { name: 'http', port: 80 },
        { name: 'dns', port: 53, protocol: 'UDP' },
      ],
    };
    const slices = [
      slice('web', [a], {
        ports: [
          { name: 'http', port: 8080 },
          { name: 'dns', port: 5353, protocol: 'TCP' },
        ],
      }),
      slice('web', [b], { name: 'web-2', ports: [{ name: 'http', port: 9090, protocol: 'TCP' }] }),
    ];
    const ports = servicePorts([service('web', spec)], slices, 'n1');
    expect(ports.map(({ name, protocol, cluster }) => [name, protocol, cluster.map(({ port }) => port)])).toEqual([
      ['default/web:dns', 'udp', []],
      ['default/web:http', 'tcp', [8080, 9090]],
    ]);
  });

  test('never the addresses that name something else on every node', () => {
    expect(served([{ ip: '127.0.0.1' }, { ip: '169.254.169.254' }, { ip: 'fd00::1' }, a]).cluster).toEqual([a.ip]);
  });

  test('slices of another namespace or address type do not count', () => {
    const six = { ...slice('web', [a]), addressType: 'IPv6' };
    expect(servicePorts([service('web')], [slice('web', [a], { namespace: 'other' }), six], 'n1')[0]?.cluster).toEqual(
      [],
    );
  });
});

test.each([
  ['headless', { clusterIP: 'None' }],
  ['ExternalName', { type: 'ExternalName', externalName: 'example.org', clusterIP: '' }],
  ['not yet allocated', { clusterIP: '' }],
  ['IPv6 only', { clusterIP: 'fd00::5', clusterIPs: ['fd00::5'] }],
])('a Service that is %s has no ports here', (_, spec) => {
  expect(servicePorts([service('web', spec)], [], 'n1')).toEqual([]);
});

test('node ports and load balancer addresses only count for the types that have them', () => {
  const ports = [{ port: 80, nodePort: 30080 }];
  const status = {
    loadBalancer: { ingress: [{ ip: '1.2.3.4' }, { ip: '1.2.3.5', ipMode: 'Proxy' }, { hostname: 'x' }] },
  };
  const of = (type: string) => servicePorts([{ ...service('web', { type, ports }), status }], [], 'n1')[0];
  expect(of('ClusterIP')).toMatchObject({ nodePort: undefined, loadBalancerIps: [] });
  expect(of('NodePort')).toMatchObject({ nodePort: 30080, loadBalancerIps: [] });
  expect(of('LoadBalancer')).toMatchObject({ nodePort: 30080, loadBalancerIps: ['1.2.3.4'] });
});
