import { types } from '../../runtime/network/dns/message';
import { Zone } from '../../runtime/network/dns/zone';
import { service, slice } from './objects';

const ports = [
  { name: 'http', port: 80, protocol: 'TCP' },
  { name: 'dns', port: 53, protocol: 'UDP' },
];
const zone = new Zone(
  'cluster.local',
  [
    service('web', { ports }),
    service('db', { clusterIP: 'None', ports: [{ name: 'pg', port: 5432 }] }),
    service('idle', { clusterIP: 'None' }),
    service('out', { type: 'ExternalName', externalName: 'www.example.org.', clusterIP: '' }),
    service('web', { clusterIP: '10.43.0.77' }, 'shop'),
  ],
  [
    slice('web', [{ ip: '10.42.0.9' }]),
    slice(
      'db',
      [
        { ip: '10.42.0.2', hostname: 'db-0' },
        { ip: '10.42.1.2', hostname: 'db-1' },
        { ip: '10.42.2.2', hostname: 'db-2', ready: false },
        { ip: '10.42.2.3' },
      ],
      { ports: [{ name: 'pg', port: 6432, protocol: 'TCP' }] },
    ),
  ],
  1,
);

function ask(name: string, type: keyof typeof types = 'A'): string | string[] {
  const found = zone.answer({ name, type: types[type], class: 1 });
  if (!found) return 'elsewhere';
  if ('forwardTo' in found) return `forward to ${found.forwardTo}`;
  if (found.rcode === 3) return 'NXDOMAIN';
  if (found.answers.length === 0) return 'NODATA';
  return found.answers
    .map(({ data }) => {
      if (data.type === types.A) return data.address;
      if (data.type === types.SRV) return `${data.port} ${data.target}`;
      return 'target' in data ? data.target : 'text' in data ? data.text : 'SOA';
    })
    .sort();
}

test.each<[string, keyof typeof types, string | string[]]>([
  // Services with an address
  ['web.default.svc.cluster.local', 'A', ['10.43.0.50']],
  ['WEB.Default.SVC.cluster.LOCAL', 'A', ['10.43.0.50']],
  ['web.shop.svc.cluster.local', 'A', ['10.43.0.77']],
  ['web.default.svc.cluster.local', 'AAAA', 'NODATA'],
  ['web.default.svc.cluster.local', 'SRV', ['53 web.default.svc.cluster.local', '80 web.default.svc.cluster.local']],
  ['_http._tcp.web.default.svc.cluster.local', 'SRV', ['80 web.default.svc.cluster.local']],
  ['_dns._udp.web.default.svc.cluster.local', 'SRV', ['53 web.default.svc.cluster.local']],
  ['_dns._tcp.web.default.svc.cluster.local', 'SRV', 'NXDOMAIN'],
  ['_tcp.web.default.svc.cluster.local', 'SRV', 'NODATA'],
  ['10-42-0-9.web.default.svc.cluster.local', 'A', 'NXDOMAIN'],
  // Headless Services
  ['db.default.svc.cluster.local', 'A', ['10.42.0.2', '10.42.1.2', '10.42.2.3']],
  ['db-1.db.default.svc.cluster.local', 'A', ['10.42.1.2']],
  ['10-42-2-3.db.default.svc.cluster.local', 'A', ['10.42.2.3']],
  ['db-2.db.default.svc.cluster.local', 'A', 'NXDOMAIN'],
  [
    '_pg._tcp.db.default.svc.cluster.local',
    'SRV',
    ['10-42-2-3', 'db-0', 'db-1'].map((label) => `6432 ${label}.db.default.svc.cluster.local`),
  ],
  ['idle.default.svc.cluster.local', 'A', 'NODATA'],
  // The rest of the tree
  ['out.default.svc.cluster.local', 'A', 'forward to www.example.org'],
  ['10-42-0-9.default.pod.cluster.local', 'A', ['10.42.0.9']],
  ['nonsense.default.pod.cluster.local', 'A', 'NXDOMAIN'],
  ['dns-version.cluster.local', 'TXT', ['1.1.0']],
  ['cluster.local', 'SOA', ['SOA']],
  ['cluster.local', 'NS', ['ns.dns.cluster.local']],
  ['svc.cluster.local', 'A', 'NODATA'],
  ['default.svc.cluster.local', 'A', 'NODATA'],
  ['nowhere.svc.cluster.local', 'A', 'NXDOMAIN'],
  ['web.nowhere.svc.cluster.local', 'A', 'NXDOMAIN'],
  ['absent.default.svc.cluster.local', 'A', 'NXDOMAIN'],
  ['a.b.c.web.default.svc.cluster.local', 'A', 'NXDOMAIN'],
  ['example.org.default.svc.cluster.local', 'A', 'NXDOMAIN'],
  ['example.org.cluster.local', 'A', 'NXDOMAIN'],
  // By address
  ['50.0.43.10.in-addr.arpa', 'PTR', ['web.default.svc.cluster.local']],
  ['2.0.42.10.in-addr.arpa', 'PTR', ['db-0.db.default.svc.cluster.local']],
  ['1.2.0.192.in-addr.arpa', 'PTR', 'elsewhere'],
  // Not ours
  ['example.org', 'A', 'elsewhere'],
  ['notcluster.local', 'A', 'elsewhere'],
])('%s %s', (name, type, expected) => expect(ask(name, type)).toEqual(expected));

test('nothing found carries the SOA, which says how long that may be believed', () => {
  for (const name of ['absent.default.svc.cluster.local', 'svc.cluster.local']) {
    const found = zone.answer({ name, type: types.A, class: 1 });
    expect(found && 'authority' in found ? found.authority : []).toMatchObject([
      { name: 'cluster.local', data: { type: types.SOA, minimum: 5 } },
    ]);
  }
});

test('answers of a headless Service begin with another pod each time', () => {
  const firsts = new Set<unknown>();
  for (let i = 0; i < 3; i++) {
    const found = zone.answer({ name: 'db.default.svc.cluster.local', type: types.A, class: 1 });
    if (found && 'answers' in found) firsts.add(JSON.stringify(found.answers[0]?.data));
  }
  expect(firsts.size).toBe(3);
});

test('SRV of a headless Service brings the addresses of its targets', () => {
  const found = zone.answer({ name: '_pg._tcp.db.default.svc.cluster.local', type: types.SRV, class: 1 });
  expect(found && 'additional' in found ? found.additional.map(({ name }) => name) : []).toContain(
    'db-0.db.default.svc.cluster.local',
  );
});
