import { connectedBlocks, internalIp, planRoutes, podCidrsOf, vxlanEnd } from '../../runtime/network/node-routes';
import { node } from './objects';

const json = JSON.stringify([
  { dst: 'default', gateway: '172.31.1.1', dev: 'eth0' },
  { dst: '172.31.1.0/24', dev: 'eth0', scope: 'link' },
  { dst: '172.31.1.64/26', dev: 'eth1', scope: 'link' },
  { dst: '10.8.0.7', dev: 'tun0', scope: 'link' },
  { dst: '10.42.0.0/24', dev: 'orlop0', scope: 'link' },
  { dst: '10.42.9.0/24', gateway: '172.31.1.9', dev: 'eth0', protocol: '111' },
]);
const connected = connectedBlocks(json, ['orlop0', 'orlop.vxlan']);

test('only blocks without a gateway are connected, ours excepted', () => {
  expect(connected.map(({ device, cidr }) => `${device} /${cidr.prefix}`)).toEqual([
    'eth0 /24',
    'eth1 /26',
    'tun0 /32',
  ]);
});

test('nodes of one link are reached directly by its most specific block, others by VXLAN', () => {
  const nodes = [
    node('self', '172.31.1.11', '10.42.0.0/24'),
    node('near', '172.31.1.12', '10.42.1.0/24'),
    node('nearer', '172.31.1.70', '10.42.2.0/24'),
    node('far', '172.31.2.13', '10.42.3.0/24'),
    node('tunnel', '10.8.0.7', '10.42.4.0/24'),
  ];
  expect(planRoutes('self', nodes, connected, 'auto')).toEqual([
    { podCidr: '10.42.3.0/24', nodeIp: '172.31.2.13', device: undefined },
    { podCidr: '10.42.1.0/24', nodeIp: '172.31.1.12', device: 'eth0' },
    { podCidr: '10.42.2.0/24', nodeIp: '172.31.1.70', device: 'eth1' },
    { podCidr: '10.42.4.0/24', nodeIp: '10.8.0.7', device: 'tun0' },
  ]);
  expect(planRoutes('self', nodes, connected, 'always').every(({ device }) => device === undefined)).toBe(true);
});

test('a node that has no address or no pods yet, or claims the pods of another, is left out', () => {
  const nodes = [
    node('self', '172.31.1.11', '10.42.0.0/24'),
    node('claims-mine', '172.31.1.12', '10.42.0.0/24'),
    node('new', '172.31.1.13'),
    node('b-claims', '172.31.1.15', '10.42.5.0/24'),
    node('a-has', '172.31.1.14', '10.42.5.0/24'),
    { ...node('nowhere', ''), spec: { podCIDR: '10.42.6.0/24' } },
    node('six', 'fd00::1', '10.42.7.0/24'),
  ];
  expect(planRoutes('self', nodes, connected, 'auto').map(({ nodeIp }) => nodeIp)).toEqual(['172.31.1.14']);
});

test('a node with two families of addresses counts with its IPv4', () => {
  const dual = node('dual', 'fd00::1');
  dual.status?.addresses?.push({ type: 'InternalIP', address: '172.31.1.9' });
  dual.spec = { podCIDRs: ['fd01::/64', '10.42.8.7/24'], podCIDR: 'fd01::/64' };
  expect(internalIp(dual)).toBe('172.31.1.9');
  expect(podCidrsOf([dual])).toEqual(['10.42.8.0/24']);
});

test('every pod CIDR has its own VXLAN end, with a unicast, locally administered MAC', () => {
  expect(vxlanEnd('10.42.3.0/24')).toEqual({ ip: '10.42.3.0', mac: '0e:6f:0a:2a:03:00' });
  expect(0x0e & 3).toBe(2);
});
