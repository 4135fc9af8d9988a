import type { EndpointSlice, Service } from '../../runtime/kube/generated/types';
import { systemExec } from '../../runtime/network/exec';
import type { LinuxNetwork } from '../../runtime/network/linux-network';
import { networkSuite } from '../network/network-suite';
import { type End, service, slice } from '../network/objects';
import { type LabNode, NetworkLab } from './network-lab';

jest.setTimeout(60_000);

const cidrs = ['10.42.0.0/24', '10.42.1.0/24', '10.42.2.0/24'];

/** Two nodes on one link and a third behind a router, two pods on the first and one on each of the others. */
describe('the network of Linux nodes', () => {
  const lab = new NetworkLab();
  const nodes = [lab.addNode('n1', 1, 11), lab.addNode('n2', 1, 12), lab.addNode('n3', 2, 13)];
  const outside = lab.outsider(1);
  const [n1, n2, n3] = nodes as [LabNode, LabNode, LabNode];
  const networks: LinuxNetwork[] = nodes.map((node) => node.network());
  const [net1, net2] = networks as [LinuxNetwork, LinuxNetwork];
  const pods: Array<{ name: string; pid: number; ip: string; node: string }> = [];
  const pod = (index: number) => pods[index] as (typeof pods)[number];
  const ends = (...indices: number[]): End[] => indices.map((index) => ({ ip: pod(index).ip, node: pod(index).node }));

  const sync = async (services: Service[], slices: EndpointSlice[]) => {
    for (const network of networks) await network.syncServices(services, slices);
  };

  beforeAll(async () => {
    const objects = nodes.map((node, index) => node.object(cidrs[index] as string));
    for (const [index, network] of networks.entries()) {
      await network.setUp(cidrs[index] as string);
      await network.syncRoutes(objects);
    }
    for (const [index, on] of [0, 0, 1, 2].entries()) {
      const node = nodes[on] as LabNode;
      const pid = await node.sandbox();
      const { ip } = await (networks[on] as LinuxNetwork).attach(`uid-${index}`, pid);
      const name = `pod${index}`;
      await node.serve(name, 8080, pid);
      pods.push({ name, pid, ip, node: node.name });
    }
  });
  afterAll(() => lab.close());

  describe('pods', () => {
    test('reach each other by their own addresses: on a node, over a link, through VXLAN', async () => {
      for (const target of [1, 2, 3]) {
        expect(await n1.ask('tcp', pod(target).ip, 8080, 1, pod(0).pid)).toEqual([`pod${target} ${pod(0).ip}`]);
        expect(await n1.ask('udp', pod(target).ip, 8080, 1, pod(0).pid)).toEqual([`pod${target} ${pod(0).ip}`]);
      }
      expect(await n1.exec(['ip', 'route', 'show', 'proto', '111'])).toBe(
        '10.42.1.0/24 via 172.31.1.12 dev eth0 onlink \n10.42.2.0/24 via 10.42.2.0 dev orlop.vxlan onlink \n',
      );
    });

    test('carry much data through VXLAN, whose packets are smaller', async () => {
      const [answer] = await n1.ask('bulk', pod(3).ip, 8080, 1, pod(0).pid);
      expect(answer).toBe('pod3 500000');
    });

    test('are reached from their node, and reach nodes and the world outside with the address of their node', async () => {
      await outside.serve('world', 8080);
      expect(await n1.ask('tcp', pod(0).ip, 8080)).toEqual(['pod0 10.42.0.1']);
      expect(await n1.ask('tcp', outside.ip, 8080, 1, pod(0).pid)).toEqual([`world ${n1.ip}`]);
      await n2.serve('host', 8081);
      expect(await n1.ask('tcp', n2.ip, 8081, 1, pod(0).pid)).toEqual([`host ${n1.ip}`]);
    });

    test('keep their address when a new agent attaches them again, without a break', async () => {
      const again = n1.network();
      await again.setUp(cidrs[0] as string);
      expect(await again.attach('uid-0', pod(0).pid)).toEqual({ ip: pod(0).ip });
      expect((await again.attached()).map(({ podUid }) => podUid)).toEqual(['uid-0', 'uid-1']);
      expect(await n1.ask('tcp', pod(2).ip, 8080, 1, pod(0).pid)).toEqual([`pod2 ${pod(0).ip}`]);
    });

    test('are wired anew when their sandbox was replaced, with the same address', async () => {
      const first = await n2.sandbox();
      const { ip } = await net2.attach('replaced', first);
      const second = await n2.sandbox();
      expect(await net2.attach('replaced', second)).toEqual({ ip });
      await n2.serve('second', 8080, second);
      expect(await n1.ask('tcp', ip, 8080, 1, pod(0).pid)).toEqual([`second ${pod(0).ip}`]);
      await net2.detach('replaced');
      await net2.detach('replaced');
      expect((await net2.attached()).map(({ podUid }) => podUid)).toEqual(['uid-2']);
    });

    test('attach in few processes and little time', async () => {
      const times: number[] = [];
      for (let i = 0; i < 10; i++) {
        const pid = await n1.sandbox();
        const before = n1.executed;
        const began = performance.now();
        await net1.attach(`timed-${i}`, pid);
        times.push(performance.now() - began);
        expect(n1.executed - before).toBe(2);
      }
      for (let i = 0; i < 10; i++) await net1.detach(`timed-${i}`);
      times.sort((a, b) => a - b);
      console.info(`attach: median ${times[5]?.toFixed(1)} ms, worst ${times[9]?.toFixed(1)} ms`);
    });

    test('that vanished leave nothing: attach fails clearly, detach succeeds', async () => {
      await expect(net1.attach('vanished', 4_000_000)).rejects.toThrow(/ip -batch/);
      await net1.detach('vanished');
      expect(await n1.exec(['ip', '-br', 'link', 'show', 'master', 'orlop0'])).not.toMatch(/orl.*orl.*orl/s);
    });
  });

  describe('services', () => {
    test('spread connections over ready pods of all nodes, from pods and from nodes', async () => {
      await sync([service('web', { clusterIP: '10.43.0.50' })], [slice('web', ends(0, 2, 3))]);
      const answers = await n1.ask('tcp', '10.43.0.50', 80, 40, pod(1).pid);
      expect(new Set(answers)).toEqual(new Set([0, 2, 3].map((index) => `pod${index} ${pod(1).ip}`)));
      const fromNode = await n3.ask('tcp', '10.43.0.50', 80, 40);
      expect(new Set(fromNode.map((answer) => answer.split(' ')[0]))).toEqual(new Set(['pod0', 'pod2', 'pod3']));
    });

    test('let a pod reach itself', async () => {
      await sync([service('web', { clusterIP: '10.43.0.50' })], [slice('web', ends(0))]);
      expect(await n1.ask('tcp', '10.43.0.50', 80, 1, pod(0).pid)).toEqual(['pod0 10.42.0.1']);
    });

    test('refuse at once what nobody serves', async () => {
      await sync(
        [service('web', { clusterIP: '10.43.0.50', type: 'NodePort', ports: [{ port: 80, nodePort: 30080 }] })],
        [],
      );
      expect(await n1.ask('tcp', '10.43.0.50', 80, 1, pod(0).pid)).toEqual(['ECONNREFUSED']);
      expect(await n1.ask('tcp', '10.43.0.50', 81, 1, pod(0).pid)).toEqual(['ECONNREFUSED']);
      expect(await n1.ask('tcp', '10.43.0.50', 80)).toEqual(['ECONNREFUSED']);
      expect(await outside.ask('tcp', n1.ip, 30080)).toEqual(['ECONNREFUSED']);
      expect(await n1.ask('udp', '10.43.0.50', 80, 1, pod(0).pid)).toEqual(['ECONNREFUSED']);
    });

    test('fall back to pods that terminate but still serve', async () => {
      const [a, b] = ends(0, 2) as [End, End];
      const leaving = { ...a, ready: false, serving: true, terminating: true };
      await sync([service('web', { clusterIP: '10.43.0.50' })], [slice('web', [leaving, b])]);
      expect(new Set(await n1.ask('tcp', '10.43.0.50', 80, 10, pod(1).pid))).toEqual(new Set([`pod2 ${pod(1).ip}`]));
      await sync([service('web', { clusterIP: '10.43.0.50' })], [slice('web', [leaving, { ...b, ready: false }])]);
      expect(new Set(await n1.ask('tcp', '10.43.0.50', 80, 10, pod(1).pid))).toEqual(new Set([`pod0 ${pod(1).ip}`]));
    });

    test('are reached from outside at a node port of any node, also for pods of other nodes', async () => {
      const spec = { clusterIP: '10.43.0.50', type: 'NodePort', ports: [{ port: 80, nodePort: 30080 }] };
      await sync([service('web', spec)], [slice('web', ends(3))]);
      expect(await outside.ask('tcp', n1.ip, 30080)).toEqual(['pod3 10.42.0.0']);
      expect(await outside.ask('tcp', n3.ip, 30080)).toEqual(['pod3 10.42.2.1']);
      expect(await n1.ask('tcp', n1.ip, 30080)).toEqual(['pod3 10.42.0.0']);
    });

    test('keep the client address and the node with externalTrafficPolicy Local', async () => {
      const spec = {
        clusterIP: '10.43.0.50',
        type: 'NodePort',
        externalTrafficPolicy: 'Local',
        ports: [{ port: 80, nodePort: 30080 }],
      };
      await sync([service('web', spec)], [slice('web', ends(0, 3))]);
      expect(new Set(await outside.ask('tcp', n1.ip, 30080, 5))).toEqual(new Set([`pod0 ${outside.ip}`]));
      expect(await outside.ask('tcp', n2.ip, 30080)).toEqual(['TIMEOUT']);
      // Within the cluster every node's port serves.
      expect((await n2.ask('tcp', n2.ip, 30080, 1))[0]).toMatch(/^pod[03] /);
    });

    test('stay on the node with internalTrafficPolicy Local', async () => {
      const spec = { clusterIP: '10.43.0.50', internalTrafficPolicy: 'Local' };
      await sync([service('web', spec)], [slice('web', ends(0, 3))]);
      expect(new Set(await n1.ask('tcp', '10.43.0.50', 80, 10, pod(1).pid))).toEqual(new Set([`pod0 ${pod(1).ip}`]));
      expect(await n2.ask('tcp', '10.43.0.50', 80, 1, pod(2).pid)).toEqual(['TIMEOUT']);
    });

    test('send a client to one pod with session affinity, also after other pods come', async () => {
      const spec = { clusterIP: '10.43.0.50', sessionAffinity: 'ClientIP' };
      await sync([service('web', spec)], [slice('web', ends(2, 3))]);
      const before = new Set(await n1.ask('tcp', '10.43.0.50', 80, 10, pod(1).pid));
      expect(before.size).toBe(1);
      await sync([service('web', spec)], [slice('web', ends(0, 1, 2, 3))]);
      expect(new Set(await n1.ask('tcp', '10.43.0.50', 80, 20, pod(1).pid))).toEqual(before);

      // A new agent finds the table and keeps what it remembers.
      const again = n1.network();
      await again.setUp(cidrs[0] as string);
      await again.syncRoutes(nodes.map((node, index) => node.object(cidrs[index] as string)));
      await again.syncServices([service('web', spec)], [slice('web', ends(0, 2, 3))]);
      expect(new Set(await n1.ask('tcp', '10.43.0.50', 80, 20, pod(1).pid))).toEqual(before);
      await sync([], []);
    });

    test('answer at the addresses of a load balancer, for the sources that may', async () => {
      const spec = {
        clusterIP: '10.43.0.50',
        type: 'LoadBalancer',
        loadBalancerSourceRanges: [`${outside.ip}/32`],
        ports: [{ port: 80, nodePort: 30080 }],
      };
      const balanced = { ...service('web', spec), status: { loadBalancer: { ingress: [{ ip: n1.ip }] } } };
      await sync([balanced], [slice('web', ends(0, 2))]);
      expect((await outside.ask('tcp', n1.ip, 80))[0]).toMatch(/^pod[02] /);
      expect(await n2.ask('tcp', n1.ip, 80)).toEqual(['TIMEOUT']);
    });

    test('may be served by nodes themselves, as the API server is', async () => {
      await n1.serve('api', 6443);
      const ports = [{ port: 6443, protocol: 'TCP' }];
      await sync(
        [service('kubernetes', { clusterIP: '10.43.0.1' })],
        [slice('kubernetes', [{ ip: n1.ip }], { ports })],
      );
      for (const [from, pid] of [[n1], [n1, pod(0).pid], [n2], [n2, pod(2).pid], [n3, pod(3).pid]] as const) {
        expect((await from.ask('tcp', '10.43.0.1', 80, 1, pid))[0]).toMatch(/^api /);
      }
    });

    test('leave the DNS address to the node, which pods and the node itself reach', async () => {
      await n1.serve('dns', 53, undefined, '10.43.0.10');
      const dns = service('kube-dns', { clusterIP: '10.43.0.10', ports: [{ port: 53, protocol: 'UDP' }] });
      await sync([dns], []);
      for (const protocol of ['udp', 'tcp'] as const) {
        expect(await n1.ask(protocol, '10.43.0.10', 53, 1, pod(0).pid)).toEqual([`dns ${pod(0).ip}`]);
        expect((await n1.ask(protocol, '10.43.0.10', 53))[0]).toMatch(/^dns /);
      }
    });

    test('let a running connection end in peace when its pod is taken out', async () => {
      const web = service('web', { clusterIP: '10.43.0.50' });
      await sync([web], [slice('web', ends(2))]);
      const running = n1.ask('slow', '10.43.0.50', 80, 1, pod(0).pid);
      await new Promise((done) => setTimeout(done, 400));
      const [leaving] = ends(2) as [End];
      await sync([web], [slice('web', [{ ...leaving, ready: false, terminating: true }, ...ends(3)])]);
      expect((await n1.ask('tcp', '10.43.0.50', 80, 1, pod(0).pid))[0]).toMatch(/^pod3 /);
      expect(await running).toEqual(['pod2 1000']);
    });

    test('carry UDP', async () => {
      const spec = { clusterIP: '10.43.0.50', ports: [{ port: 53, protocol: 'UDP' }] };
      await sync([service('dns', spec)], [slice('dns', ends(2), { ports: [{ port: 8080, protocol: 'UDP' }] })]);
      expect(await n1.ask('udp', '10.43.0.50', 53, 2, pod(0).pid)).toEqual(Array(2).fill(`pod2 ${pod(0).ip}`));
    });

    test('run no program when nothing changed, one when something did', async () => {
      const web = service('web', { clusterIP: '10.43.0.50' });
      await net1.syncServices([web], [slice('web', ends(0))]);
      const before = n1.executed;
      await net1.syncServices([web], [slice('web', ends(0))]);
      expect(n1.executed).toBe(before);
      await net1.syncServices([web], [slice('web', ends(0, 2))]);
      expect(n1.executed).toBe(before + 1);
    });
  });

  test('routes follow the nodes: gone with the node, and without VXLAN when nobody needs it', async () => {
    const objects = nodes.map((node, index) => node.object(cidrs[index] as string));
    await net1.syncRoutes(objects.slice(0, 2));
    expect(await n1.exec(['ip', 'route', 'show', 'proto', '111'])).toBe(
      '10.42.1.0/24 via 172.31.1.12 dev eth0 onlink \n',
    );
    expect(await n1.exec(['ip', '-br', 'link'])).not.toContain('orlop.vxlan');
    await net1.syncRoutes(objects);
    expect(await n1.ask('tcp', pod(3).ip, 8080, 1, pod(0).pid)).toEqual([`pod3 ${pod(0).ip}`]);
  });

  test('get through a FORWARD chain that drops by default', async () => {
    await n2.exec(['iptables', '-P', 'FORWARD', 'DROP']);
    await n2.exec(['iptables', '-F', 'FORWARD']);
    expect(await n1.ask('tcp', pod(2).ip, 8080, 1, pod(0).pid)).toEqual(['TIMEOUT']);
    await net2.syncRoutes(nodes.map((node, index) => node.object(cidrs[index] as string)));
    expect(await n1.ask('tcp', pod(2).ip, 8080, 1, pod(0).pid)).toEqual([`pod2 ${pod(0).ip}`]);
  });

  test('tearDown leaves nothing', async () => {
    // A fresh process, as when the node is removed.
    const last = n2.network();
    await last.tearDown();
    expect(await n2.exec(['nft', 'list', 'tables'])).not.toContain('orlop');
    expect(await n2.exec(['ip', '-br', 'link'])).not.toContain('orl');
    expect(await n2.exec(['ip', 'route', 'show', 'proto', '111'])).toBe('');
    expect(await n2.exec(['iptables', '-S', 'FORWARD'])).not.toContain('orlop');
    await last.tearDown();
  });
});

