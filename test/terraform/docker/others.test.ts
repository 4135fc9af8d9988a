import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseAddress } from '../../../runtime/terraform/docker/dockerode-engine';
import { formatDuration, parseDuration } from '../../../runtime/terraform/docker/known';
import { ownerOf } from '../../../runtime/terraform/docker/ownership';
import type { ObjectValue } from '../../../runtime/terraform/protocol/value';
import { Unknown } from '../../../runtime/terraform/protocol/value';
import { FakeClock } from '../../../runtime/util/fake-clock';
import { FakeEngine } from './fake-engine';
import { Stack } from './stack';

const folder = mkdtempSync(join(tmpdir(), 'orlop-image-'));
writeFileSync(join(folder, 'Dockerfile'), 'FROM scratch\n');
afterAll(() => rmSync(folder, { recursive: true }));

function setUp() {
  const engine = new FakeEngine();
  const clock = new FakeClock();
  return { engine, clock, stack: new Stack(engine, clock) };
}

describe('docker_image', () => {
  const built: ObjectValue = {
    name: 'web:1',
    build: [{ context: folder, tag: ['web:latest'], build_args: { A: 'b' } }],
  };

  test('is built with its names and options, and its id serves either provider', async () => {
    const { engine, stack } = setUp();
    const state = await stack.apply('docker_image', null, built);
    expect(engine.builds).toEqual([
      { t: ['web:1', 'web:latest'], dockerfile: 'Dockerfile', version: '1', rm: true, buildargs: { A: 'b' } },
    ]);
    expect(state).toMatchObject({ image_id: 'sha256:built1', id: 'sha256:built1web:1', repo_digest: 'web@sha256:d1' });
    expect((await stack.plan('docker_image', await stack.read('docker_image', state), built)).planned).toEqual(state);
  });

  test('is pulled unless the Engine has it', async () => {
    const { engine, stack } = setUp();
    expect(await stack.apply('docker_image', null, { name: 'app:1' })).toMatchObject({ image_id: 'sha256:app' });
    await stack.apply('docker_image', null, { name: 'registry/x:2' });
    expect([...engine.images.keys()]).toEqual(['app:1', 'registry/x:2']);
  });

  test('what is done on destroy changes in place, all else makes it anew', async () => {
    const { stack } = setUp();
    const state = await stack.apply('docker_image', null, built);
    const change = async (given: ObjectValue) =>
      (await stack.plan('docker_image', state, { ...built, ...given })).replace;
    expect(await change({ keep_locally: true })).toEqual([]);
    expect(await change({ triggers: { hash: '2' } })).toEqual(['triggers']);
    expect(await change({ build: [{ context: folder, build_args: { A: 'c' } }] })).toEqual(['build']);
    expect(await stack.apply('docker_image', state, { ...built, keep_locally: true })).toEqual({
      ...state,
      keep_locally: true,
    });
  });

  test('is removed on destroy, unless it is kept or used', async () => {
    const { engine, stack } = setUp();
    const state = await stack.apply('docker_image', null, built);
    await stack.apply('docker_image', { ...state, keep_locally: true }, null);
    expect(engine.images.has('web:1')).toBe(true);
    await engine.createContainer('user', { Image: state?.image_id });
    await expect(stack.apply('docker_image', state, null)).rejects.toThrow('Image "web:1" is in use');
    await stack.apply('docker_image', { ...state, force_remove: true }, null);
    expect(engine.images.has('web:1')).toBe(false);
  });

  test('what cannot be built is refused with the reason', async () => {
    const { stack } = setUp();
    const build = (given: ObjectValue) => stack.apply('docker_image', null, { name: 'x', build: [given] });
    await expect(build({ context: '/nosuch' })).rejects.toThrow('The build context "/nosuch" is no folder');
    await expect(build({ context: folder, dockerfile: 'Other' })).rejects.toThrow('There is no Dockerfile "Other"');
    const refused = { name: 'x', build: [{ context: folder, builder: 'default', secrets: [{ id: 'a' }] }] };
    expect(await stack.validate('docker_image', refused)).toEqual([
      'docker_image: build.secrets is not served',
      'docker_image: build.builder is not served',
    ]);
    expect(await stack.validate('docker_image', { ...built, pull_triggers: ['x'] })).toEqual([
      'build and pull_triggers do not go together',
    ]);
  });
});

