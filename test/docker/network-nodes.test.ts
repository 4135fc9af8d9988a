import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CommandError, type Exec, systemExec } from '../../runtime/network/exec';
import { LinuxNetwork } from '../../runtime/network/linux-network';
import { silentLogger } from '../../runtime/util/logger';
import { node, service, slice } from '../network/objects';
import { buildNodeImage, docker, NodeContainer } from './node-container';

jest.setTimeout(180_000);

const cidrs = ['10.42.0.0/24', '10.42.1.0/24'] as const;

/** Answers TCP connections and UDP packets with its name; in Perl, which every Debian has. */
const server = `
use IO::Socket::INET; use IO::Select; $| = 1;
my $t = IO::Socket::INET->new(LocalPort => 8080, Listen => 50, ReuseAddr => 1) or die;
my $u = IO::Socket::INET->new(LocalPort => 8080, Proto => 'udp') or die;
my $s = IO::Select->new($t, $u);
while (1) { for my $r ($s->can_read) {
  if ($r == $t) { my $c = $t->accept; print $c "$ARGV[0]\\n"; close $c; }
  else { my $b; $u->recv($b, 100); $u->send("$ARGV[0]\\n"); }
} }`;

/** Sends one packet from a fixed port, as a client does that never stops. */
const udpClient = `
use IO::Socket::INET;
my $u = IO::Socket::INET->new(LocalPort => 4000, PeerAddr => $ARGV[0], PeerPort => $ARGV[1], Proto => 'udp') or die;
$u->send('x'); local $SIG{ALRM} = sub { print "TIMEOUT"; exit 0 }; alarm 2;
my $b; print defined $u->recv($b, 100) ? $b : "REFUSED";`;

/** Two node containers on a network of the real engine, a pod on each. */
describe('the pod network of node containers', () => {
  const folder = mkdtempSync(join(tmpdir(), 'orlop-nodes-'));
  const nodes: NodeContainer[] = [];
  const networks: LinuxNetwork[] = [];
  const ips: string[] = [];
  const pods: string[] = [];
  const network = `network-test-${randomBytes(3).toString('hex')}`;
  const spec = {
    type: 'NodePort',
    clusterIP: '10.43.0.50',
    ports: [
      { name: 'tcp', port: 80, nodePort: 30080, protocol: 'TCP' },
      { name: 'udp', port: 53, protocol: 'UDP' },
    ],
  };
  const endpointsOn = (...on: number[]) =>
    slice(
      'web',
      on.map((index) => ({ ip: pods[index] ?? '', node: `n${index}` })),
      {
        ports: [
          { name: 'tcp', port: 8080, protocol: 'TCP' },
          { name: 'udp', port: 8080, protocol: 'UDP' },
        ],
      },
    );
  const sync = async (...on: number[]) => {
    for (const each of networks) await each.syncServices([service('web', spec)], [endpointsOn(...on)]);
  };

  beforeAll(async () => {
    await buildNodeImage();
    await docker.createNetwork({ Name: network });
    for (const index of [0, 1]) {
      const container = await NodeContainer.start(`n${index}`, { network, publish: ['22/tcp', '30080/tcp'] });
      nodes.push(container);
      const info = await container.container.inspect();
      const ip = info.NetworkSettings.Networks[network]?.IPAddress ?? '';
      ips.push(ip);
      const exec: Exec = async (argv, options) => {
        try {
          return await systemExec(['docker', 'exec', '-i', container.container.id, ...argv], options);
        } catch (error) {
          throw error instanceof CommandError && error.status === 127
            ? new CommandError(argv, undefined, '', true)
            : error;
        }
      };
      networks.push(
        new LinuxNetwork({
          nodeName: `n${index}`,
          nodeIp: ip,
          clusterDns: '10.43.0.10',
          dataDir: join(folder, `${index}`),
          logger: silentLogger,
          exec,
        }),
      );
    }
    const objects = [0, 1].map((index) => node(`n${index}`, ips[index] ?? '', cidrs[index as 0 | 1]));
    for (const [index, container] of nodes.entries()) {
      const each = networks[index] as LinuxNetwork;
      await each.setUp(cidrs[index as 0 | 1]);
      await each.syncRoutes(objects);
      await container.eventually(20, 'docker', 'info');
      await container.load('debian:bookworm-slim');
      const run = ['docker', 'run', '-d', '--name=pod', '--network=none', 'debian:bookworm-slim'];
      await container.run(...run, 'perl', '-e', server, `pod${index}`);
      const pid = await container.run('docker', 'inspect', '-f', '{{.State.Pid}}', 'pod');
      pods.push((await each.attach(`uid${index}`, Number(pid))).ip);
    }
  });
  afterAll(async () => {
    await Promise.all(nodes.map((each) => each.remove()));
    await docker.getNetwork(network).remove();
    rmSync(folder, { recursive: true, force: true });
  });

  /** What the operator's machine gets at the published port. */
  async function fromOutside(index: number): Promise<string> {
    const port = (await nodes[index]?.port('30080/tcp')) ?? 0;
    return new Promise((resolve) => {
      const socket = connect({ host: '127.0.0.1', port, timeout: 3000 });
      let text = '';
      socket.on('data', (data) => {
        text += data;
      });
      socket.on('close', () => resolve(text.trim()));
      socket.on('timeout', () => socket.destroy());
      socket.on('error', () => {});
    });
  }

  test('a port published on loopback leads to a node port, and on to a pod of whichever node', async () => {
    for (const on of [0, 1]) {
      await sync(on);
      for (const through of [0, 1]) expect(await fromOutside(through)).toBe(`pod${on}`);
    }
  });

  test('a UDP client that goes on sending from one port is not left with a pod that is gone', async () => {
    const ask = () =>
      nodes[0]?.run('docker', 'exec', 'pod', 'perl', '-e', udpClient, '10.43.0.50', '53').then((text) => text.trim());
    await sync(1);
    expect(await ask()).toBe('pod1');
    await sync(0);
    expect(await ask()).toBe('pod0');
    await sync(1);
    expect(await ask()).toBe('pod1');
  });

  test('everything that the network needs is in the image', async () => {
    await nodes[0]?.run('sh', '-c', 'command -v ip bridge nft nsenter sysctl conntrack iptables');
  });
});
