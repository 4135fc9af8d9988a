import type { ObjectValue } from '../../../runtime/terraform/protocol/value';
import { Unknown } from '../../../runtime/terraform/protocol/value';
import { FakeClock } from '../../../runtime/util/fake-clock';
import { FakeEngine } from './fake-engine';
import { Stack } from './stack';

const type = 'docker_container';
const node: ObjectValue = {
  name: 'node',
  image: 'app:1',
  restart: 'unless-stopped',
  memory: 64,
  capabilities: [{ add: ['CAP_SYS_ADMIN'] }],
  tmpfs: { '/run': 'mode=755' },
  labels: [{ label: 'a', value: 'b' }],
  networks_advanced: [{ name: 'net', aliases: ['alias'], ipv4_address: '10.0.0.2' }],
  volumes: [{ volume_name: 'data', container_path: '/data' }],
  ports: [
    { internal: 22, ip: '127.0.0.1' },
    { internal: 80, external: 8080 },
  ],
  upload: [{ file: '/etc/key', content: 'public', permissions: '0600' }],
};

/** A clock whose waits are over at once. */
class HurriedClock extends FakeClock {
  override async sleep(ms: number): Promise<void> {
    await this.advance(ms);
  }
}

async function setUp() {
  const engine = new FakeEngine();
  await engine.createNetwork({ Name: 'net' });
  return { engine, stack: new Stack(engine, new HurriedClock()) };
}

test('a container is made, connected, filled and started, and its state is what was planned', async () => {
  const { engine, stack } = await setUp();
  const state = await stack.apply(type, null, node);
  const [container] = engine.containers;
  expect(container).toMatchObject({
    running: true,
    body: {
      Image: 'app:1',
      ExposedPorts: { '22/tcp': {}, '80/tcp': {} },
      HostConfig: {
        Memory: 64 * 1024 * 1024,
        Binds: ['data:/data:rw'],
        CapAdd: ['CAP_SYS_ADMIN'],
        PortBindings: {
          '22/tcp': [{ HostIp: '127.0.0.1', HostPort: '' }],
          '80/tcp': [{ HostIp: '0.0.0.0', HostPort: '8080' }],
        },
      },
    },
  });
  expect([...(container?.networks ?? [])]).toEqual([
    ['net', { Aliases: ['alias'], IPAMConfig: { IPv4Address: '10.0.0.2' } }],
  ]);
  expect(engine.uploads[0]?.toString('latin1')).toMatch(/^etc\/key\0+000600 /);
  expect(state).toMatchObject({
    id: container?.id,
    must_run: true,
    exit_code: null,
    memory_swap: null,
    ipc_mode: 'private',
    env: [],
  });
  expect(state?.ports).toMatchObject([{ external: 32790 }, { external: 8080 }]);
});

test('the second plan is empty', async () => {
  const { stack } = await setUp();
  const state = await stack.read(type, await stack.apply(type, null, node));
  const { planned, replace } = await stack.plan(type, state, node);
  expect(planned).toEqual(state);
  expect(replace).toEqual([]);
});

test('a container found stopped is planned to run and started in place', async () => {
  const { engine, stack } = await setUp();
  const state = await stack.apply(type, null, node);
  await engine.stopContainer(String(state?.id));
  const found = await stack.read(type, state);
  expect(found).toMatchObject({ must_run: false, exit_code: 0 });
  const { planned, replace } = await stack.plan(type, found, node);
  expect(replace).toEqual([]);
  expect(planned).toMatchObject({
    must_run: true,
    exit_code: Unknown,
    ports: [{ external: Unknown }, { external: 8080 }],
  });
  expect(await stack.apply(type, found, node)).toEqual(state);
  expect(engine.containers[0]?.running).toBe(true);
});

test('a container that may end is left alone when it has', async () => {
  const { engine, stack } = await setUp();
  const job = { name: 'job', image: 'app:1', command: ['true'], must_run: false };
  engine.exits.set('true', 3);
  const state = await stack.read(type, await stack.apply(type, null, job));
  expect(state).toMatchObject({ must_run: false, exit_code: 3 });
  expect((await stack.plan(type, state, job)).planned).toEqual(state);
});

