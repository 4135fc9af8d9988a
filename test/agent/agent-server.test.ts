import { once } from 'node:events';
import { request } from 'node:https';
import WebSocket from 'ws';
import { AgentServer } from '../../runtime/agent/server/agent-server';
import { logOptions } from '../../runtime/agent/server/log-request';
import type { ContainerInfo } from '../../runtime/engine/engine';
import { SimulatedEngine } from '../../runtime/engine/simulated/simulated-engine';
import { createCa } from '../../runtime/pki/ca';
import { issueKeyPair } from '../../runtime/pki/issue';
import type { KeyPair } from '../../runtime/pki/pki';
import { FakeClock } from '../../runtime/util/fake-clock';
import { silentLogger } from '../../runtime/util/logger';

const clock = new FakeClock();
const pod = { podUid: 'u', podName: 'web', podNamespace: 'default' };
let server: AgentServer;
let port: number;
let ca: KeyPair;
let container: ContainerInfo;
let executed: string[][];

beforeAll(async () => {
  ca = await createCa(Date.now());
  const engine = new SimulatedEngine({
    clock,
    behaviour: () => ({ output: ['one', 'two'] }),
    exec: (_info, { command }) => {
      executed.push(command);
      return { exitCode: command[0] === 'fail' ? 7 : 0, stdout: 'out', stderr: 'err' };
    },
  });
  const sandbox = await engine.startSandbox({
    ...pod,
    attempt: 0,
    hostname: '',
    hostNetwork: false,
    hostPid: false,
    hostIpc: false,
    sysctls: {},
    cgroupParent: '',
    annotations: {},
  });
  const resources = { cpuShares: 2, cpuQuota: 0, memoryBytes: 0, oomScoreAdj: 0 };
  const security = {
    privileged: false,
    user: '',
    supplementalGroups: [],
    addCapabilities: [],
    dropCapabilities: [],
    readOnlyRootFilesystem: false,
    noNewPrivileges: false,
    seccomp: '',
    apparmor: '',
  };
  const id = await engine.createContainer({
    ...pod,
    name: 'app',
    attempt: 0,
    sandboxId: sandbox.id,
    image: 'app:1',
    command: [],
    args: [],
    workingDir: '',
    env: [],
    mounts: [],
    resources,
    security,
    tty: false,
    stdin: false,
    stdinOnce: false,
    sharePidWithSandbox: false,
    hash: '',
    annotations: {},
  });
  await engine.startContainer(id);
  container = (await engine.inspect(id)) as ContainerInfo;
  server = new AgentServer({
    engine,
    clock,
    logger: silentLogger,
    find: (namespace, name) =>
      namespace === 'default' && name === 'web'
        ? { containerOf: (wanted, previous) => (wanted === 'app' && !previous ? container : undefined) }
        : undefined,
  });
  const names = { commonName: 'system:node:n', organizations: ['system:nodes'], dnsNames: ['n'] };
  const serving = await issueKeyPair(ca, { ...names, usages: ['server'], validSeconds: 3600 }, Date.now());
  port = await server.listen(0, { ca: ca.cert, ...serving });
});
beforeEach(() => {
  executed = [];
});
afterAll(() => server.close());

const apiServer = { commonName: 'system:apiserver', organizations: [] as string[] };
async function tls(who: { commonName: string; organizations: string[] }, by = ca) {
  const pair = await issueKeyPair(by, { ...who, usages: ['client'], validSeconds: 3600 }, Date.now());
  return { ca: ca.cert, ...pair, servername: 'n' };
}
async function get(path: string, who = apiServer, method = 'GET'): Promise<{ status?: number; text: string }> {
  const outgoing = request({ host: '127.0.0.1', port, path, method, ...(await tls(who)), agent: false }).end();
  const [response] = await once(outgoing, 'response');
  let text = '';
  for await (const chunk of response) text += String(chunk);
  return { status: response.statusCode, text };
}
async function exec(path: string, protocols = ['v5.channel.k8s.io', 'v4.channel.k8s.io'], who = apiServer) {
  const socket = new WebSocket(`wss://127.0.0.1:${port}${path}`, protocols, await tls(who));
  const channels = ['', '', '', ''];
  socket.on('message', (data: Buffer) => {
    channels[data[0] as number] += data.subarray(1).toString();
  });
  await Promise.race([once(socket, 'close'), once(socket, 'error').then(([error]) => Promise.reject(error))]);
  return { protocol: socket.protocol, stdout: channels[1], stderr: channels[2], status: JSON.parse(channels[3] ?? '') };
}

