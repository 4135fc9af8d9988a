import { Client } from 'ssh2';
import { makeSshKeyPair } from '../../runtime/provision/ssh-key';
import { buildNodeImage, docker, NodeContainer } from './node-container';

jest.setTimeout(180_000);

const key = makeSshKeyPair();

/** Logs in as root and runs one command; also gives the host key that the server showed. */
async function ssh(node: NodeContainer, command: string): Promise<{ output: string; hostKey: string }> {
  const port = await node.port('22/tcp');
  return new Promise((done, fail) => {
    const client = new Client();
    let hostKey = '';
    client
      .on('ready', () => {
        client.exec(command, (error, channel) => {
          if (error) return fail(error);
          let output = '';
          channel.on('data', (data: Buffer) => {
            output += data;
          });
          channel.on('close', () => {
            client.end();
            done({ output, hostKey });
          });
        });
      })
      .on('error', fail)
      .connect({
        host: '127.0.0.1',
        port,
        username: 'root',
        privateKey: key.private,
        hostVerifier: (shown: Buffer) => {
          hostKey = shown.toString('base64');
          return true;
        },
      });
  });
}

describe('the node image', () => {
  let node: NodeContainer;

  beforeAll(async () => {
    await buildNodeImage();
    node = await NodeContainer.start('image', { authorizedKey: key.public });
    await node.eventually(20, 'docker', 'info');
    await node.load('debian:bookworm-slim');
  });
  afterAll(() => node?.remove());

  test('lets the authorized key in as root and shows the host key that it keeps', async () => {
    const { output, hostKey } = await ssh(node, 'id -un; stat -c "%U %a" /root/.ssh /root/.ssh/authorized_keys');
    expect(output.split('\n')).toEqual(['root', 'root 700', 'root 600', '']);
    expect(await node.run('cat', '/var/lib/orlop/ssh/ssh_host_ed25519_key.pub')).toContain(hostKey);
  });

  test('offers no way in but a key', async () => {
    const offered = await node.run('sshd', '-T');
    expect(offered).toMatch(/^passwordauthentication no$/m);
    expect(offered).toMatch(/^kbdinteractiveauthentication no$/m);
    expect(offered).toMatch(/^permitrootlogin without-password$/m);
    expect(offered).toMatch(/^usedns no$/m);
  });

  test('runs containers with memory and CPU limits', async () => {
    const limits =
      'cat /sys/fs/cgroup/memory.max /sys/fs/cgroup/cpu.max 2>/dev/null ||' +
      ' cat /sys/fs/cgroup/memory/memory.limit_in_bytes /sys/fs/cgroup/cpu/cpu.cfs_quota_us';
    const argv = ['docker', 'run', '--rm', '--network=host', '-m=64m', '--cpus=0.5', 'debian:bookworm-slim'];
    const output = await node.run(...argv, 'sh', '-c', limits);
    expect(output.trim().split(/\s+/).slice(0, 2)).toEqual(['67108864', '50000']);
  });

  test('can make what the pod network is made of, and enter the namespace of a pod of any user', async () => {
    const script = [
      'ip link add orlopt0 type bridge && ip link del orlopt0',
      'ip link add orlopt1 type vxlan id 9 dstport 8472 dev eth0 && ip link del orlopt1',
      'nft add table inet orlopt && nft delete table inet orlopt',
      'docker run -d --name user --network=none --user=1000 debian:bookworm-slim sleep 1000',
      'pid=$(docker inspect -f "{{.State.Pid}}" user)',
      'ip link add orlopt2 type veth peer name orlopt3 netns $pid',
      'nsenter --net=/proc/$pid/ns/net ip -br link',
      'docker exec user id -u',
      'docker rm -f user',
    ];
    const output = await node.run('sh', '-ec', script.join('\n'));
    expect(output).toMatch(/orlopt3/);
    expect(output).toMatch(/^1000$/m);
  });

  test('restarts an engine that died, and its containers go on', async () => {
    await node.run('docker', 'run', '-d', '--name=lives', '--network=host', 'debian:bookworm-slim', 'sleep', '1000');
    const pid = await node.run('docker', 'inspect', '-f', '{{.State.Pid}}', 'lives');
    await node.run('pkill', '-KILL', '-x', 'dockerd');
    await node.eventually(20, 'docker', 'info');
    expect(await node.run('docker', 'inspect', '-f', '{{.State.Status}} {{.State.Pid}}', 'lives')).toBe(
      `running ${pid}`,
    );
    await node.run('docker', 'rm', '-f', 'lives');
  });

  test('comes back after a kill: same host key, its images, its services', async () => {
    const before = await ssh(node, 'true');
    const service = '/var/lib/orlop/services/probe';
    const run =
      '#!/bin/sh\necho x >>/run/probe-starts\n[ $(wc -l </run/probe-starts) -lt 3 ] && exit 1\nexec sleep 1000\n';
    await node.run(
      'sh',
      '-c',
      `mkdir -p ${service}; printf '%s' "$1" >${service}/run; chmod +x ${service}/run`,
      '-',
      run,
    );
    await node.run('docker', 'create', '--name=kept', '--network=host', 'debian:bookworm-slim', 'true');

    await docker.getContainer(node.container.id).kill();
    await node.container.start();

    await node.eventually(20, 'docker', 'start', '-a', 'kept');
    // Two failures are met with restarts, after which it runs.
    await node.eventually(5, 'sh', '-c', '[ $(wc -l </run/probe-starts) -eq 3 ] && pgrep -f "sleep 1000"');
    expect((await ssh(node, 'true')).hostKey).toBe(before.hostKey);
  });

  test('collects orphans', async () => {
    await node.run('sh', '-c', '(sleep 0.1 & exec true) & exit 0');
    await node.eventually(5, 'sh', '-c', '! ps -eo stat= | grep -q Z');
  });

  test('stops in less than three seconds', async () => {
    const began = performance.now();
    await node.container.stop({ t: 10 });
    console.info(`docker stop: ${Math.round(performance.now() - began)} ms`);
    expect((await node.container.inspect()).State.ExitCode).toBe(0);
    await node.container.start();
    await node.eventually(20, 'docker', 'info');
  });
});
