import { hostname } from 'node:os';
import type { SandboxSpec } from '../../engine/engine';
import type { Container, Pod } from '../../kube/generated/types';
import { podHostname } from '../spec/host-files';
import { startContainer } from './container-starter';
import { runHook } from './hooks';
import type { Action } from './pod-actions';
import type { PodContext } from './pod-context';
import type { PodFiles } from './pod-files';

/** The steps of a pod's life that take time. Each may be repeated after a failure or a restart of the agent. */
export class PodTasks {
  private volumes?: Promise<ReadonlyMap<string, string>>;
  /** The last writing of volumes, ended well or not: two at once would be in each other's way. */
  private written: Promise<unknown> = Promise.resolve();
  private adopted = false;

  constructor(
    private readonly context: PodContext,
    private readonly files: PodFiles,
    private readonly signal: AbortSignal,
  ) {}

  /** Starts and wires a sandbox; the volumes are made meanwhile. */
  async startSandbox(pod: Pod, attempt: number, onCreated: (id: string) => void): Promise<string> {
    this.volumesOf(pod);
    const { pid } = await this.context.engine.startSandbox(sandboxSpec(pod, attempt), onCreated);
    return this.wire(pod, pid);
  }

  /** Takes a sandbox on that runs already. Its pod's volumes are there, as they were last written. */
  async attach(pod: Pod, pid: number): Promise<string> {
    const ip = await this.wire(pod, pid);
    this.adopted = true;
    return ip;
  }

  /** Wires the running sandbox's network namespace and writes the pod's own files; gives the pod's address. */
  private async wire(pod: Pod, pid: number): Promise<string> {
    const { network, node } = this.context;
    const ip = pod.spec?.hostNetwork ? node.ip : (await network.attach(pod.metadata.uid ?? '', pid)).ip;
    await this.files.write(pod, ip);
    return ip;
  }

  async startContainer(
    pod: Pod,
    request: { container: Container; attempt: number; sandboxId: string; ip: Promise<string> },
    onCreated: (id: string) => void,
  ): Promise<void> {
    const { files, signal } = this;
    await startContainer(this.context, { ...request, pod, files, signal, volumes: this.volumesOf(pod), onCreated });
  }

  /** preStop, then the stop signal, then SIGKILL: all within the grace period. */
  async kill(pod: Pod, action: Action & { type: 'kill-container' }, ip: string): Promise<void> {
    const { engine, clock } = this.context;
    const { info, container, graceSeconds, message } = action;
    const path = `spec.containers{${info.name}}`;
    this.context.record(pod, 'Normal', 'Killing', message, path);
    const began = clock.monotonic();
    const hook = container?.lifecycle?.preStop;
    if (hook && container && graceSeconds > 0) {
      const target = { container, containerId: info.id, podIp: ip };
      const result = await runHook(this.context, hook, target, graceSeconds * 1000);
      if (!result.ok)
        this.context.record(pod, 'Warning', 'FailedPreStopHook', `PreStopHook failed: ${result.message}`, path);
    }
    const left = graceSeconds - (clock.monotonic() - began) / 1000;
    if (graceSeconds <= 0) await engine.kill(info.id, 'SIGKILL');
    else await engine.stopContainer(info.id, Math.max(left, Math.min(graceSeconds, 2)));
  }

  /** Takes away everything of a pod on the node, then the pod from the server unless it is `gone` there. */
  async tearDown(pod: Pod, ids: string[], gone: boolean): Promise<void> {
    const { engine, network, volumes } = this.context;
    const uid = pod.metadata.uid ?? '';
    await Promise.all([...ids.map((id) => engine.remove(id)), pod.spec?.hostNetwork ? undefined : network.detach(uid)]);
    await volumes.tearDown(uid);
    if (!gone) await this.context.deletePod(pod);
  }

  /** Writes again what volumes show. Those that are still to be made are not touched. */
  refreshVolumes(pod: Pod): Promise<void> {
    return this.write(async () => {
      if (this.volumes ?? this.adopted) await this.context.volumes.refresh(pod);
    });
  }

  private volumesOf(pod: Pod): Promise<ReadonlyMap<string, string>> {
    if (!this.volumes) {
      this.volumes = this.write(() => this.context.volumes.setUp(pod)).catch((error) => {
        this.volumes = undefined;
        throw error;
      });
      // Who needs the volumes may come only after they failed, or never.
      this.volumes.catch(() => {});
    }
    return this.volumes;
  }

  private write<T>(work: () => Promise<T>): Promise<T> {
    const result = this.written.then(work);
    this.written = result.catch(() => {});
    return result;
  }
}

function sandboxSpec(pod: Pod, attempt: number): SandboxSpec {
  const { metadata, spec } = pod;
  return {
    podUid: metadata.uid ?? '',
    podName: metadata.name ?? '',
    podNamespace: metadata.namespace ?? 'default',
    attempt,
    // A pod of the host's network sees the host's name.
    hostname: spec?.hostNetwork ? hostname() : podHostname(pod),
    hostNetwork: spec?.hostNetwork ?? false,
    hostPid: spec?.hostPID ?? false,
    hostIpc: spec?.hostIPC ?? false,
    sysctls: Object.fromEntries((spec?.securityContext?.sysctls ?? []).map(({ name, value }) => [name, value])),
    cgroupParent: '',
    annotations: {},
  };
}