describe('who may ask', () => {
  test.each([
    [{ commonName: 'system:apiserver', organizations: [] }, 200],
    [{ commonName: 'admin', organizations: ['system:masters'] }, 200],
    [{ commonName: 'system:node:n', organizations: ['system:nodes'] }, 403],
    [{ commonName: 'x', organizations: ['system:apiserver'] }, 403],
  ])('%j gets %i', async (who, status) => {
    expect((await get('/healthz', who)).status).toBe(status);
    expect((await get('/containerLogs/default/web/app', who)).status).toBe(status);
    if (status === 403) await expect(exec('/exec/default/web/app?command=sh', undefined, who)).rejects.toThrow('403');
    expect(executed).toEqual([]);
  });

  test('without a certificate of the cluster nobody is let in', async () => {
    const stranger = await createCa(Date.now());
    const options = { host: '127.0.0.1', port, path: '/healthz', agent: false, ...(await tls(apiServer, stranger)) };
    await expect(once(request(options).end(), 'response')).rejects.toThrow();
    await expect(once(request({ ...options, cert: undefined, key: undefined }).end(), 'response')).rejects.toThrow();
  });
});

describe('logs', () => {
  test('whole, and the end', async () => {
    expect(await get('/containerLogs/default/web/app')).toEqual({ status: 200, text: 'one\ntwo\n' });
    expect((await get('/containerLogs/default/web/app?tailLines=1&timestamps=true')).text).toBe(
      '2026-01-01T00:00:00Z two\n',
    );
  });

  test.each([
    ['/containerLogs/default/none/app', 404, 'not found on this node'],
    ['/containerLogs/default/web/other', 400, 'is waiting to start'],
    ['/containerLogs/default/web/app?previous=true', 400, 'previous terminated container "app" in pod "web" not found'],
    ['/containerLogs/default/web/app?tailLines=x', 400, 'tailLines: "x" must be a whole number'],
    ['/containerLogs/default/web/%ff', 400, 'not well encoded'],
    ['/other', 404, 'page not found'],
    ['/exec/default/web/app?command=sh', 400, 'Upgrade request required'],
  ])('%s is %i', async (path, status, text) => {
    expect(await get(path)).toEqual({ status, text: expect.stringContaining(text) });
  });

  test('only GET', async () => {
    expect((await get('/healthz', apiServer, 'POST')).status).toBe(405);
  });

  test('the query becomes what the engine takes', () => {
    const options = (query: string) => logOptions(new URLSearchParams(query), 100_000);
    expect(options('follow=true&sinceSeconds=10&limitBytes=5&stream=Stderr')).toMatchObject({
      follow: true,
      sinceTime: 90_000,
      limitBytes: 5,
      stdout: false,
      stderr: true,
    });
    expect(options('sinceTime=1970-01-01T00:00:05Z')).toMatchObject({ sinceTime: 5_000 });
    expect(() => options('sinceTime=x')).toThrow('must be an RFC 3339 time');
    expect(() => options('sinceTime=1970-01-01T00:00:05Z&sinceSeconds=1')).toThrow('at most one of');
    expect(() => options('stream=x')).toThrow('must be All, Stdout or Stderr');
  });
});

describe('exec', () => {
  test('the newest protocol that both speak; output and status on their channels', async () => {
    expect(await exec('/exec/default/web/app?command=a&command=b%20c&stdout=1&stderr=1')).toMatchObject({
      protocol: 'v5.channel.k8s.io',
      stdout: 'out',
      stderr: 'err',
      status: { kind: 'Status', status: 'Success' },
    });
    expect(executed).toEqual([['a', 'b c']]);
    expect((await exec('/exec/default/web/app?command=a', ['v4.channel.k8s.io'])).protocol).toBe('v4.channel.k8s.io');
  });

  test('what was not asked for is not sent; an exit code is told', async () => {
    expect(await exec('/exec/default/web/app?command=fail&stderr=true')).toMatchObject({
      stdout: '',
      stderr: 'err',
      status: {
        status: 'Failure',
        reason: 'NonZeroExitCode',
        details: { causes: [{ reason: 'ExitCode', message: '7' }] },
      },
    });
  });

  test.each([
    ['/exec/default/web/app', '400'],
    ['/exec/default/none/app?command=a', '404'],
    ['/attach/default/web/app?command=a', '404'],
  ])('%s is refused with %s', async (path, status) => {
    await expect(exec(path)).rejects.toThrow(status);
  });

  test('a protocol that nobody here speaks is refused', async () => {
    await expect(exec('/exec/default/web/app?command=a', ['v1.channel.k8s.io'])).rejects.toThrow('400');
  });
});
