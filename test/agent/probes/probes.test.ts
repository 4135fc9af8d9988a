import { createServer } from 'node:http';
import { type AddressInfo, createServer as createTcpServer } from 'node:net';
import type { ContainerHealth } from '../../../runtime/agent/pod/pod-state';
import { ContainerProbes } from '../../../runtime/agent/probes/container-probes';
import { execCheck } from '../../../runtime/agent/probes/exec-check';
import { httpCheck, portNumber, tcpCheck } from '../../../runtime/agent/probes/network-check';
import { ProbeWorker } from '../../../runtime/agent/probes/probe-worker';
import { SimulatedEngine } from '../../../runtime/engine/simulated/simulated-engine';
import type { Container, Probe } from '../../../runtime/kube/generated/types';
import { FakeClock } from '../../../runtime/util/fake-clock';

const target = { container: { name: 'app' }, containerId: 'c', podIp: '127.0.0.1' };

describe('timings', () => {
  let clock: FakeClock;
  let healthy: boolean;
  let probed: number[];
  let results: string[];
  beforeEach(() => {
    clock = new FakeClock(0);
    healthy = true;
    probed = [];
    results = [];
  });
  const worker = (probe: Probe, eager = false, age = 0) =>
    new ProbeWorker({
      probe,
      target,
      clock,
      age,
      eager,
      check: async () => {
        probed.push(clock.now());
        return { ok: healthy, message: 'no' };
      },
      onResult: (ok) => results.push(`${clock.now()} ${ok}`),
    });

  test('after the initial delay, every period', async () => {
    worker({ initialDelaySeconds: 3, periodSeconds: 5 });
    await clock.advance(14_000);
    expect(probed).toEqual([3_000, 8_000, 13_000]);
    expect(results).toEqual(['3000 true']);
  });

  test('of the initial delay only what is left, after a restart of the agent', async () => {
    worker({ initialDelaySeconds: 30, periodSeconds: 5 }, false, 28_000);
    await clock.advance(2_000);
    expect(probed).toEqual([2_000]);
  });

  test('a result changes after as many in a row as its threshold', async () => {
    worker({ periodSeconds: 1, failureThreshold: 3, successThreshold: 2 });
    await clock.advance(1_500);
    healthy = false;
    await clock.advance(2_000);
    healthy = true;
    await clock.advance(1_000);
    healthy = false;
    await clock.advance(3_000);
    healthy = true;
    await clock.advance(2_000);
    expect(results).toEqual(['1000 true', '7000 false', '9000 true']);
  });

  test('eager: soon and ever later until the first success; what fails between periods counts for nothing', async () => {
    healthy = false;
    worker({ periodSeconds: 10, failureThreshold: 2 }, true);
    await clock.advance(1_500);
    expect(probed).toEqual([0, 100, 300, 700, 1_500]);
    expect(results).toEqual([]);
    healthy = true;
    await clock.advance(2_000);
    expect(results).toEqual(['3100 true']);
    await clock.advance(20_000);
    expect(probed.slice(6)).toEqual([10_000, 20_000]);
  });

  test('nothing happens after stop', async () => {
    const stopped = worker({ periodSeconds: 1 });
    await clock.advance(0);
    stopped.stop();
    await clock.advance(10_000);
    expect(probed).toEqual([0]);
  });
});

