import { readlink } from 'node:fs/promises';
import os from 'node:os';
import type { Readable } from 'node:stream';
import { type Clock, systemClock } from '../../util/clock';
import { Limiter } from '../../util/limiter';
import {
  type ContainerEngine,
  type ContainerInfo,
  type ContainerSpec,
  type ContainerStats,
  EngineError,
  type EngineEvent,
  type EngineInfo,
  type ExecOptions,
  type ExecSession,
  type ImageInfo,
  type LogOptions,
  type RegistryAuth,
  type SandboxInfo,
  type SandboxSpec,
} from '../engine';
import { containerConfig, isNetworkSysctl, sandboxConfig } from './container-config';
import { containerInfoOf, containerName, imageInfoOf, roleLabel, sandboxContainerName } from './container-labels';
import { DockerApi } from './docker-api';
import { followEvents } from './docker-events';
import { execInContainer } from './docker-exec';
import { containerLogs } from './docker-logs';
import { pullImage } from './docker-pull';
import type { DockerContainer, DockerImage, DockerInfo, DockerStats, DockerVersion } from './docker-types';
import { setNetworkSysctl } from './network-sysctl';
import { lowestOomScoreAdj } from './oom-score';
import { sandboxImage } from './sandbox-image';

export interface DockerEngineOptions {
  socketPath?: string;
  clock?: Clock;
}

const namespaceDeadline = 5_000;

/** The container engine of a node over the Engine API (Docker 20.10 and later) on its Unix socket. */
export class DockerEngine implements ContainerEngine {
  private readonly api: DockerApi;
  private readonly clock: Clock;
  /** More at once would only queue in the engine, and make every one of them slower. */
  private readonly limiter = new Limiter(2 * os.availableParallelism());
  private readonly lowestOomScore = lowestOomScoreAdj();
  private sandboxImageName: Promise<string> | undefined;
  /** Containers of which the engine told that memory ran out. Its own record misses that where the end comes first. */
  private readonly outOfMemory = new Set<string>();

  constructor(options: DockerEngineOptions = {}) {
    this.api = new DockerApi(options.socketPath ?? '/var/run/docker.sock');
    this.clock = options.clock ?? systemClock;
  }

  async info(): Promise<EngineInfo> {
    const [version, info] = await Promise.all([
      this.api.json<DockerVersion>({ path: '/version' }),
      this.api.json<DockerInfo>({ path: '/info' }),
    ]);
    return {
      name: 'docker',
      version: version.Version,
      apiVersion: version.ApiVersion,
      operatingSystem: info.OperatingSystem,
      kernelVersion: info.KernelVersion,
      architecture:
        info.Architecture === 'x86_64' ? 'amd64' : info.Architecture === 'aarch64' ? 'arm64' : info.Architecture,
      cpus: info.NCPU,
      memoryBytes: info.MemTotal,
      cgroupVersion: info.CgroupVersion === '2' ? 2 : 1,
      rootDirectory: info.DockerRootDir,
    };
  }

  async image(name: string): Promise<ImageInfo | undefined> {
    const image = await this.api.jsonIfFound<DockerImage>({ path: `/images/${encodeImage(name)}/json` });
    return image && imageInfoOf(image);
  }

  async images(): Promise<ImageInfo[]> {
    const images = await this.api.json<DockerImage[]>({ path: '/images/json' });
    return images.map(imageInfoOf);
  }

  async pullImage(name: string, auth?: RegistryAuth, signal?: AbortSignal): Promise<ImageInfo> {
    await pullImage(this.api, name, auth, signal);
    const image = await this.image(name);
    if (!image) throw new EngineError('image-not-found', `image ${name} was pulled but is not there`);
    return image;
  }

  async removeImage(id: string): Promise<void> {
    await this.api.jsonIfFound({ method: 'DELETE', path: `/images/${encodeImage(id)}` });
  }

  async startSandbox(spec: SandboxSpec, onCreated?: (id: string) => void): Promise<SandboxInfo> {
    return this.limiter.run(async () => {
      const create = async () =>
        this.create(
          containerName(spec, sandboxContainerName),
          sandboxConfig(spec, await this.ensureSandboxImage(), this.lowestOomScore),
        );
      const id = await create().catch((error) => {
        // Somebody pruned the images: made again.
        if (!(error instanceof EngineError) || error.code !== 'image-not-found') throw error;
        this.sandboxImageName = undefined;
        return create();
      });
      onCreated?.(id);
      try {
        await this.start(id);
        const pid = await this.pidOf(id);
        if (!spec.hostNetwork) {
          await this.waitForOwnNetwork(id, pid);
          await this.setNetworkSysctls(pid, spec.sysctls);
        }
        return { id, pid };
      } catch (error) {
        await this.remove(id).catch(() => {});
        throw error;
      }
    });
  }

  async createContainer(spec: ContainerSpec): Promise<string> {
    return this.limiter.run(() =>
      this.create(containerName(spec, spec.name), containerConfig(spec, this.lowestOomScore)),
    );
  }

  async startContainer(id: string): Promise<void> {
    await this.limiter.run(() => this.start(id));
  }

  async stopContainer(id: string, graceSeconds: number): Promise<void> {
    await this.api.jsonIfFound({
      method: 'POST',
      path: `/containers/${id}/stop`,
      query: { t: Math.ceil(graceSeconds) },
    });
  }

