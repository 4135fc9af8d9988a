import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { AddressPool } from '../../runtime/network/address-pool';
import { type Cidr, contains, formatIp, parseCidr, parseIp } from '../../runtime/network/cidr';

const small = parseCidr('10.42.3.0/29') as Cidr;

describe('the addresses of a node', () => {
  let folder: string;
  let file: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'orlop-pool-'));
    file = join(folder, 'agent', 'addresses.json');
  });
  afterEach(() => rm(folder, { recursive: true }));

  test('the first pod gets the address after the gateway, and gets it again after a restart', async () => {
    const pool = await AddressPool.open(file, small);
    expect(pool.gateway).toBe('10.42.3.1');
    expect(await pool.allocate('a')).toEqual({ ip: '10.42.3.2', fresh: true });
    expect(await pool.allocate('a')).toEqual({ ip: '10.42.3.2', fresh: false });

    const restarted = await AddressPool.open(file, small);
    expect(await restarted.allocate('a')).toEqual({ ip: '10.42.3.2', fresh: false });
    expect(await restarted.allocate('b')).toEqual({ ip: '10.42.3.3', fresh: true });
  });

  test('a freed address comes back last', async () => {
    const pool = await AddressPool.open(file, small);
    await pool.allocate('a');
    await pool.free('a');
    await pool.free('a');
    const given: string[] = [];
    for (const uid of ['b', 'c', 'd', 'e', 'f']) given.push((await pool.allocate(uid)).ip);
    expect(given).toEqual(['10.42.3.3', '10.42.3.4', '10.42.3.5', '10.42.3.6', '10.42.3.2']);
    await expect(pool.allocate('g')).rejects.toThrow('no free pod address in 10.42.3.0/29: all 5 are in use');
  });

  test.each([
    ['cut off', '{"cidr":"10.42.3.0/29","next":3,"pods":{"a"'],
    ['of another block', '{"cidr":"10.42.9.0/29","next":3,"pods":{"a":"10.42.9.2"}}'],
    ['of another shape', '[]'],
  ])('a file that is %s counts as empty', async (_, text) => {
    await (await AddressPool.open(file, small)).allocate('x');
    await writeFile(file, text);
    const pool = await AddressPool.open(file, small);
    expect(pool.list()).toEqual([]);
    expect((await pool.allocate('b')).ip).toBe('10.42.3.2');
  });

  test('holds its invariants whatever the order of calls, many at once', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.boolean(), fc.integer({ min: 0, max: 6 }))),
        async (steps: Array<[boolean, number]>) => {
          await rm(file, { force: true });
          const pool = await AddressPool.open(file, small);
          await Promise.allSettled(
            steps.map(([allocate, uid]) => (allocate ? pool.allocate(`${uid}`) : pool.free(`${uid}`))),
          );
          const list = pool.list();
          expect(new Set(list.map(({ ip }) => ip)).size).toBe(list.length);
          for (const { ip } of list) {
            expect(contains(small, parseIp(ip) ?? 0)).toBe(true);
            expect([formatIp(small.base), '10.42.3.1', '10.42.3.7']).not.toContain(ip);
          }
          if (steps.length > 0 && list.length > 0) {
            const saved = JSON.parse(await readFile(file, 'utf8')) as { pods: Record<string, string> };
            expect(saved.pods).toEqual(Object.fromEntries(list.map(({ podUid, ip }) => [podUid, ip])));
          }
        },
      ),
      { numRuns: 30 },
    );
  });
});