describe('docker_network', () => {
  const net: ObjectValue = {
    name: 'net',
    ipam_config: [{ subnet: '10.9.0.0/24' }],
    labels: [{ label: 'a', value: 'b' }],
  };

  test('is made, found unchanged, and imported as it is', async () => {
    const { engine, stack } = setUp();
    const state = await stack.apply('docker_network', null, net);
    expect(engine.networks.get('net')?.body).toMatchObject({ IPAM: { Config: [{ Subnet: '10.9.0.0/24' }] } });
    expect(state).toMatchObject({ driver: 'bridge', scope: 'local', internal: false, ipam_driver: 'default' });
    expect((await stack.plan('docker_network', await stack.read('docker_network', state), net)).planned).toEqual(state);
    const imported = await stack.import('docker_network', 'net');
    expect((await stack.plan('docker_network', imported, net)).replace).toEqual([]);
    const { ipam_config: _, ...unranged } = net;
    expect((await stack.plan('docker_network', imported, unranged)).replace).toEqual([]);
    const moved = { ...net, ipam_config: [{ subnet: '10.8.0.0/24' }] };
    expect((await stack.plan('docker_network', imported, moved)).replace).toEqual(['ipam_config']);
  });

  test('any change makes a new one', async () => {
    const { stack } = setUp();
    const state = await stack.apply('docker_network', null, net);
    expect((await stack.plan('docker_network', state, { ...net, internal: true })).replace).toEqual(['internal']);
  });

  test('one left by a killed run is taken over, another’s is not', async () => {
    const { engine, stack } = setUp();
    const state = await stack.apply('docker_network', null, net);
    expect(await new Stack(engine).apply('docker_network', null, net)).toEqual(state);
    await expect(new Stack(engine, new FakeClock(), 'other').apply('docker_network', null, net)).rejects.toThrow(
      'A network named "net" exists already',
    );
  });

  test('its removal waits for containers that are going', async () => {
    const { engine, clock, stack } = setUp();
    const state = await stack.apply('docker_network', null, net);
    const id = await engine.createContainer('c', {});
    await engine.connectNetwork('net', id, {});
    const removal = stack.apply('docker_network', state, null);
    await clock.advance(1_000);
    expect(engine.networks.has('net')).toBe(true);
    await engine.removeContainer(id);
    await clock.advance(1_000);
    await removal;
    expect(engine.networks.has('net')).toBe(false);
  });

  test('its removal gives up when they stay', async () => {
    const { engine, clock, stack } = setUp();
    const state = await stack.apply('docker_network', null, net);
    await engine.connectNetwork('net', await engine.createContainer('c', {}), {});
    const removal = expect(stack.apply('docker_network', state, null)).rejects.toThrow('Network "net" is in use');
    for (let second = 0; second < 31; second++) await clock.advance(1_000);
    await removal;
  });
});

describe('docker_volume', () => {
  test('gets a name if it has none, and keeps what it holds', async () => {
    const { engine, stack } = setUp();
    const state = await stack.apply('docker_volume', null, {});
    expect(state).toMatchObject({ id: 'v1', name: 'v1', driver: 'local', mountpoint: '/var/v1' });
    expect((await stack.plan('docker_volume', state, {})).planned).toEqual(state);
    await stack.apply('docker_volume', null, { name: 'v1' });
    expect(engine.volumes.size).toBe(1);
    await stack.apply('docker_volume', state, null);
    expect(await stack.read('docker_volume', state)).toBeNull();
  });

  test('its mountpoint is not known before it is made', async () => {
    const { stack } = setUp();
    expect((await stack.plan('docker_volume', null, { name: 'x' })).planned).toMatchObject({
      name: 'x',
      mountpoint: Unknown,
    });
  });
});

test.each([
  ['unix:///var/run/docker.sock', { socketPath: '/var/run/docker.sock' }],
  ['tcp://127.0.0.1:2376', { host: '127.0.0.1', port: 2376, protocol: 'http' }],
  ['tcp://[::1]', { host: '::1', port: 2375, protocol: 'http' }],
])('the Engine at %s is found', (address, parsed) => expect(parseAddress(address)).toEqual(parsed));

test('an Engine over SSH is refused with the address and what is served', () => {
  expect(() => parseAddress('ssh://me@host')).toThrow('host is "ssh://me@host": this provider serves unix:///path');
});

test('durations are Go’s', () => {
  expect(['1m30s', '500ms', '0s', '1.5h'].map(parseDuration)).toEqual([90e9, 5e8, 0, 5.4e12]);
  expect([90e9, 5e8, 0, 3_605e9].map(formatDuration)).toEqual(['1m30s', '500ms', '0s', '1h0m5s']);
});

test('an owner is the same in every run on a stack, and another elsewhere', () => {
  expect(ownerOf('/a', {})).toBe(ownerOf('/a', { TF_WORKSPACE: 'default' }));
  expect(ownerOf('/a', {})).not.toBe(ownerOf('/b', {}));
  expect(ownerOf('/a', {})).not.toBe(ownerOf('/a', { TF_WORKSPACE: 'prod' }));
});
