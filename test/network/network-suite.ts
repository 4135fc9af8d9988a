import type { NodeNetwork } from '../../runtime/network/network';
import { node, service, slice } from './objects';

/** What a network under test brings along. */
export interface NetworkFixture {
  network: NodeNetwork;
  /** A network over the same node, as a restarted agent has it; undefined where nothing outlives the object. */
  restarted?: () => NodeNetwork;
  /** The id of a process with a network namespace of its own. */
  sandbox(): Promise<number>;
  nodeName: string;
  nodeIp: string;
}

/** The contract of NodeNetwork, as every implementation keeps it. */
export function networkSuite(make: () => Promise<NetworkFixture>): void {
  const cidr = '10.42.7.0/29';
  let fixture: NetworkFixture;
  beforeEach(async () => {
    fixture = await make();
  });

  test('nothing works before setUp, and a pod CIDR that is none is refused', async () => {
    const { network } = fixture;
    await expect(network.attach('a', 1)).rejects.toThrow('setUp');
    await expect(network.setUp('fd00::/64')).rejects.toThrow('pod CIDR "fd00::/64"');
  });

  test('a pod gets an address of the pod CIDR and keeps it; another gets another', async () => {
    const { network, sandbox } = fixture;
    await network.setUp(cidr);
    await network.setUp(cidr);
    const pid = await sandbox();
    expect(await network.attach('a', pid)).toEqual({ ip: '10.42.7.2' });
    expect(await network.attach('b', await sandbox())).toEqual({ ip: '10.42.7.3' });
    expect(await network.attach('a', pid)).toEqual({ ip: '10.42.7.2' });
    expect(await network.attach('a', await sandbox())).toEqual({ ip: '10.42.7.2' });
    expect(await network.attached()).toEqual([
      { podUid: 'a', ip: '10.42.7.2' },
      { podUid: 'b', ip: '10.42.7.3' },
    ]);
  });

  test('detach frees the address, which is given again last; twice or never attached is success', async () => {
    const { network, sandbox } = fixture;
    await network.setUp(cidr);
    await network.attach('a', await sandbox());
    await network.detach('a');
    await network.detach('a');
    await network.detach('never');
    const given: string[] = [];
    for (const uid of ['b', 'c', 'd', 'e', 'f']) given.push((await network.attach(uid, await sandbox())).ip);
    expect(given.at(-1)).toBe('10.42.7.2');
    await expect(network.attach('g', await sandbox())).rejects.toThrow('no free pod address');
  });

  test('after a restart the pods are known, with their addresses', async () => {
    const { network, restarted, sandbox } = fixture;
    if (!restarted) return;
    await network.setUp(cidr);
    const pid = await sandbox();
    await network.attach('a', pid);
    const again = restarted();
    await again.setUp(cidr);
    expect(await again.attached()).toEqual([{ podUid: 'a', ip: '10.42.7.2' }]);
    expect(await again.attach('a', pid)).toEqual({ ip: '10.42.7.2' });
  });

  test('routes and Services are taken any number of times, and tearDown ends everything', async () => {
    const { network, nodeName, nodeIp } = fixture;
    await network.setUp(cidr);
    const nodes = [node(nodeName, nodeIp, cidr), node('other', '192.0.2.7', '10.42.8.0/29')];
    for (let i = 0; i < 2; i++) {
      await network.syncRoutes(nodes);
      await network.syncServices([service('web')], [slice('web', [{ ip: '10.42.7.2' }])]);
    }
    await network.syncRoutes([]);
    await network.syncServices([], []);
    await network.tearDown();
    await expect(network.attach('a', 1)).rejects.toThrow('setUp');
    await network.setUp(cidr);
    expect(await network.attached()).toEqual([]);
    await network.tearDown();
  });
}
