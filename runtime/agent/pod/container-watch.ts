import type { ContainerInfo } from '../../engine/engine';
import type { Container, Pod } from '../../kube/generated/types';
import { ContainerProbes } from '../probes/container-probes';
import { runHook } from './hooks';
import type { PodContext } from './pod-context';
import type { PodFiles } from './pod-files';
import { type ContainerHealth, exitCodeOf, initContainers, isDead, mainContainers } from './pod-state';

/** Longest that a postStart hook may take. */
const hookLimit = 300_000;

/** Watches over a pod's running containers: postStart hook, probes, and the last words of those that ended. */
export class ContainerWatch {
  readonly health = new Map<string, ContainerHealth>();
  readonly messages = new Map<string, string>();
  private readonly probes = new Map<string, ContainerProbes>();
  /** Made by this agent just now: their postStart hook has not run. */
  private readonly fresh = new Set<string>();
  private closed = false;
  private terminating = false;

  constructor(
    private readonly context: PodContext,
    private readonly files: PodFiles,
    private readonly onChange: () => void,
  ) {}

  /** A container was made and will be started: its postStart hook is to run once it does. */
  begin(id: string): void {
    this.fresh.add(id);
  }

  /** Begins to watch a container that runs, ends for one that does not. Called again it changes nothing. */
  see(pod: Pod, info: ContainerInfo, ip: string | undefined): void {
    if (info.state !== 'running') {
      if (isDead(info)) this.end(info.id);
      return;
    }
    const container = containerOf(pod, info.name);
    if (!container || this.closed || this.terminating || ip === undefined || this.health.has(info.id)) return;
    const target = { container, containerId: info.id, podIp: ip };
    const hook = this.fresh.delete(info.id) ? container.lifecycle?.postStart : undefined;
    if (!hook) {
      this.probe(pod, info, target);
      return;
    }
    this.health.set(info.id, { started: false, ready: false });
    void runHook(this.context, hook, target, hookLimit).then(({ ok, message }) => {
      if (this.closed || !this.health.has(info.id)) return;
      if (ok) this.probe(pod, info, target);
      else {
        const path = `spec.containers{${container.name}}`;
        this.context.record(pod, 'Warning', 'FailedPostStartHook', `PostStartHook failed: ${message}`, path);
        this.health.set(info.id, { started: false, ready: false, unhealthy: { reason: 'FailedPostStartHook' } });
      }
      this.onChange();
    });
  }

  /** Reads what an ended container left to say, once. */
  async readMessage(pod: Pod, info: ContainerInfo): Promise<void> {
    const container = containerOf(pod, info.name);
    if (info.state !== 'exited' || !container || this.messages.has(info.id)) return;
    const message = await this.files
      .terminationMessage(container, info.attempt, info.id, exitCodeOf(info))
      .catch(() => '');
    this.messages.set(info.id, message);
  }

  drop(id: string): void {
    this.end(id);
    this.messages.delete(id);
  }

  /** The pod has to go: nothing is probed any more, and nothing restarted. */
  terminate(): void {
    this.terminating = true;
    for (const probes of this.probes.values()) probes.stop();
  }

  close(): void {
    this.closed = true;
    this.terminate();
  }

  private probe(
    pod: Pod,
    info: ContainerInfo,
    target: { container: Container; containerId: string; podIp: string },
  ): void {
    const path = `spec.containers{${info.name}}`;
    const probes = new ContainerProbes({
      target,
      clock: this.context.clock,
      check: this.context.check,
      startedAt: info.startedAt ?? this.context.clock.now(),
      initial: reportedHealth(pod, info, this.context.engineName),
      onChange: (health) => {
        this.health.set(info.id, health);
        this.onChange();
      },
      onEvent: (reason, message) => this.context.record(pod, 'Warning', reason, message, path),
    });
    this.probes.set(info.id, probes);
    this.health.set(info.id, probes.health);
  }

  private end(id: string): void {
    this.probes.get(id)?.stop();
    this.probes.delete(id);
    this.health.delete(id);
    this.fresh.delete(id);
  }
}

function containerOf(pod: Pod, name: string): Container | undefined {
  return [...initContainers(pod), ...mainContainers(pod)].find((container) => container.name === name);
}

/** What the server was told of this very container: an agent that starts again takes that on. */
function reportedHealth(
  pod: Pod,
  info: ContainerInfo,
  engine: string,
): { started: boolean; ready: boolean } | undefined {
  const { initContainerStatuses = [], containerStatuses = [] } = pod.status ?? {};
  const status = [...initContainerStatuses, ...containerStatuses].find(
    ({ containerID }) => containerID === `${engine}://${info.id}`,
  );
  return status && { started: status.started ?? false, ready: status.ready };
}
