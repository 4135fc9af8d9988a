import fc from 'fast-check';
import { nodeIpamController } from '../../runtime/controllers/node-ipam/controller';
import { cidrPool, freeBlock } from '../../runtime/controllers/node-ipam/decide';
import type { Node } from '../../runtime/kube/generated/types';
import { events, nodes } from '../../runtime/kube/resource';
import { harness } from './harness';

const node = (name: string, podCIDR?: string): Node => ({
  apiVersion: 'v1',
  kind: 'Node',
  metadata: { name },
  spec: podCIDR ? { podCIDR, podCIDRs: [podCIDR] } : {},
});

test('blocks are handed out from the lowest, each once', () => {
  const pool = cidrPool('10.42.0.0/22');
  const used = new Set<string>();
  for (let block = freeBlock(pool, used); block; block = freeBlock(pool, used)) used.add(block);
  expect([...used]).toEqual(['10.42.0.0/24', '10.42.1.0/24', '10.42.2.0/24', '10.42.3.0/24']);
  used.delete('10.42.1.0/24');
  expect(freeBlock(pool, used)).toBe('10.42.1.0/24');
});

test('every block lies in the range', () => {
  fc.assert(
    fc.property(fc.nat(255), fc.integer({ min: 8, max: 24 }), (second, prefix) => {
      const pool = cidrPool(`10.${second}.0.0/${prefix}`);
      expect(pool.blocks).toBe(2 ** (24 - prefix));
      expect(freeBlock(pool, new Set())).toMatch(/^10\.\d+\.\d+\.0\/24$/);
    }),
  );
});

test.each(['10.42.0.0/25', '10.42.0.0', 'fd00::/48', '10.300.0.0/16'])('refuses %s', (cidr) => {
  expect(() => cidrPool(cidr)).toThrow(`cluster CIDR "${cidr}" must be an IPv4 range of at least one /24`);
});

test('every node gets a range of its own, and keeps the one it has', async () => {
  const { client, settle, stop } = await harness((context) => nodeIpamController(context, '10.42.0.0/16'));
  client.seed(nodes, node('old', '10.42.1.0/24'));
  await settle();
  for (const name of ['a', 'b', 'c']) await client.create(nodes, node(name));
  await settle();
  const ranges = (await client.list(nodes)).items.map(({ metadata, spec }) => [
    metadata.name,
    spec?.podCIDR,
    spec?.podCIDRs,
  ]);
  expect(ranges).toEqual([
    ['a', '10.42.0.0/24', ['10.42.0.0/24']],
    ['b', '10.42.2.0/24', ['10.42.2.0/24']],
    ['c', '10.42.3.0/24', ['10.42.3.0/24']],
    ['old', '10.42.1.0/24', ['10.42.1.0/24']],
  ]);
  await stop();
});

test('says when none is left, and gives the next that comes free', async () => {
  const { client, settle, stop } = await harness((context) => nodeIpamController(context, '10.42.0.0/24'));
  await client.create(nodes, node('a'));
  await client.create(nodes, node('b'));
  await settle();
  expect((await client.list(events)).items).toMatchObject([
    { reason: 'CIDRNotAvailable', involvedObject: { name: 'b' } },
  ]);
  await client.delete(nodes, { name: 'a' });
  await settle();
  expect((await client.get(nodes, { name: 'b' })).spec?.podCIDR).toBe('10.42.0.0/24');
  await stop();
});
