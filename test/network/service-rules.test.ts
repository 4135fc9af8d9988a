import { rulesOf } from '../../runtime/network/services/service-rules';
import { service, slice } from './objects';

const view = {
  nodeName: 'n1',
  podCidrs: ['10.42.0.0/24', '10.42.1.0/24'],
  ownAddresses: ['10.43.0.10'],
};
const ends = [
  { ip: '10.42.0.2', node: 'n1' },
  { ip: '10.42.1.2', node: 'n2' },
];

/** One object of the program, without indentation. */
function part(body: string, kind: string, name: string | RegExp): string[] {
  const lines = body.split('\n');
  const start = lines.findIndex((line) => {
    const found = new RegExp(`^ {2}${kind} (\\S+) \\{$`).exec(line)?.[1];
    return found !== undefined && (typeof name === 'string' ? found === name : name.test(found));
  });
  if (start < 0) return [];
  return lines.slice(start + 1, lines.indexOf('  }', start)).map((line) => line.trim());
}

test('the whole program of one Service', () => {
  const spec = { type: 'NodePort', ports: [{ port: 80, nodePort: 30080 }] };
  expect(rulesOf([service('web', spec)], [slice('web', ends)], view).body).toMatchInlineSnapshot(`
    "  set pod_cidrs {
        type ipv4_addr
        flags interval
        auto-merge
        elements = { 10.42.0.0/24, 10.42.1.0/24 }
      }
      set cluster_ips {
        type ipv4_addr
        elements = { 10.43.0.50 }
      }
      set hairpin {
        type ipv4_addr . ipv4_addr
        elements = { 10.42.0.2 . 10.42.0.2 }
      }
      chain all-a39165142e20 {
        meta l4proto tcp dnat ip to numgen random mod 2 map { 0 : 10.42.0.2 . 8080, 1 : 10.42.1.2 . 8080 } comment "default/web"
      }
      chain external-a39165142e20 {
        meta mark set meta mark or 0x4000
        goto all-a39165142e20
      }
      chain refuse {
        meta l4proto tcp reject with tcp reset
        reject
      }
      chain discard {
        drop
      }
      map service_ips {
        type ipv4_addr . inet_proto . inet_service : verdict
        elements = { 10.43.0.50 . tcp . 80 : goto all-a39165142e20 }
      }
      map node_ports {
        type inet_proto . inet_service : verdict
        elements = { tcp . 30080 : goto external-a39165142e20 }
      }
      map refused_ips {
        type ipv4_addr . inet_proto . inet_service : verdict
      }
      map refused_ports {
        type inet_proto . inet_service : verdict
      }
      chain services {
        ip daddr @cluster_ips ip saddr != @pod_cidrs meta mark set meta mark or 0x4000
        ip daddr . meta l4proto . th dport vmap @service_ips
        ip daddr != 127.0.0.0/8 fib daddr type local meta l4proto . th dport vmap @node_ports
      }
      chain unserved {
        ip daddr . meta l4proto . th dport vmap @refused_ips
        ip daddr != 127.0.0.0/8 fib daddr type local meta l4proto . th dport vmap @refused_ports
        ip daddr @cluster_ips goto refuse
      }
      chain prerouting {
        type nat hook prerouting priority -100; policy accept;
        goto services
      }
      chain output {
        type nat hook output priority -100; policy accept;
        goto services
      }
      chain postrouting {
        type nat hook postrouting priority 100; policy accept;
        meta mark and 0x4000 != 0 meta mark set meta mark xor 0x4000 masquerade fully-random
        ct status dnat ip saddr . ip daddr @hairpin masquerade fully-random
      }
      chain filter_input {
        type filter hook input priority -10; policy accept;
        ct state new goto unserved
      }
      chain filter_forward {
        type filter hook forward priority -10; policy accept;
        ct state new goto unserved
      }
      chain filter_output {
        type filter hook output priority -10; policy accept;
        ct state new goto unserved
      }
    "
  `);
});

test('the same Services in another order are the same program', () => {
  const services = [service('a', { clusterIP: '10.43.0.1' }), service('b', { clusterIP: '10.43.0.2' })];
  const slices = [slice('a', ends), slice('b', [...ends].reverse())];
  const turned = rulesOf(
    [...services].reverse(),
    [slices[1], slices[0]].flatMap((s) => s ?? []),
    view,
  );
  expect(turned).toEqual(rulesOf(services, [slice('a', ends), slice('b', ends)], view));
});

test('packets meet three lookups however many Services there are', () => {
  const many = Array.from({ length: 300 }, (_, i) =>
    service(`s${i}`, {
      clusterIP: `10.43.1.${i % 250}`,
      ports: [{ port: i + 1 }],
    }),
  );
  const slices = many.map(({ metadata }) => slice(metadata.name ?? '', ends));
  const { body } = rulesOf(many, slices, view);
  expect(part(body, 'chain', 'services')).toHaveLength(3);
  expect(part(body, 'chain', 'unserved')).toHaveLength(3);
});

