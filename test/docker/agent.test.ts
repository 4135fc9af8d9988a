import { once } from 'node:events';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import WebSocket from 'ws';
import { type Agent, startAgent } from '../../runtime/agent/agent';
import { FakeApiClient } from '../../runtime/client/fake-client';
import { AgentConfigSchema } from '../../runtime/config/config';
import { DockerEngine } from '../../runtime/engine/docker/docker-engine';
import type { Container, Pod, PodSpec } from '../../runtime/kube/generated/types';
import { configMaps, nodes, pods, secrets } from '../../runtime/kube/resource';
import { FakeNetwork } from '../../runtime/network/fake-network';
import { createCa } from '../../runtime/pki/ca';
import { issueKeyPair } from '../../runtime/pki/issue';
import type { KeyPair } from '../../runtime/pki/pki';
import { systemClock } from '../../runtime/util/clock';
import { silentLogger } from '../../runtime/util/logger';

jest.setTimeout(60_000);

const image = 'debian:bookworm-slim';
const client = new FakeApiClient(systemClock);
const engine = new DockerEngine();
const network = new FakeNetwork();
const run = `${process.pid}`;
let folder: string;
let agent: Agent;
let ca: KeyPair;
let serving: KeyPair;

async function start(): Promise<void> {
  const config = AgentConfigSchema.parse({
    nodeName: 'agent-test',
    serverUrl: 'https://x',
    dataDir: folder,
    apiPort: 10_999,
  });
  const identity = { ca: ca.cert, ...serving };
  const parts = { config, client, engine, network, clock: systemClock, logger: silentLogger, identity };
  agent = await startAgent({ ...parts, nodeIp: '127.0.0.1' });
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'orlop-agent-docker-'));
  ca = await createCa(Date.now());
  const names = { commonName: 'system:node:agent-test', organizations: ['system:nodes'], dnsNames: ['agent-test'] };
  serving = await issueKeyPair(ca, { ...names, usages: ['server'], validSeconds: 3600 }, Date.now());
  await start();
  await until(() => client.writes.some((write) => write.startsWith('create nodes')));
  await client.patch(nodes, { name: 'agent-test' }, { type: 'merge', body: { spec: { podCIDR: '10.42.9.0/24' } } });
  await until(() => network.podCidr !== undefined);
});
afterAll(async () => {
  await agent.stop();
  for (const { id, podUid } of await engine.list()) if (podUid.endsWith(run)) await engine.remove(id);
  engine.close();
  await rm(folder, { recursive: true, force: true });
});

async function until(done: () => boolean | Promise<boolean>): Promise<void> {
  for (let i = 0; i < 1000; i++) {
    if (await done()) return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  throw new Error(`it did not come to hold: ${done}`);
}

function createPod(name: string, container: Partial<Container>, spec: Partial<PodSpec> = {}): Pod {
  return client.seed(pods, {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace: 'default', uid: `${name}-${run}` },
    spec: {
      nodeName: 'agent-test',
      terminationGracePeriodSeconds: 1,
      containers: [{ name: 'app', image, imagePullPolicy: 'IfNotPresent', ...container }],
      ...spec,
    },
    status: { phase: 'Pending' },
  });
}
const statusOf = async (name: string) => (await client.get(pods, { namespace: 'default', name })).status;
const app = async (name: string) => (await statusOf(name))?.containerStatuses?.[0];
const ready = (name: string) => until(async () => (await app(name))?.ready === true);

async function caller(organizations: string[]): Promise<{ ca: string; cert: string; key: string; servername: string }> {
  const grant = { commonName: 'somebody', organizations, usages: ['client' as const], validSeconds: 3600 };
  return { ca: ca.cert, ...(await issueKeyPair(ca, grant, Date.now())), servername: 'agent-test' };
}

async function get(path: string, organizations = ['system:masters']): Promise<{ status?: number; text: string }> {
  const tls = await caller(organizations);
  const outgoing = request({ host: '127.0.0.1', port: agent.port, path, ...tls, agent: false }).end();
  const [response] = await once(outgoing, 'response');
  let text = '';
  for await (const chunk of response) text += String(chunk);
  return { status: response.statusCode, text };
}

async function exec(
  path: string,
  input?: string,
): Promise<{ stdout: string; stderr: string; status: Record<string, unknown> }> {
  const socket = new WebSocket(
    `wss://127.0.0.1:${agent.port}${path}`,
    ['v5.channel.k8s.io'],
    await caller(['system:masters']),
  );
  const parts = { 1: '', 2: '', 3: '' } as Record<number, string>;
  socket.on('message', (data: Buffer) => {
    parts[data[0] as number] += data.subarray(1).toString();
  });
  await once(socket, 'open');
  if (input !== undefined) {
    socket.send(Buffer.concat([Buffer.of(0), Buffer.from(input)]));
    socket.send(Buffer.of(255, 0));
  }
  await once(socket, 'close');
  return { stdout: parts[1] ?? '', stderr: parts[2] ?? '', status: JSON.parse(parts[3] ?? '') };
}