test('a container that is gone is made again', async () => {
  const { engine, stack } = await setUp();
  const state = await stack.apply(type, null, node);
  await engine.removeContainer(String(state?.id));
  expect(await stack.read(type, state)).toBeNull();
});

test.each<[string, ObjectValue, Record<string, unknown>]>([
  ['restart', { restart: 'always' }, { RestartPolicy: { Name: 'always', MaximumRetryCount: 0 } }],
  ['memory', { memory: 128 }, { Memory: 134217728, MemorySwap: 268435456 }],
  ['memory_swap', { memory_swap: -1 }, { Memory: 67108864, MemorySwap: -1 }],
  ['cpu_shares', { cpu_shares: 512 }, { CpuShares: 512 }],
  ['cpu_set', { cpu_set: '0-1' }, { CpusetCpus: '0-1' }],
  ['cpu_quota', { cpu_quota: 5000 }, { CpuQuota: 5000 }],
])('%s changes in place', async (_name, change, update) => {
  const { engine, stack } = await setUp();
  const state = await stack.apply(type, null, node);
  const wanted = { ...node, ...change };
  expect((await stack.plan(type, state, wanted)).replace).toEqual([]);
  const after = await stack.apply(type, state, wanted);
  expect(engine.updates).toEqual([expect.objectContaining(update)]);
  expect(await stack.read(type, after)).toEqual(after);
});

test.each<[string, ObjectValue]>([
  ['image', { image: 'app:2' }],
  ['upload', { upload: [{ file: '/etc/key', content: 'other', permissions: '0600' }] }],
  ['ports', { ports: [{ internal: 22, ip: '127.0.0.1' }] }],
  ['labels', { labels: [] }],
  ['tmpfs', { tmpfs: { '/run': 'mode=700' } }],
  ['networks_advanced', { networks_advanced: [{ name: 'net', aliases: ['other'], ipv4_address: '10.0.0.2' }] }],
  ['capabilities', { capabilities: [{ add: ['CAP_SYS_ADMIN', 'CAP_NET_ADMIN'] }] }],
  ['memory', { memory: null }],
])('a change of %s needs a new container', async (name, change) => {
  const { stack } = await setUp();
  const state = await stack.apply(type, null, node);
  expect((await stack.plan(type, state, { ...node, ...change })).replace).toEqual([name]);
});

test('a limit changed behind our back is drift; one that nobody configured is nobody’s', async () => {
  const { engine, stack } = await setUp();
  const state = await stack.apply(type, null, node);
  await engine.updateContainer(String(state?.id), { Memory: 1024 ** 3, CpuShares: 7, RestartPolicy: { Name: 'no' } });
  expect(await stack.read(type, state)).toMatchObject({ memory: 1024, cpu_shares: null, restart: 'no' });
});

test.each<[string, ObjectValue, string]>([
  [
    'a port that is taken',
    { name: 'b', image: 'app:1', ports: [{ internal: 1, external: 8080 }] },
    'port 0.0.0.0:8080 is taken',
  ],
  [
    'a network that is not there',
    { name: 'b', image: 'app:1', networks_advanced: [{ name: 'no' }] },
    'to network "no"',
  ],
  [
    'a command that ends',
    { name: 'b', image: 'app:1', command: ['bad'] },
    'exited at once with code 7\nIts last output:\ncannot read config',
  ],
  ['a health check that is not there', { name: 'b', image: 'app:1', wait: true }, 'has no health check'],
  [
    'an upload that cannot be read',
    { name: 'b', image: 'app:1', upload: [{ file: '/x', source: '/nosuch' }] },
    'ENOENT',
  ],
])('%s leaves no container behind', async (_what, config, message) => {
  const { engine, stack } = await setUp();
  engine.exits.set('bad', 7);
  await stack.apply(type, null, node);
  await expect(stack.apply(type, null, config)).rejects.toThrow(message);
  expect(engine.containers.map((each) => each.name)).toEqual(['node']);
});