test('a Service without endpoints is refused, not dropped', () => {
  const { body, chains } = rulesOf(
    [
      service('web', {
        type: 'NodePort',
        ports: [{ port: 80, nodePort: 30080 }],
      }),
    ],
    [],
    view,
  );
  expect(chains).toEqual([]);
  expect(part(body, 'map', 'refused_ips')[1]).toBe('elements = { 10.43.0.50 . tcp . 80 : goto refuse }');
  expect(part(body, 'map', 'refused_ports')[1]).toBe('elements = { tcp . 30080 : goto refuse }');
  expect(part(body, 'map', 'service_ips')).toHaveLength(1);
});

test('internalTrafficPolicy Local without a pod here drops', () => {
  const { body } = rulesOf([service('web', { internalTrafficPolicy: 'Local' })], [slice('web', ends.slice(1))], view);
  expect(part(body, 'map', 'refused_ips')[1]).toBe('elements = { 10.43.0.50 . tcp . 80 : goto discard }');
});

test('externalTrafficPolicy Local: from outside to pods of this node unmasqueraded, from the cluster to any', () => {
  const spec = {
    type: 'NodePort',
    externalTrafficPolicy: 'Local',
    ports: [{ port: 80, nodePort: 30080 }],
  };
  const { body, chains } = rulesOf([service('web', spec)], [slice('web', ends)], view);
  const [all, local] = [/^all-/, /^local-/].map((kind) => chains.find((name) => kind.test(name)));
  expect(part(body, 'chain', /^external-/)).toEqual([
    `ip saddr @pod_cidrs goto ${all}`,
    `fib saddr type local meta mark set meta mark or 0x4000 goto ${all}`,
    `goto ${local}`,
  ]);
  expect(part(body, 'chain', /^local-/)).toEqual(['meta l4proto tcp dnat to 10.42.0.2:8080 comment "default/web"']);
});

test('externalIPs are ignored', () => {
  const { body } = rulesOf([service('web', { externalIPs: ['8.8.8.8'] })], [slice('web', ends)], view);
  expect(body).not.toContain('8.8.8.8');
});

test('no rule is made for the address at which the node answers DNS itself', () => {
  const dns = service('kube-dns', {
    clusterIP: '10.43.0.10',
    ports: [{ port: 53, protocol: 'UDP' }],
  });
  expect(rulesOf([dns], [], view).body).not.toContain('10.43.0.10');
});

test('the first Service by name keeps an address that two claim', () => {
  const services = [service('b'), service('a')];
  const { body } = rulesOf(services, [slice('a', ends.slice(0, 1)), slice('b', ends.slice(1))], view);
  const [, elements = ''] = part(body, 'map', 'service_ips');
  const chain = /goto (\S+)/.exec(elements)?.[1] ?? '';
  expect(part(body, 'chain', chain)[0]).toContain('default/a');
});

test('loadBalancerSourceRanges let through whom they name and discard the rest', () => {
  const balanced = {
    ...service('web', {
      type: 'LoadBalancer',
      loadBalancerSourceRanges: ['192.0.2.7/24', 'nonsense'],
    }),
    status: { loadBalancer: { ingress: [{ ip: '198.51.100.1' }] } },
  };
  const { body } = rulesOf([balanced], [slice('web', ends)], view);
  expect(part(body, 'chain', /^restricted-/)).toEqual([
    expect.stringMatching(/^ip saddr \{ 192\.0\.2\.0\/24 \} goto external-/),
  ]);
  expect(part(body, 'map', 'refused_ips')[1]).toBe('elements = { 198.51.100.1 . tcp . 80 : goto discard }');
});

test('session affinity: a set of clients for each backend, asked before a backend is drawn', () => {
  const spec = {
    sessionAffinity: 'ClientIP',
    sessionAffinityConfig: { clientIP: { timeoutSeconds: 60 } },
  };
  const { body, sets } = rulesOf([service('web', spec)], [slice('web', ends)], view);
  expect(sets).toHaveLength(2);
  expect(part(body, 'set', sets[0] ?? '')).toContain('timeout 60s');
  const lines = part(body, 'chain', /^all-/);
  expect(lines.slice(0, 2).every((line) => line.startsWith('ip saddr @clients-'))).toBe(true);
  expect(lines[2]).toMatch(/^numgen random mod 2 vmap/);
});

test('before the nodes are known everything is masqueraded', () => {
  const { body } = rulesOf([service('web')], [slice('web', ends)], {
    ...view,
    podCidrs: [],
  });
  expect(part(body, 'chain', 'services')[0]).toBe('ip daddr @cluster_ips meta mark set meta mark or 0x4000');
});
