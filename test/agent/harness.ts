import { existsSync } from 'node:fs';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Agent, startAgent } from '../../runtime/agent/agent';
import type { Check, CheckTarget } from '../../runtime/agent/probes/checker';
import type { CheckResult } from '../../runtime/agent/probes/network-check';
import type { Mounter } from '../../runtime/agent/volumes/mount-table';
import { FakeApiClient } from '../../runtime/client/fake-client';
import { type AgentConfig, AgentConfigSchema } from '../../runtime/config/config';
import { SimulatedEngine, type SimulatedEngineOptions } from '../../runtime/engine/simulated/simulated-engine';
import type { Container, ContainerStatus, Node, Pod, PodSpec } from '../../runtime/kube/generated/types';
import { nodes, pods } from '../../runtime/kube/resource';
import { isStatusError } from '../../runtime/kube/status-error';
import { FakeNetwork } from '../../runtime/network/fake-network';
import { FakeClock } from '../../runtime/util/fake-clock';
import { silentLogger } from '../../runtime/util/logger';

/** In memory where there is such a place: nothing there waits for a disk. */
const folderForTests = existsSync('/dev/shm') ? '/dev/shm' : tmpdir();

/** Mounts nothing, and says what it was asked to. */
export class RecordingMounter implements Mounter {
  readonly mounts = new Map<string, string>();
  async tmpfs(folder: string, sizeBytes: number | undefined): Promise<void> {
    this.mounts.set(folder, `tmpfs ${sizeBytes ?? ''}`.trim());
  }
  async bind(source: string, target: string): Promise<void> {
    this.mounts.set(target, source);
  }
  async unmount(target: string): Promise<void> {
    this.mounts.delete(target);
  }
  async below(folder: string): Promise<string[]> {
    return [...this.mounts.keys()].filter((target) => target === folder || target.startsWith(`${folder}/`)).reverse();
  }
}

/** One node with a simulated engine, an API server in memory, and time that stands still. */
export class AgentHarness {
  readonly clock = new FakeClock();
  readonly client = new FakeApiClient(this.clock);
  readonly network = new FakeNetwork();
  readonly mounter = new RecordingMounter();
  readonly checks: Check[] = [];
  /** The answer of every probe and hook; tests replace it. */
  check: (check: Check, target: CheckTarget) => CheckResult = () => ({ ok: true, message: '' });
  readonly engine: SimulatedEngine;
  agent?: Agent;
  readonly config: AgentConfig;

  private constructor(
    readonly folder: string,
    engine: Omit<SimulatedEngineOptions, 'clock'>,
  ) {
    this.engine = new SimulatedEngine({ ...engine, clock: this.clock });
    this.config = AgentConfigSchema.parse({ nodeName: 'node-1', serverUrl: 'https://127.0.0.1:6443', dataDir: folder });
  }

  static async start(engine: Omit<SimulatedEngineOptions, 'clock'> = {}): Promise<AgentHarness> {
    const harness = new AgentHarness(await mkdtemp(join(folderForTests, 'orlop-agent-')), engine);
    await harness.startAgent();
    await harness.until(() => harness.client.writes.some((write) => write.startsWith('create nodes')));
    await harness.client.patch(
      nodes,
      { name: 'node-1' },
      { type: 'merge', body: { spec: { podCIDR: '10.42.0.0/24' } } as Node },
    );
    await harness.until(() => harness.network.podCidr !== undefined);
    return harness;
  }

  async startAgent(): Promise<void> {
    const { config, client, engine, network, clock, mounter } = this;
    this.agent = await startAgent({
      config,
      nodeIp: '192.0.2.1',
      client,
      engine,
      network,
      clock,
      mounter,
      logger: process.env.DEBUG_AGENT
        ? { ...silentLogger, warn: (f, m) => console.log(m, f), error: (f, m) => console.log(m, f) }
        : silentLogger,
      random: () => 0.5,
      check: async (check, target) => {
        this.checks.push(check);
        return this.check(check, target);
      },
    });
  }

  async stop(): Promise<void> {
    await this.agent?.stop();
    await rm(this.folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 20 });
  }

  /** Puts a pod on the node, as the scheduler would. */
  createPod(name: string, spec: Partial<PodSpec> = {}, metadata: Pod['metadata'] = {}): Pod {
    return this.client.seed(pods, {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name, namespace: 'default', uid: `uid-${name}`, ...metadata },
      spec: { nodeName: 'node-1', containers: [container('app')], ...spec },
      status: { phase: 'Pending' },
    });
  }

  async pod(name: string): Promise<Pod | undefined> {
    try {
      return await this.client.get(pods, { namespace: 'default', name });
    } catch (error) {
      if (isStatusError(error, 'NotFound')) return undefined;
      throw error;
    }
  }

  async status(name: string, container = 'app'): Promise<ContainerStatus | undefined> {
    const { status } = (await this.pod(name)) ?? {};
    const all = [...(status?.initContainerStatuses ?? []), ...(status?.containerStatuses ?? [])];
    return all.find((each) => each.name === container);
  }

  async phase(name: string): Promise<string | undefined> {
    return (await this.pod(name))?.status?.phase;
  }

  async condition(name: string, type: string): Promise<string | undefined> {
    return (await this.pod(name))?.status?.conditions?.find((condition) => condition.type === type)?.status;
  }

  /** Waits until `done` holds, without moving the time: only for what is under way. */
  async until(done: () => boolean | Promise<boolean>): Promise<void> {
    for (let i = 0; i < 20_000; i++) {
      if (await done()) return;
      await stat(this.folder).catch(() => {});
      await this.clock.advance(0);
    }
    const left = (await this.engine.list()).map(({ role, name, state }) => `${role} ${name} ${state}`);
    const writes = this.client.writes.filter((write) => !write.includes('leases')).slice(-8);
    throw new Error(`it did not come to hold: ${done}\nat ${this.clock.now()}: ${left}\n${writes.join('\n')}`);
  }

  /** Moves the time and lets what it starts settle, real files included. */
  async advance(milliseconds: number): Promise<void> {
    await this.settle();
    await this.clock.advance(milliseconds);
    await this.settle();
  }

  async settle(): Promise<void> {
    // A file operation of our own comes back after those that are under way.
    for (let i = 0; i < 80; i++) {
      await stat(this.folder).catch(() => {});
      await this.clock.advance(0);
    }
  }
}

export function container(name: string, more: Partial<Container> = {}): Container {
  return { name, image: 'app:1', imagePullPolicy: 'IfNotPresent', ...more };
}