test('an image that cannot be had is refused before anything is made', async () => {
  const { engine, stack } = await setUp();
  await expect(stack.apply(type, null, { name: 'x', image: 'nosuch' })).rejects.toThrow('Cannot pull image "nosuch"');
  await expect(stack.apply(type, null, { name: 'x', image: 'sha256:1' })).rejects.toThrow('it cannot be pulled');
  await stack.apply(type, null, { name: 'x', image: 'registry/x:1' });
  expect(engine.containers).toHaveLength(1);
});

test('it waits for health, no longer than told and no longer than Terraform lives', async () => {
  const { engine, stack } = await setUp();
  const checked = { name: 'h', image: 'app:1', wait: true, wait_timeout: 5, healthcheck: [{ test: ['CMD', 'x'] }] };
  engine.health = ['starting', 'starting', 'starting', 'healthy'];
  const state = await stack.apply(type, null, checked);
  await stack.apply(type, state, null);
  engine.health = Array.from({ length: 50 }, () => 'unhealthy');
  await expect(stack.apply(type, null, checked)).rejects.toThrow(
    'did not get healthy within 5 s: its health is "unhealthy"',
  );
  engine.health = Array.from({ length: 50 }, () => 'starting');
  stack.stop();
  await expect(stack.apply(type, null, checked)).rejects.toThrow('the wait was interrupted');
});

test('what a killed run left behind is made anew, but nobody else’s and never twice', async () => {
  const { engine, stack } = await setUp();
  const first = await stack.apply(type, null, node);
  await expect(stack.apply(type, null, node)).rejects.toThrow('A container named "node" exists already');
  const again = await new Stack(engine, new HurriedClock()).apply(type, null, node);
  expect(again?.id).not.toBe(first?.id);
  const elsewhere = new Stack(engine, new HurriedClock(), 'another stack');
  await expect(elsewhere.apply(type, null, node)).rejects.toThrow(`terraform import <address> ${String(again?.id)}`);
  expect(engine.containers).toHaveLength(1);
});

test('an imported container needs no change but for its uploads', async () => {
  const { stack } = await setUp();
  const { upload: _, ...config } = node;
  await stack.apply(type, null, { ...config, command: ['run'], env: ['A=1'] });
  const imported = await stack.import(type, 'node');
  const { planned, replace } = await stack.plan(type, imported, { ...config, command: ['run'], env: ['A=1'] });
  expect(replace).toEqual([]);
  expect(planned).toMatchObject({ id: imported?.id, memory: 64, env: ['A=1'] });
  await expect(stack.import(type, 'nosuch')).rejects.toThrow('There is no container "nosuch"');
});

test('what is not served is refused by name, and what contradicts itself', async () => {
  const { stack } = await setUp();
  const base = { name: 'x', image: 'app:1' };
  expect(await stack.validate(type, { ...base, attach: false, logs: false })).toEqual([]);
  expect(await stack.validate(type, { ...base, attach: true, gpus: 'all' })).toEqual([
    'docker_container: attach is not served',
    'docker_container: gpus is not served',
  ]);
  expect(await stack.validate(type, { ...base, upload: [{ file: '/x' }] })).toEqual([
    'upload needs exactly one of content, content_base64 and source, but has 0',
  ]);
  expect(await stack.validate(type, { ...base, volumes: [{ container_path: '/x', from_container: 'y' }] })).toEqual([
    'volumes has both container_path and from_container',
  ]);
  expect(await stack.validate(type, { ...base, rm: true, restart: 'always' })).toEqual([
    'rm = true does not go with restart = "always"',
  ]);
  expect(
    await stack.validate(type, { ...base, restart: 'sometimes', memory: -1, ports: [{ internal: 99999 }] }),
  ).toEqual(['Invalid value for restart', 'Invalid value for memory', 'Invalid value for ports[0].internal']);
});
