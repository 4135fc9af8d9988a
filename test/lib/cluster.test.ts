import { TerraformStack, Testing } from 'cdktf';
import { Cluster, ConfigMap, DockerNode, Namespace, NodePool, OrlopNode, OrlopObject, SshNode } from '../../lib';
import { clusterStack, clusterWithServer, resources, synthesized } from './synth';

describe('Cluster', () => {
  test('needs exactly one server', () => {
    const { stack, cluster } = clusterStack();
    expect(() => Testing.synth(stack, true)).toThrow(/stack\/demo: a cluster needs one server, and this one has 0/);
    new DockerNode(cluster, 'one', { role: 'server' });
    expect(() => new DockerNode(cluster, 'two', { role: 'server' })).toThrow(
      /stack\/demo\/two: the cluster has a server already/,
    );
    expect(() => Testing.synth(stack, true)).not.toThrow();
  });

  test('names the prop, the value and what is allowed', () => {
    const stack = new TerraformStack(Testing.app(), 'stack');
    expect(() => new Cluster(stack, 'demo', { apiPort: 70_000 })).toThrow(
      /stack\/demo: invalid props\n {2}apiPort: .*65535.*received 70000/,
    );
    expect(() => new Cluster(stack, 'demo', { prot: 1 } as never)).toThrow(/Unrecognized key: "prot"/);
    expect(() => new Cluster(stack, 'Not a name')).toThrow(/cannot serve as the cluster's name/);
  });

  test('what its server records of requests is a policy of Kubernetes, checked when it is written', () => {
    const stack = new TerraformStack(Testing.app(), 'stack');
    const rules = [{ level: 'Metadata' as const, resources: [{ group: 'apps', resources: ['deployments'] }] }];
    const cluster = new Cluster(stack, 'demo', { audit: { policy: { rules }, maxBackups: 2 } });
    new DockerNode(cluster, 'one', { role: 'server' });
    const [node] = Object.values(synthesized(stack).resource.orlop_node ?? {});
    expect(node).toMatchObject({
      audit: { policy: { apiVersion: 'audit.k8s.io/v1', kind: 'Policy', rules }, max_backups: 2 },
    });
    const refused = (audit: object) => () => new Cluster(stack, 'other', { audit } as never);
    expect(refused({ maxAgeDays: 0 })).toThrow(/stack\/other: invalid props\n {2}audit.maxAgeDays.*received 0/);
    expect(refused({ policy: { rules: [] } })).toThrow(/audit.policy.rules: must have at least one rule/);
    expect(refused({ policy: { rules: [{ level: 'All' }] } })).toThrow(/audit.policy.rules\[0\].level.*"All"/);
  });

  test('its objects may be kept in an etcd, of whose certificates the stack knows the paths on the host alone', () => {
    const stack = new TerraformStack(Testing.app(), 'stack');
    const etcd = { endpoints: ['https://10.0.0.1:2379'], certFile: '/etc/etcd/c.crt', keyFile: '/etc/etcd/c.key' };
    const cluster = new Cluster(stack, 'demo', { store: { etcd } });
    new DockerNode(cluster, 'one', { role: 'server' });
    const [node] = Object.values(synthesized(stack).resource.orlop_node ?? {});
    expect(node).toMatchObject({
      etcd: { endpoints: ['https://10.0.0.1:2379'], cert_file: '/etc/etcd/c.crt', key_file: '/etc/etcd/c.key' },
    });
    const refused = (store: object) => () => new Cluster(stack, 'other', { store } as never);
    expect(refused({ etcd: { endpoints: [] } })).toThrow(/stack\/other: invalid props\n {2}store.etcd.endpoints/);
    expect(refused({ etcd: { endpoints: ['10.0.0.1:2379'] } })).toThrow(/store.etcd.endpoints.*must be a URL/);
    expect(refused({ etcd: { endpoints: ['http://a:1'], certFile: '/c' } })).toThrow(/both certFile and keyFile/);
    expect(refused({ etcd: { endpoints: ['http://a:1'], caFile: 'ca' } })).toThrow(/caFile.*absolute path/);
  });

  test('two nodes may not share a name', () => {
    const { cluster } = clusterWithServer();
    expect(() => new DockerNode(cluster, 'again', { name: 'server' })).toThrow(/has a node named server already/);
  });

  test('a construct outside a cluster says so', () => {
    const stack = new TerraformStack(Testing.app(), 'stack');
    expect(() => new ConfigMap(stack, 'config')).toThrow(/stack\/config: must be created under a Cluster/);
  });

  test('objects reach the API through the server’s SSH, and wait for every node, the later ones too', () => {
    const { stack, cluster } = clusterWithServer();
    new ConfigMap(cluster, 'early', { data: { a: 'b' } });
    new NodePool(cluster, 'agent', { count: 2 });
    const { provider } = synthesized(stack);
    expect(provider.orlop).toHaveLength(2);
    expect(provider.orlop?.find((each) => each.alias)).toMatchObject({ server: { host: '127.0.0.1', user: 'root' } });
    const [object] = resources(stack, 'orlop_object');
    expect(object?.provider).toBe('orlop.stack_demo');
    expect((object?.depends_on as string[]).filter((each) => each.startsWith('orlop_node.'))).toHaveLength(3);
  });

  test('the docker provider brought along is asked for under its own name and version', () => {
    const { stack } = clusterWithServer();
    const { docker, orlop } = synthesized(stack).terraform.required_providers;
    expect(docker?.source).toBe('orlop.local/orlop/docker');
    expect(orlop?.source).toBe('orlop.local/orlop/orlop');
    expect(docker?.version).toMatch(/^0\.1\.\d+$/);
  });

  test('by the registry’s choice the docker provider is kreuzwerker’s', () => {
    const { stack } = clusterWithServer({ dockerProvider: 'registry' });
    expect(synthesized(stack).terraform.required_providers.docker?.source).toBe('kreuzwerker/docker');
  });
});

describe('DockerNode', () => {
  test('is a container with its state in volumes and SSH on loopback', () => {
    const { stack } = clusterWithServer();
    const [container] = resources(stack, 'docker_container');
    expect(container).toMatchObject({ name: 'demo-server', restart: 'unless-stopped' });
    const ports = container?.ports as Array<Record<string, unknown>>;
    expect(ports.every((port) => port.ip === '127.0.0.1')).toBe(true);
    expect(ports.map((port) => port.internal)).toEqual([22, 6443]);
    expect((container?.volumes as unknown[]).length).toBe(2);
    expect(container).not.toHaveProperty('privileged');
  });

  test('keeps its SSH port from one synthesis to the next, and takes another on demand', () => {
    const port = (props = {}) => {
      const { stack, cluster } = clusterStack();
      new DockerNode(cluster, 'server', { role: 'server', ...props });
      return (resources(stack, 'docker_container')[0]?.ports as Array<{ external: number }>)[0]?.external;
    };
    expect(port()).toBe(port());
    expect(port({ sshPort: 2222 })).toBe(2222);
  });

  test('a server with agents is tainted, a server alone is not', () => {
    const alone = clusterWithServer();
    expect(resources(alone.stack, 'orlop_node')[0]).not.toHaveProperty('taints');
    const { stack, cluster } = clusterWithServer();
    new DockerNode(cluster, 'agent');
    const server = resources(stack, 'orlop_node').find((node) => node.role === 'server');
    expect(server?.taints).toEqual([{ key: 'node-role.kubernetes.io/control-plane', effect: 'NoSchedule' }]);
  });
});

describe('SshNode', () => {
  test('takes an address that another resource knows only after apply', () => {
    const { stack, cluster } = clusterWithServer();
    new SshNode(cluster, 'vm', {
      host: '${aws_instance.vm.public_ip}',
      hostKey: 'SHA256:abc',
      privateKeyFile: '/keys/vm',
    });
    const vm = resources(stack, 'orlop_node').find((node) => node.name === 'vm');
    expect(vm).toMatchObject({
      host: '${aws_instance.vm.public_ip}',
      port: 22,
      user: 'root',
      host_key: 'SHA256:abc',
      private_key_file: '/keys/vm',
      start_timeout: 300,
    });
    expect(vm?.server_url).toBe('https://demo-server:6443');
  });

  test('a host that is there already is not waited for', () => {
    const { stack, cluster } = clusterWithServer();
    new SshNode(cluster, 'metal', { host: '10.0.0.1' });
    new SshNode(cluster, 'slow', { host: '10.0.0.2', startTimeoutSeconds: 60 });
    const timeout = (name: string) => resources(stack, 'orlop_node').find((node) => node.name === name)?.start_timeout;
    expect([timeout('metal'), timeout('slow')]).toEqual([5, 60]);
  });

  test('refuses a port that is none', () => {
    const { cluster } = clusterWithServer();
    expect(() => new SshNode(cluster, 'vm', { host: 'h', port: 0 })).toThrow(
      /stack\/demo\/vm: invalid props\n {2}port: .*received 0/,
    );
  });
});

describe('NodePool', () => {
  test('takes a count or hosts, not both and not neither', () => {
    const { cluster } = clusterWithServer();
    expect(() => new NodePool(cluster, 'none', {})).toThrow(/either count .* or hosts/);
    expect(() => new NodePool(cluster, 'both', { count: 1, hosts: [{ host: 'h' }] })).toThrow(
      /either count .* or hosts/,
    );
    const pool = new NodePool(cluster, 'metal', {
      hosts: [{ host: '10.0.0.1' }, { host: '10.0.0.2', labels: { rack: 'b' } }],
      labels: { tier: 'x' },
    });
    expect(pool.nodes.map((node) => node.nodeName)).toEqual(['metal-1', 'metal-2']);
  });
});

test('Testing.fullSynth writes the providers and their lock entries beside the stack', () => {
  const { stack, cluster } = clusterWithServer();
  new Namespace(cluster, 'shop');
  const outdir = Testing.fullSynth(stack);
  const { readFileSync, readdirSync } = require('node:fs') as typeof import('node:fs');
  const folder = `${outdir}/stacks/stack`;
  const lock = readFileSync(`${folder}/.terraform.lock.hcl`, 'utf8');
  for (const type of ['orlop', 'docker']) {
    expect(lock).toContain(`provider "orlop.local/orlop/${type}"`);
    expect(readdirSync(`${folder}/terraform.d/plugins/orlop.local/orlop/${type}`)).toHaveLength(1);
  }
});

describe('a DockerNode’s node resource', () => {
  test('starts anew with new volumes, and a memory limit says its swap limit too', () => {
    const { stack, cluster } = clusterWithServer();
    new DockerNode(cluster, 'agent', { memory: 512 });
    const node = resources(stack, 'orlop_node').find((each) => each.name === 'agent');
    const volumes = node?.data_volumes as string[];
    expect(volumes).toHaveLength(2);
    expect(volumes.every((each) => /^\$\{docker_volume\.demo_agent_[\w-]+\.id\}$/.test(each))).toBe(true);
    const container = resources(stack, 'docker_container').find((each) => each.name === 'demo-agent');
    expect(container).toMatchObject({ memory: 512, memory_swap: 1024 });
  });
});

test('cdktf’s matchers know our resources', () => {
  const { stack, cluster } = clusterWithServer();
  new ConfigMap(cluster, 'config', { data: { a: 'b' } });
  const json = Testing.synth(stack);
  expect(Testing.toHaveResourceWithProperties(json, OrlopNode.tfResourceType, { name: 'server', role: 'server' })).toBe(
    true,
  );
  expect(Testing.toHaveResourceWithProperties(json, OrlopNode.tfResourceType, { name: 'other' })).toBe(false);
  expect(Testing.toHaveResource(json, OrlopObject.tfResourceType)).toBe(true);
});
