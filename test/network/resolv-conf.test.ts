import type { Pod } from '../../runtime/kube/generated/types';
import { parseResolvConf, resolvConf } from '../../runtime/network/dns/resolv-conf';

const node = {
  clusterDns: '10.43.0.10',
  clusterDomain: 'cluster.local',
  nodeResolvConf:
    '# made by hand\nnameserver 127.0.0.11\nnameserver 192.0.2.53 ; a comment\nsearch corp.example. lab.example\noptions edns0 ndots:0\n',
};
const pod = (spec: Partial<NonNullable<Pod['spec']>>): Pod => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { namespace: 'shop', name: 'p' },
  spec: { containers: [], ...spec },
});
const cluster =
  'search shop.svc.cluster.local svc.cluster.local cluster.local corp.example lab.example\nnameserver 10.43.0.10\noptions ndots:5\n';
const host = 'search corp.example lab.example\nnameserver 127.0.0.11\nnameserver 192.0.2.53\noptions edns0 ndots:0\n';

test.each<[string, Partial<NonNullable<Pod['spec']>>, string]>([
  ['ClusterFirst is the default', {}, cluster],
  ['ClusterFirst with hostNetwork is Default', { hostNetwork: true, dnsPolicy: 'ClusterFirst' }, host],
  ['ClusterFirstWithHostNet', { hostNetwork: true, dnsPolicy: 'ClusterFirstWithHostNet' }, cluster],
  [
    'Default asks the node’s loopback resolver through cluster DNS',
    { dnsPolicy: 'Default' },
    host.replace('127.0.0.11', '10.43.0.10'),
  ],
  [
    'None has what dnsConfig says',
    {
      dnsPolicy: 'None',
      dnsConfig: { nameservers: ['9.9.9.9'], searches: ['a.example'], options: [{ name: 'rotate' }] },
    },
    'search a.example\nnameserver 9.9.9.9\noptions rotate\n',
  ],
])('%s', (_, spec, text) => expect(resolvConf(pod(spec), node)).toBe(text));

test('dnsConfig adds to the policy, and its options replace those of the same name', () => {
  const dnsConfig = {
    nameservers: ['9.9.9.9', '10.43.0.10'],
    searches: ['cluster.local', 'x.example'],
    options: [{ name: 'ndots', value: '2' }, { name: 'rotate' }],
  };
  expect(parseResolvConf(resolvConf(pod({ dnsConfig }), node))).toEqual({
    nameservers: ['10.43.0.10', '9.9.9.9'],
    searches: [
      'shop.svc.cluster.local',
      'svc.cluster.local',
      'cluster.local',
      'corp.example',
      'lab.example',
      'x.example',
    ],
    options: ['ndots:2', 'rotate'],
  });
});

test('keeps the limits of the resolver', () => {
  const long = Array.from({ length: 40 }, (_, i) => `${'x'.repeat(100)}${i}.example`);
  const conf = parseResolvConf(
    resolvConf(
      pod({
        dnsPolicy: 'None',
        dnsConfig: { nameservers: ['1.1.1.1', '1.1.1.2', '1.1.1.3', '1.1.1.4'], searches: long },
      }),
      node,
    ),
  );
  expect(conf.nameservers).toHaveLength(3);
  expect(conf.searches.join(' ').length).toBeLessThanOrEqual(2048);
  expect(conf.searches.length).toBeGreaterThan(10);
});
