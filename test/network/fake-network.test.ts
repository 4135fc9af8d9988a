import { FakeNetwork } from '../../runtime/network/fake-network';
import { networkSuite } from './network-suite';

describe('FakeNetwork', () => {
  let pid = 100;
  networkSuite(async () => ({
    network: new FakeNetwork(),
    sandbox: async () => pid++,
    nodeName: 'n1',
    nodeIp: '10.0.0.1',
  }));

  test('fails an attach on demand, once', async () => {
    const network = new FakeNetwork();
    await network.setUp('10.42.0.0/24');
    network.failNextAttach = new Error('no such process');
    await expect(network.attach('a', 1)).rejects.toThrow('no such process');
    expect(await network.attach('a', 1)).toEqual({ ip: '10.42.0.2' });
  });
});
