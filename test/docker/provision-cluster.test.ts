import { cp, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { writeManifest } from '../../runtime/provision/runtime-bundle';
import { makeSshKeyPair } from '../../runtime/provision/ssh-key';
import { build } from '../../tools/build';
import { Terraform } from '../system/terraform';
import { buildNodeImage, docker, NodeContainer } from './node-container';

jest.setTimeout(300_000);

const networkName = 'provision-cluster';
let terraform: Terraform;
let hosts: NodeContainer[] = [];
let network: Awaited<ReturnType<typeof docker.createNetwork>>;
let runtimeDir: string;
let privateKey: string;

interface Wanted {
  image?: string;
  labels?: Record<string, string>;
}

beforeAll(async () => {
  await Promise.all([buildNodeImage(), build()]);
  terraform = await Terraform.start();
  const key = makeSshKeyPair();
  privateKey = key.private;
  await writeFile(join(terraform.folder, 'key'), key.private, { mode: 0o600 });
  runtimeDir = join(terraform.folder, 'runtime');
  await copyRuntime('');
  network = await docker.createNetwork({ Name: networkName });
  hosts = await Promise.all(
    ['server', 'agent-1'].map((name) => NodeContainer.start(name, { authorizedKey: key.public, network: networkName })),
  );
});

afterAll(async () => {
  await Promise.all(hosts.map((host) => host.remove()));
  await network?.remove();
  await terraform.remove();
});

/** The built runtime with a change that does nothing, so that it is another version. */
async function copyRuntime(change: string): Promise<void> {
  await rm(runtimeDir, { recursive: true, force: true });
  await mkdir(runtimeDir);
  await cp(join(__dirname, '../../dist/runtime'), runtimeDir, { recursive: true });
  const file = join(runtimeDir, 'orlop.js');
  await writeFile(file, `${await readFile(file, 'utf8')}\n//${change}`);
  await writeManifest(runtimeDir);
}

async function configure({ image = 'app:1', labels = { disk: 'ssd' } }: Wanted = {}): Promise<void> {
  const target = async (host: NodeContainer) => ({
    host: '127.0.0.1',
    port: await host.port('22/tcp'),
    private_key_file: 'key',
  });
  const [serverHost, agentHost] = hosts as [NodeContainer, NodeContainer];
  const name = (await serverHost.container.inspect()).Name.slice(1);
  const server = { ...(await target(serverHost)), host_key: '${orlop_node.server.host_key}' };
  const manifest = {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'web', namespace: 'default' },
    spec: {
      replicas: 2,
      selector: { matchLabels: { app: 'web' } },
      template: {
        metadata: { labels: { app: 'web' } },
        spec: {
          terminationGracePeriodSeconds: 1,
          containers: [{ name: 'web', image, command: ['sleep', '10000'] }],
        },
      },
    },
  };
  await terraform.configure([{ runtime_dir: runtimeDir }, { alias: 'api', server }], {
    orlop_node: {
      server: { name: 'server', role: 'server', ...(await target(serverHost)), tls_sans: [name] },
      agent: {
        name: 'agent-1',
        role: 'agent',
        ...(await target(agentHost)),
        server,
        server_url: `https://${name}:6443`,
        labels,
      },
    },
    orlop_image: {
      app: {
        name: 'app:1',
        image_id: (await docker.getImage('debian:bookworm-slim').inspect()).Id,
        nodes: { server, agent: { ...(await target(agentHost)), host_key: '${orlop_node.agent.host_key}' } },
      },
    },
    orlop_object: {
      web: {
        provider: 'orlop.api',
        manifest,
        depends_on: ['orlop_node.agent', 'orlop_image.app'],
        timeout_seconds: 60,
      },
    },
  });
}

const containers = async () => {
  const all = await Promise.all(
    hosts.map((host) => host.run('docker', 'ps', '-q', '--no-trunc', '--filter', 'label=dev.orlop.role')),
  );
  return all.map((text) => text.split('\n').filter(Boolean).sort());
};

it('finishes what killed runs began, and then there is nothing to do', async () => {
  await configure();
  for (const afterMs of [1_500, 3_000, 6_000])
    await terraform.killed(afterMs, 'apply', '-auto-approve', '-input=false');
  const applied = await terraform.apply();
  expect(applied.text).toContain('Apply complete!');
  expect((await terraform.plan()).code).toBe(0);
  expect((await containers()).flat()).toHaveLength(4);
});

it('shows a label that somebody changed, and puts it back', async () => {
  await configure({ labels: { disk: 'hdd' } });
  expect((await terraform.plan()).text).toMatch(/~ "?disk"?\s+= "ssd" -> "hdd"/);
  expect((await terraform.apply()).text).toContain('1 changed');
  expect((await terraform.plan()).code).toBe(0);
});

it('upgrades in place and restarts no container', async () => {
  const before = await containers();
  await copyRuntime('another');
  expect((await terraform.plan()).text).toContain('0 to add, 2 to change');
  expect((await terraform.apply()).code).toBe(0);
  expect(await containers()).toEqual(before);
  expect((await terraform.plan()).code).toBe(0);
});

it('says why a rollout cannot work, and goes on once it can', async () => {
  await configure({ image: 'registry.invalid/none:1', labels: { disk: 'hdd' } });
  const failed = await terraform.apply();
  expect(failed.code).toBe(1);
  expect(failed.text).toContain('Deployment default/web cannot roll out');
  expect(failed.text).toMatch(/(ErrImagePull|ImagePullBackOff)/);
  expect(failed.text).toContain('Last events:');
  await configure({ labels: { disk: 'hdd' } });
  expect((await terraform.apply()).text).toContain('1 changed');
});

it('keeps the private key out of the state', async () => {
  expect(await terraform.state()).not.toContain(privateKey.split('\n')[2]);
});

it('leaves nothing on the hosts', async () => {
  expect((await terraform.run('destroy', '-auto-approve')).code).toBe(0);
  for (const host of hosts) {
    expect(await host.run('docker', 'ps', '-aq')).toBe('');
    expect((await host.run('ls', '-A', '/var/lib/orlop')).split('\n').filter(Boolean)).toEqual(['logs', 'ssh']);
    expect(await host.run('sh', '-c', 'ip -o link | grep -c orlop || true')).toBe('0\n');
    expect(await host.run('sh', '-c', 'ps -ef | grep -c "[o]rlop.js" || true')).toBe('0\n');
  }
});