test('a pod runs with its network, environment and volumes; logs and exec reach it; it outlives its agent', async () => {
  client.seed(configMaps, {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'conf', namespace: 'default' },
    data: { greeting: 'hello', 'a.txt': 'A' },
  });
  client.seed(secrets, {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: 'pass', namespace: 'default' },
    data: { word: Buffer.from('sesame').toString('base64') },
  });
  createPod(
    'web',
    {
      command: ['sh', '-c', 'echo $GREETING from $NAME; cat /secret/word; echo; exec sleep 1000'],
      env: [
        { name: 'GREETING', valueFrom: { configMapKeyRef: { name: 'conf', key: 'greeting' } } },
        { name: 'NAME', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } },
      ],
      volumeMounts: [
        { name: 'conf', mountPath: '/conf' },
        { name: 'conf', mountPath: '/one.txt', subPath: 'a.txt' },
        { name: 'pass', mountPath: '/secret', readOnly: true },
        { name: 'scratch', mountPath: '/scratch' },
      ],
    },
    {
      volumes: [
        { name: 'conf', configMap: { name: 'conf' } },
        { name: 'pass', secret: { secretName: 'pass', defaultMode: 0o400 } },
        { name: 'scratch', emptyDir: { medium: 'Memory', sizeLimit: '1Mi' } },
      ],
    },
  );
  await ready('web');
  const before = await app('web');

  await until(async () => (await get('/containerLogs/default/web/app')).text.includes('sesame'));
  expect((await get('/containerLogs/default/web/app?tailLines=1')).text).toBe('sesame\n');
  expect((await get('/containerLogs/default/web/app', ['system:nodes'])).status).toBe(403);
  const script =
    'cat; hostname; ls /sys/class/net; cat /one.txt; ls /conf; df -k /scratch | tail -1 | tr -s " " | cut -d" " -f2; cat /etc/hosts | tail -1; echo oops >&2; exit 7';
  const path = `/exec/default/web/app?command=sh&command=-c&command=${encodeURIComponent(script)}&stdin=1&stdout=1&stderr=1`;
  expect(await exec(path, 'typed\n')).toEqual({
    stdout: 'typed\nweb\nlo\nAa.txt\ngreeting\n1024\n10.42.9.2\tweb\n',
    stderr: 'oops\n',
    status: expect.objectContaining({
      status: 'Failure',
      reason: 'NonZeroExitCode',
      details: { causes: [{ reason: 'ExitCode', message: '7' }] },
    }),
  });

  await client.patch(
    configMaps,
    { namespace: 'default', name: 'conf' },
    { type: 'merge', body: { data: { 'a.txt': 'B' } } },
  );
  const read = '/exec/default/web/app?command=cat&command=/conf/a.txt&stdout=1';
  await until(async () => (await exec(read)).stdout === 'B');

  await agent.stop();
  const writes = client.writes.length;
  await start();
  await until(async () => (await get('/healthz')).status === 200 && (await exec(read)).stdout === 'B');
  expect(await app('web')).toEqual(before);
  expect(client.writes.slice(writes).filter((write) => write.includes('pods'))).toEqual([]);

  await client.delete(pods, { namespace: 'default', name: 'web' });
  await until(async () => (await client.list(pods)).items.every(({ metadata }) => metadata.name !== 'web'));
  expect((await engine.list()).filter(({ podUid }) => podUid === `web-${run}`)).toEqual([]);
  expect(await readdir(join(folder, 'pods'))).toEqual([]);
});

test('a container that hangs is killed by its liveness probe and started again', async () => {
  const livenessProbe = { exec: { command: ['test', '-e', '/alive'] }, periodSeconds: 1, failureThreshold: 1 };
  createPod('hang', { command: ['sh', '-c', 'touch /alive; sleep 1000'], livenessProbe });
  await ready('hang');
  const first = await app('hang');
  await exec('/exec/default/hang/app?command=rm&command=/alive&stdout=1');
  await until(async () => (await app('hang'))?.restartCount === 1);
  await ready('hang');
  const again = await app('hang');
  expect(again?.containerID).not.toBe(first?.containerID);
  expect(again?.lastState?.terminated?.exitCode).toBe(137);
});

test('a container that is killed runs again at once', async () => {
  createPod('crash', { command: ['sleep', '1000'] });
  await ready('crash');
  const id = (await app('crash'))?.containerID?.replace('docker://', '') ?? '';
  const pid = (await engine.inspect(id))?.pid ?? 0;
  process.kill(pid, 'SIGKILL');
  await until(async () => (await app('crash'))?.restartCount === 1 && (await app('crash'))?.ready === true);
});
