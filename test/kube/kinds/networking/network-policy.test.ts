import type { NetworkPolicy, NetworkPolicyPeer, NetworkPolicyPort } from '../../../../runtime/kube/generated/types';
import { created, minimal, row, testCreates, updated } from '../fixtures';

const set = (spec: NetworkPolicy['spec']) => (policy: NetworkPolicy) => void Object.assign(policy.spec ?? {}, spec);
const port = (value: NetworkPolicyPort) => set({ ingress: [{ ports: [value] }] });
const peer = (value: NetworkPolicyPeer) => set({ egress: [{ to: [value] }] });

test('it is about ingress, about egress where it has rules for that, and ports are TCP', () => {
  expect(created(minimal.networkPolicy()).spec).toEqual({ podSelector: {}, policyTypes: ['Ingress'] });
  const policy = minimal.networkPolicy();
  set({ egress: [{ ports: [{ port: 53 }] }] })(policy);
  expect(created(policy).spec).toMatchObject({
    policyTypes: ['Ingress', 'Egress'],
    egress: [{ ports: [{ port: 53, protocol: 'TCP' }] }],
  });
});

testCreates(minimal.networkPolicy, [
  ['ports by number, range and name', set({ ingress: [{ ports: [{ port: 1, endPort: 9 }, { port: 'http' }, {}] }] })],
  [
    'protocol',
    port({ protocol: 'X' }),
    'spec.ingress[0].ports[0].protocol: Unsupported value: "X": supported values: "TCP", "UDP", "SCTP"',
  ],
  [
    'port out of range',
    port({ port: 0 }),
    'spec.ingress[0].ports[0].port: Invalid value: 0: must be between 1 and 65535, inclusive',
  ],
  [
    'range that ends before it starts',
    port({ port: 9, endPort: 1 }),
    'spec.ingress[0].ports[0].endPort: Invalid value: 1: must be greater than or equal to `port`',
  ],
  [
    'range from a name',
    port({ port: 'http', endPort: 1 }),
    'spec.ingress[0].ports[0].endPort: Invalid value: 1: may not be specified when `port` is non-numeric',
  ],
  [
    'range from nowhere',
    port({ endPort: 1 }),
    'spec.ingress[0].ports[0].endPort: Invalid value: 1: may not be specified when `port` is not specified',
  ],
  ['peers by labels', peer({ podSelector: {}, namespaceSelector: { matchLabels: { a: 'b' } } })],
  ['no peer', peer({}), 'spec.egress[0].to[0]: Required value: must specify a peer'],
  [
    'two peers in one',
    peer({ podSelector: {}, ipBlock: { cidr: '10.0.0.0/8' } }),
    'spec.egress[0].to[0]: Forbidden: may not specify both ipBlock and another peer',
  ],
  ['block with exceptions', peer({ ipBlock: { cidr: '10.0.0.0/8', except: ['10.3.0.0/16', '10.4.0.0/24'] } })],
  ['block of IPv6', peer({ ipBlock: { cidr: '2001:db8::/32', except: ['2001:db8:1::/48'] } })],
  [
    'exceptions outside',
    peer({ ipBlock: { cidr: '10.0.0.0/8', except: ['11.0.0.0/16', '10.0.0.0/8', '::/96'] } }),
    'spec.egress[0].to[0].ipBlock.except[0]: Invalid value: "11.0.0.0/16": must be a strict subset of `cidr`',
    'spec.egress[0].to[0].ipBlock.except[1]: Invalid value: "10.0.0.0/8": must be a strict subset of `cidr`',
    'spec.egress[0].to[0].ipBlock.except[2]: Invalid value: "::/96": must be a strict subset of `cidr`',
  ],
  ['no block', peer({ ipBlock: { cidr: '' } }), 'spec.egress[0].to[0].ipBlock.cidr: Required value'],
  [
    'not a block',
    peer({ ipBlock: { cidr: '10.0.0.0' } }),
    'spec.egress[0].to[0].ipBlock.cidr: Invalid value: "10.0.0.0": must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)',
  ],
  [
    'type',
    set({ policyTypes: ['X'] }),
    'spec.policyTypes[0]: Unsupported value: "X": supported values: "Ingress", "Egress"',
  ],
  [
    'too many types',
    set({ policyTypes: ['Ingress', 'Egress', 'Ingress'] }),
    'spec.policyTypes: Invalid value: ["Ingress","Egress","Ingress"]: may not specify more than two policyTypes',
  ],
  [
    'selector',
    set({ podSelector: { matchLabels: { '-': 'a' } } }),
    expect.stringContaining('spec.podSelector.matchLabels: Invalid value: "-"') as unknown as string,
  ],
]);

test('the generation counts changes of the spec', () => {
  const old = created(minimal.networkPolicy());
  expect(old.metadata.generation).toBe(1);
  expect(updated(old, set({ egress: [{}] })).metadata.generation).toBe(2);
  expect(updated(old, (p) => Object.assign(p.metadata, { labels: { a: 'b' } })).metadata.generation).toBe(1);
});

test('row', () => {
  const policy = minimal.networkPolicy();
  expect(row(policy)).toEqual(['deny', '<none>', '<unknown>']);
  set({ podSelector: { matchLabels: { app: 'web' } } })(policy);
  expect(row(policy)).toEqual(['deny', 'app=web', '<unknown>']);
});