  async kill(id: string, signal: string): Promise<void> {
    try {
      await this.api.jsonIfFound({ method: 'POST', path: `/containers/${id}/kill`, query: { signal } });
    } catch (error) {
      if (!(error instanceof EngineError) || !/is not running/.test(error.message)) throw error;
    }
  }

  async remove(id: string): Promise<void> {
    try {
      await this.api.jsonIfFound({ method: 'DELETE', path: `/containers/${id}`, query: { force: true, v: true } });
    } catch (error) {
      // Another removal of the same container is under way.
      if (!(error instanceof EngineError) || !/already in progress/.test(error.message)) throw error;
    }
  }

  async list(): Promise<ContainerInfo[]> {
    const filters = JSON.stringify({ label: [roleLabel] });
    const found = await this.api.json<Array<{ Id: string }>>({
      path: '/containers/json',
      query: { all: true, filters },
    });
    const details = await Promise.all(found.map(({ Id }) => this.inspect(Id)));
    return details.filter((info) => info !== undefined);
  }

  async inspect(id: string): Promise<ContainerInfo | undefined> {
    const container = await this.api.jsonIfFound<DockerContainer>({ path: `/containers/${id}/json` });
    return container && containerInfoOf(container, this.outOfMemory.has(id));
  }

  events(handler: (event: EngineEvent) => void, signal: AbortSignal): void {
    const seen = (event: EngineEvent) => {
      if (event.type === 'oom') this.outOfMemory.add(event.id);
      if (event.type === 'remove') this.outOfMemory.delete(event.id);
      handler(event);
    };
    void followEvents(this.api, this.clock, seen, signal, () => this.list());
  }

  logs(id: string, options: LogOptions): Promise<Readable> {
    return containerLogs(this.api, id, options);
  }

  exec(id: string, options: ExecOptions): Promise<ExecSession> {
    return execInContainer(this.api, this.clock, id, options);
  }

  async stats(id: string): Promise<ContainerStats> {
    const stats = await this.api.json<DockerStats>({
      path: `/containers/${id}/stats`,
      query: { stream: false, 'one-shot': true },
    });
    const memory = stats.memory_stats;
    const cache = memory.stats?.total_inactive_file ?? memory.stats?.inactive_file ?? 0;
    return {
      cpuNanoseconds: stats.cpu_stats.cpu_usage?.total_usage ?? 0,
      workingSetBytes: Math.max(0, (memory.usage ?? 0) - cache),
      at: Date.parse(stats.read),
    };
  }

  /** Closes idle connections to the engine. */
  close(): void {
    this.api.close();
  }

  private async create(name: string, config: Record<string, unknown>): Promise<string> {
    const created = await this.api.json<{ Id: string }>({
      method: 'POST',
      path: '/containers/create',
      query: { name },
      body: config,
    });
    return created.Id;
  }

  private async start(id: string): Promise<void> {
    try {
      await this.api.json({ method: 'POST', path: `/containers/${id}/start` });
    } catch (error) {
      if (error instanceof EngineError && error.code !== 'unavailable' && error.code !== 'not-found')
        throw new EngineError('start-failed', error.message, { cause: error });
      throw error;
    }
  }

  private async pidOf(id: string): Promise<number> {
    const container = await this.api.json<DockerContainer>({ path: `/containers/${id}/json` });
    if (!container.State.Running)
      throw new EngineError(
        'start-failed',
        `the pod sandbox ended with code ${container.State.ExitCode} ${container.State.Error}`.trim(),
      );
    return container.State.Pid;
  }

  /** The program's first act is to leave the node's network namespace: a millisecond or so after its start. */
  private async waitForOwnNetwork(id: string, pid: number): Promise<void> {
    const ours = await readlink('/proc/self/ns/net');
    const deadline = this.clock.monotonic() + namespaceDeadline;
    for (;;) {
      const theirs = await readlink(`/proc/${pid}/ns/net`).catch(() => undefined);
      if (theirs !== undefined && theirs !== ours) return;
      if (theirs === undefined) await this.pidOf(id);
      if (this.clock.monotonic() > deadline)
        throw new EngineError('start-failed', 'the pod sandbox did not get a network namespace of its own within 5 s');
      await this.clock.sleep(1);
    }
  }

  private async setNetworkSysctls(pid: number, sysctls: Record<string, string>): Promise<void> {
    for (const [name, value] of Object.entries(sysctls))
      if (isNetworkSysctl(name)) await setNetworkSysctl(pid, name, value);
  }

  private ensureSandboxImage(): Promise<string> {
    this.sandboxImageName ??= this.loadSandboxImage().catch((error) => {
      this.sandboxImageName = undefined;
      throw error;
    });
    return this.sandboxImageName;
  }

  private async loadSandboxImage(): Promise<string> {
    const { architecture } = await this.info();
    if (architecture !== 'amd64' && architecture !== 'arm64')
      throw new EngineError('invalid', `the node's architecture is ${architecture}, must be amd64 or arm64`);
    const { name, archive } = sandboxImage(architecture);
    if (!(await this.image(name))) {
      const response = await this.api.stream({
        method: 'POST',
        path: '/images/load',
        query: { quiet: true },
        raw: archive,
      });
      for await (const _ of response);
    }
    return name;
  }
}

/** Slashes stay; everything else that could end the path is encoded. */
function encodeImage(name: string): string {
  return name.split('/').map(encodeURIComponent).join('/');
}
