import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Pod, PodList } from '../../runtime/kube/generated/types';
import { PlainHost, sshKey } from './support/plain-host';
import { command, Project } from './support/project';
import { shared } from './support/shared';
import { eventually, observed } from './support/wait';

jest.setTimeout(240_000);

const ask = (url: string) => [
  'node',
  '-e',
  `require('http').get('${url}',{timeout:5000},r=>r.pipe(process.stdout)).on('error',e=>{console.error(e.message);process.exit(1)})`,
];

const podsOn = async (project: Project, node: string) =>
  (
    JSON.parse(
      await project.kube('get', 'pods', '--field-selector', `spec.nodeName=${node},status.phase=Running`, '-o', 'json'),
    ) as PodList
  ).items;

const startsOf = (pods: Pod[]) =>
  pods.map(({ metadata, status }) => [metadata.name, status?.containerStatuses?.[0]?.containerID]).sort();

/** Pods of `web` on each of the two nodes reach one another. */
async function expectReachable(project: Project, one: string, other: string): Promise<void> {
  for (const [from, to] of [
    [one, other],
    [other, one],
  ] as const) {
    const { value: source } = await eventually(`a pod on ${from}`, async () => (await podsOn(project, from))[0]);
    const { value: target } = await eventually(`a pod on ${to}`, async () => (await podsOn(project, to))[0]);
    const { value: answer } = await eventually('an answer', () =>
      project.kube('exec', source.metadata.name ?? '', '--', ...ask(`http://${target.status?.podIP}:8080/`)),
    );
    expect(JSON.parse(answer)).toMatchObject({ pod: target.metadata.name });
  }
}

describe('a host that the stack did not make', () => {
  let host: PlainHost;
  let env: NodeJS.ProcessEnv;

  beforeAll(async () => {
    const privateKeyFile = sshKey(shared.folder);
    host = await PlainHost.start(`${shared.stack}-plain`, privateKeyFile, shared.stack);
    const { sshPort: port, name: internalAddress } = host;
    env = {
      E2E_REPLICAS: '5',
      E2E_SSH_NODE: JSON.stringify({ host: '127.0.0.1', port, privateKeyFile, internalAddress }),
    };
  });
  afterAll(() => host?.remove());

  it('joins, is given the programs that it lacks, and runs pods that all others reach', async () => {
    expect((await host.run('command -v nft || command -v ip')).code).not.toBe(0);
    const started = performance.now();
    const { code, output } = await shared.deploy(env);
    expect({ code, output: code ? output : '' }).toEqual({ code: 0, output: '' });
    observed('deploy with one more host, its packages included', performance.now() - started);
    await shared.kube('wait', 'node/foreign', '--for=condition=Ready', '--timeout=10s');
    await expectReachable(shared, 'foreign', 'agent-1');
  });

  it('changes nothing when deployed again', async () => {
    expect((await shared.plan(env)).code).toBe(0);
  });

  it('goes on with its pods when the agent is killed', async () => {
    const before = startsOf(await podsOn(shared, 'foreign'));
    expect(before.length).toBeGreaterThan(0);
    const pid = '$(cat /var/lib/orlop/services/orlop-agent/pid)';
    const old = (await host.run(`echo ${pid}; kill -9 ${pid}`)).stdout;
    await eventually('another agent', async () => {
      const { stdout } = await host.run(`echo ${pid}; kill -0 ${pid}`);
      return stdout.trim() !== '' && stdout !== old;
    });
    await shared.kube('wait', 'node/foreign', '--for=condition=Ready', '--timeout=20s');
    expect(startsOf(await podsOn(shared, 'foreign'))).toEqual(before);
  });

  it('is upgraded in place, its containers untouched', async () => {
    const before = startsOf(await podsOn(shared, 'foreign'));
    // As an older runtime would be found: the plan sees the difference and puts the version of the stack in its place.
    const runtime = '/var/lib/orlop/runtime';
    const was = (await host.run(`readlink ${runtime}/current`)).stdout.trim();
    const older = '0'.repeat(was.length);
    await host.run(`cp -al ${runtime}/${was} ${runtime}/${older} && ln -sfn ${older} ${runtime}/current`);
    expect((await shared.plan(env)).code).toBe(2);
    expect((await shared.deploy(env)).code).toBe(0);
    expect((await host.run(`readlink ${runtime}/current`)).stdout.trim()).toBe(was);
    expect(startsOf(await podsOn(shared, 'foreign'))).toEqual(before);
  });

  it('is removed: its pods move, and nothing of ours stays on it', async () => {
    const { code, output } = await shared.deploy();
    expect({ code, output: code ? output : '' }).toEqual({ code: 0, output: '' });
    expect((await shared.kubectl(['get', 'node/foreign'])).stderr).toContain('not found');
    expect(await host.marks()).toEqual([]);
  });
});

describe('a cluster of nothing but such hosts', () => {
  const name = `${shared.stack}x`;
  const apiPort = 17443 + Number(process.env.ORLOP_E2E_INSTANCE ?? 0);
  const project = new Project(name, 'test/e2e/fixture/foreign.ts');
  let hosts: PlainHost[] = [];
  let env: NodeJS.ProcessEnv;

  beforeAll(async () => {
    await command('docker', ['network', 'create', name]);
    const privateKeyFile = sshKey(project.folder);
    hosts = [
      await PlainHost.start(`${name}-server`, privateKeyFile, name, [apiPort]),
      await PlainHost.start(`${name}-agent`, privateKeyFile, name),
    ];
    const [server, agent] = hosts.map(({ name, sshPort }) => ({
      host: '127.0.0.1',
      port: sshPort,
      internalAddress: name,
    }));
    env = { E2E_FOREIGN: JSON.stringify({ name, apiPort, privateKeyFile, server, agents: [agent] }) };
  });
  afterAll(async () => {
    await Promise.all(hosts.map((host) => host.remove()));
    await command('docker', ['network', 'rm', name]);
    project.remove();
  });

  it('comes up, runs pods, and is taken down to nothing', async () => {
    const deployed = await project.deploy(env);
    expect({ code: deployed.code, output: deployed.code ? deployed.output : '' }).toEqual({ code: 0, output: '' });
    expect(await project.kube('get', 'nodes', '--no-headers')).toMatch(/agent-1 +Ready.*\n.*server +Ready/);
    // A pod on the server itself, tainted as it is, reaches those of the agent.
    const spec = JSON.parse(await project.kube('get', 'deployment/web', '-o', 'json')) as {
      spec: { template: { spec: Pod['spec'] } };
    };
    const onServer = {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'on-server' },
      spec: { ...spec.spec.template.spec, nodeName: 'server' },
    };
    const file = join(project.folder, 'pod.json');
    writeFileSync(file, JSON.stringify(onServer));
    await project.kube('apply', '-f', file);
    await project.kube('wait', 'pod/on-server', '--for=condition=Ready', '--timeout=30s');
    await expectReachable(project, 'server', 'agent-1');
    const destroyed = await project.destroy(env);
    expect({ code: destroyed.code, output: destroyed.code ? destroyed.output : '' }).toEqual({ code: 0, output: '' });
    for (const host of hosts) expect([host.name, ...(await host.marks())]).toEqual([host.name]);
  });
});
