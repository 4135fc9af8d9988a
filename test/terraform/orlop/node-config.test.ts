import { AgentConfigSchema, ServerConfigSchema } from '../../../runtime/config/config';
import { checkAudit } from '../../../runtime/terraform/orlop/node/audit';
import { agentConfigOf, dnsAddress, serverConfigOf } from '../../../runtime/terraform/orlop/node/node-config';
import type { NodeState } from '../../../runtime/terraform/orlop/node/node-state';
import { storeProblem } from '../../../runtime/terraform/orlop/node/store-check';
import { Diagnostics } from '../../../runtime/terraform/protocol/diagnostics';
import { Dynamic, Unknown } from '../../../runtime/terraform/protocol/value';

const node: NodeState = {
  name: 'n1',
  role: 'agent',
  host: 'h',
  port: 22,
  start_timeout: 5,
  user: 'root',
  private_key_file: '/k',
  host_key: null,
  labels: { disk: 'ssd' },
  taints: [{ key: 'k', value: null, effect: 'NoSchedule' }],
  node_ip: null,
  tls_sans: null,
  api_port: 6443,
  advertise_url: null,
  pod_cidr: null,
  service_cidr: null,
  etcd: null,
  audit: null,
  server: null,
  server_url: 'https://s:6443',
  runtime_version: null,
  cluster_id: null,
  data_volumes: null,
  ready: null,
} as NodeState;

it('makes an agent’s configuration that the agent accepts', () => {
  const config = agentConfigOf(node, { serviceCidr: '10.96.0.0/12' });
  expect(AgentConfigSchema.parse(config)).toMatchObject({
    nodeName: 'n1',
    serverUrl: 'https://s:6443',
    labels: { disk: 'ssd' },
    taints: [{ key: 'k', effect: 'NoSchedule' }],
    clusterDns: '10.96.0.10',
  });
  expect(serverConfigOf(node)).toBeUndefined();
});

const etcd = { endpoints: ['https://10.0.0.1:2379'], prefix: null, ca_file: '/ca', cert_file: null, key_file: null };

it('tells the server which etcd keeps its objects', () => {
  const config = serverConfigOf({ ...node, role: 'server', etcd } as NodeState);
  expect(ServerConfigSchema.parse(config).store).toEqual({
    etcd: { endpoints: ['https://10.0.0.1:2379'], prefix: '/orlop', caFile: '/ca' },
  });
});

it('tells the server what to record, and refuses at plan what it would not accept', () => {
  const policy = { apiVersion: 'audit.k8s.io/v1', kind: 'Policy', rules: [{ level: 'Metadata' }] };
  const of = (given: object) =>
    ({
      enabled: null,
      policy: null,
      max_size_mib: null,
      max_backups: null,
      max_age_days: null,
      ...given,
    }) as NonNullable<NodeState['audit']>;
  const audit = of({ policy: Dynamic.of(policy), max_size_mib: 4n });
  const config = serverConfigOf({ ...node, role: 'server', audit });
  expect(ServerConfigSchema.parse(config).audit).toEqual({
    enabled: true,
    policy,
    maxSizeMiB: 4,
    maxBackups: 8,
    maxAgeDays: 30,
  });
  const problems = (given: object) => {
    const diagnostics = new Diagnostics();
    checkAudit(of(given), diagnostics);
    return diagnostics.all.map(({ detail, attribute }) => [detail, attribute]);
  };
  expect(problems({ policy: Dynamic.of(policy) })).toEqual([]);
  expect(problems({ policy: Unknown, max_backups: -1n })).toEqual([]);
  expect(problems({ max_backups: -1n })).toEqual([
    [expect.stringMatching(/^maxBackups: .*received -1/), ['audit', 'max_backups']],
  ]);
  expect(problems({ policy: Dynamic.of({ ...policy, rules: [{ level: 'All' }] }) })).toEqual([
    [expect.stringMatching(/^policy.rules\[0\].level: .*received "All"/), ['audit', 'policy']],
  ]);
});

it('refuses another store than the one that the host’s cluster is kept in', () => {
  const embedded = serverConfigOf({ ...node, role: 'server' } as NodeState) ?? {};
  const inEtcd = serverConfigOf({ ...node, role: 'server', etcd } as NodeState) ?? {};
  expect(storeProblem('{"store":"lmdb"}', embedded)).toBeUndefined();
  expect(storeProblem('{"store":"etcd","prefix":"/orlop"}', inEtcd)).toBeUndefined();
  expect(storeProblem('{"store":"lmdb"}', inEtcd)).toMatch(
    /embedded store.*etcd \(prefix \/orlop\).*orlop backup.*restore/,
  );
  expect(storeProblem('{"store":"etcd","prefix":"/orlop"}', embedded)).toMatch(/would become the embedded store/);
  expect(storeProblem('{"store":"etcd","prefix":"/other"}', inEtcd)).toBeDefined();
});

it('makes a server’s configurations, its own agent talking to itself', () => {
  const server = {
    ...node,
    role: 'server',
    api_port: 7443,
    tls_sans: ['a', '127.0.0.1'],
    pod_cidr: '10.0.0.0/16',
  } as NodeState;
  expect(ServerConfigSchema.parse(serverConfigOf(server))).toMatchObject({
    listenPort: 7443,
    tlsSans: ['a', '127.0.0.1', 'localhost'],
    podCidr: '10.0.0.0/16',
  });
  expect(agentConfigOf(server, {})).toMatchObject({
    serverUrl: 'https://127.0.0.1:7443',
    // Its role is the provider's to set: a node may not.
    labels: { disk: 'ssd' },
  });
});

it('finds the DNS address of a Service range', () => {
  expect(dnsAddress('10.43.0.0/16')).toBe('10.43.0.10');
  expect(dnsAddress('192.168.255.248/24')).toBe('192.169.0.2');
});