describe('the probes of a container', () => {
  let clock: FakeClock;
  const answers = { startup: true, liveness: true, readiness: true };
  const probe = (name: keyof typeof answers, more: Probe = {}): Probe => ({
    exec: { command: [name] },
    periodSeconds: 1,
    failureThreshold: 1,
    ...more,
  });
  const watch = (container: Partial<Container>, initial?: { started: boolean; ready: boolean }) => {
    const seen: ContainerHealth[] = [];
    const events: string[] = [];
    const probes = new ContainerProbes({
      target: { ...target, container: { name: 'app', ...container } },
      clock,
      check: async ({ exec }) => ({ ok: answers[exec?.command?.[0] as keyof typeof answers], message: 'bad' }),
      startedAt: clock.now(),
      initial,
      onChange: (health) => seen.push(structuredClone(health)),
      onEvent: (reason, message) => events.push(`${reason}: ${message}`),
    });
    return { probes, seen, events };
  };
  beforeEach(() => {
    clock = new FakeClock(0);
    Object.assign(answers, { startup: true, liveness: true, readiness: true });
  });

  test('without probes it is started and ready at once', () => {
    expect(watch({}).probes.health).toEqual({ started: true, ready: true });
  });

  test('readiness follows the probe', async () => {
    const { seen, events } = watch({ readinessProbe: probe('readiness') });
    await clock.advance(0);
    answers.readiness = false;
    await clock.advance(1_000);
    expect(seen.map(({ ready }) => ready)).toEqual([true, false]);
    expect(events).toEqual(['Unhealthy: Readiness probe failed: bad']);
  });

  test('liveness and readiness begin after startup', async () => {
    answers.startup = false;
    answers.liveness = false;
    const { probes, seen } = watch({
      startupProbe: probe('startup', { failureThreshold: 5 }),
      livenessProbe: probe('liveness'),
    });
    await clock.advance(3_000);
    expect(seen).toEqual([]);
    expect(probes.health.started).toBe(false);
    answers.startup = true;
    await clock.advance(1_000);
    expect(seen[0]).toMatchObject({ started: true });
    await clock.advance(0);
    expect(probes.health.unhealthy?.reason).toBe('Container app failed liveness probe, will be restarted');
  });

  test('a startup probe that keeps failing makes it unhealthy, with the grace of the probe', async () => {
    answers.startup = false;
    const { probes } = watch({
      startupProbe: probe('startup', { failureThreshold: 2, terminationGracePeriodSeconds: 3 }),
    });
    await clock.advance(1_000);
    expect(probes.health.unhealthy).toEqual({
      reason: 'Container app failed startup probe, will be restarted',
      graceSeconds: 3,
    });
  });

  test('after a restart of the agent it is what it was, until a probe says otherwise', async () => {
    answers.readiness = false;
    const { probes, seen } = watch(
      { startupProbe: probe('startup'), readinessProbe: probe('readiness', { failureThreshold: 2 }) },
      { started: true, ready: true },
    );
    expect(probes.health).toEqual({ started: true, ready: true });
    await clock.advance(0);
    expect(seen).toEqual([]);
    await clock.advance(1_000);
    expect(seen.at(-1)?.ready).toBe(false);
  });
});

describe('checks over the network', () => {
  const container: Container = { name: 'app', ports: [{ name: 'web', containerPort: 8080 }] };

  test('HTTP: 200 to 399 is success; path, headers and user agent arrive', async () => {
    const seen: string[] = [];
    const server = createServer((request, response) => {
      seen.push(`${request.url} ${request.headers['user-agent']} ${request.headers['x-a']} ${request.headers.host}`);
      response.statusCode = Number(request.url?.slice(1));
      response.end('body');
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const check = (path: string) =>
      httpCheck(
        {
          path,
          port,
          httpHeaders: [
            { name: 'X-A', value: '1' },
            { name: 'Host', value: 'h' },
          ],
        },
        container,
        '127.0.0.1',
        1000,
      );
    expect(await check('/200')).toEqual({ ok: true, message: '' });
    expect((await check('/301')).ok).toBe(true);
    expect(await check('/503')).toEqual({ ok: false, message: 'HTTP probe failed with statuscode: 503' });
    expect(seen[0]).toBe('/200 kube-probe/1.36 1 h');
    await new Promise((resolve) => server.close(resolve));
    expect((await check('/200')).message).toContain('ECONNREFUSED');
  });

  test('TCP: an open port is success', async () => {
    const server = createTcpServer((socket) => socket.end());
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    expect((await tcpCheck({ port }, container, '127.0.0.1', 1000)).ok).toBe(true);
    await new Promise((resolve) => server.close(resolve));
    expect((await tcpCheck({ port }, container, '127.0.0.1', 1000)).message).toContain('ECONNREFUSED');
  });

  test('ports by number and by name', async () => {
    expect([80, '81', 'web', 'none'].map((port) => portNumber(port, container))).toEqual([80, 81, 8080, undefined]);
    expect((await httpCheck({ port: 'none' }, container, '127.0.0.1', 1000)).message).toBe("couldn't find port: none");
  });
});

test('a command that takes too long is ended and fails', async () => {
  const clock = new FakeClock(0);
  const engine = new SimulatedEngine({
    clock,
    exec: (_container, { command }) => ({
      exitCode: command[0] === 'fail' ? 1 : 0,
      stderr: 'why',
      afterMilliseconds: command[0] === 'slow' ? 60_000 : 0,
    }),
  });
  const pod = { podUid: 'u', podName: 'web', podNamespace: 'default' };
  const { id } = await engine.startSandbox({
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
  expect(await execCheck(engine, clock, id, ['ok'], 1000)).toEqual({ ok: true, message: '' });
  expect(await execCheck(engine, clock, id, ['fail'], 1000)).toEqual({ ok: false, message: 'why' });
  const slow = execCheck(engine, clock, id, ['slow'], 1000);
  await clock.advance(1000);
  expect(await slow).toEqual({ ok: false, message: 'command timed out after 1s' });
  expect((await execCheck(engine, clock, 'none', ['ok'], 1000)).ok).toBe(false);
});