describe('LinuxNetwork', () => {
  const lab = new NetworkLab();
  let count = 0;
  afterAll(() => lab.close());

  networkSuite(async () => {
    count++;
    const node = lab.addNode(`s${count}`, 1, 10 + count);
    return {
      network: node.network(),
      restarted: () => node.network(),
      sandbox: () => node.sandbox(),
      nodeName: node.name,
      nodeIp: node.ip,
    };
  });

  test('puts rules and forwarding back that somebody else flushed', async () => {
    const node = lab.addNode('flushed', 1, 50);
    const network = node.network();
    await network.setUp('10.42.0.0/24');
    await network.syncRoutes([node.object('10.42.0.0/24')]);
    await network.syncServices([service('web')], [slice('web', [{ ip: '10.42.0.2' }])]);
    await node.exec(['nft', 'flush', 'ruleset']);
    await network.syncRoutes([node.object('10.42.0.0/24')]);
    const rules = await node.exec(['nft', 'list', 'ruleset']);
    for (const found of ['10.43.0.50 . tcp . 80 : goto', 'masquerade', 'iifname "orlop0"'])
      expect(rules).toContain(found);
  });

  test('says what is missing on a host that lacks a program', async () => {
    const node = lab.addNode('bare', 1, 51);
    const network = node.network({
      exec: (argv, options) =>
        argv[0] === 'nft' ? systemExec(['orlop-no-such-program'], options) : node.exec(argv, options),
    });
    await expect(network.setUp('10.42.0.0/24')).rejects.toThrow(/orlop-no-such-program: is not installed.*nftables/s);
  });
});
