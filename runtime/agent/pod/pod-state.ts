import type { ContainerInfo } from '../../engine/engine';
import type { Container, Pod } from '../../kube/generated/types';
import { isRestartableInit } from '../../kube/pod-status';

/** What the agent keeps in memory of one container name of a pod. All of it can be lost without harm. */
export interface ContainerMemory {
  /** Why the last try to start did not come as far as a container. */
  waiting?: { reason: string; message: string };
  /** No new try to start before this time. */
  retryAt?: number;
  /** Current crash-loop delay, and when it was set. */
  backoff?: { milliseconds: number; at: number };
}

/** What probes and hooks found of one container, by its engine id. */
export interface ContainerHealth {
  /** postStart is over and the startup probe has succeeded; true from the start without either. */
  started: boolean;
  /** The readiness probe's last word; true without one. */
  ready: boolean;
  /** Why it must be killed and started again; set by a failed liveness or startup probe, or a failed postStart. */
  unhealthy?: { reason: string; graceSeconds?: number };
}

/** What is known of one pod: what is wanted, what runs, and what the agent remembers. */
export interface PodState {
  pod: Pod;
  /** Newest first, by attempt. */
  sandboxes: ContainerInfo[];
  /** Per container name, newest first, by attempt. */
  containers: ReadonlyMap<string, ContainerInfo[]>;
  /** A sandbox that is being started: containers may be made for it meanwhile, and start once it is wired. */
  starting?: string;
  /** The pod's address; set once the running sandbox is wired. The node's for a pod on its network. */
  ip?: string;
  memory: ReadonlyMap<string, ContainerMemory>;
  health: ReadonlyMap<string, ContainerHealth>;
  /** When the agent took the pod on: `status.startTime`. */
  startTime: number;
  /** When the agent first saw that the pod has to go. */
  terminatingSince?: number;
  /** The server no longer has the pod. */
  gone: boolean;
}

/** On our containers: the sandbox they joined. One whose sandbox is another is of an earlier life of the pod. */
export const sandboxAnnotation = 'orlop.dev/sandbox';

export function initContainers(pod: Pod): Container[] {
  return pod.spec?.initContainers ?? [];
}

export function mainContainers(pod: Pod): Container[] {
  return pod.spec?.containers ?? [];
}

export function sidecars(pod: Pod): Container[] {
  return initContainers(pod).filter(isRestartableInit);
}

export function runningSandbox(state: PodState): ContainerInfo | undefined {
  const newest = state.sandboxes[0];
  return newest?.state === 'running' ? newest : undefined;
}

/** The newest attempt of a container. */
export function latest(state: PodState, name: string): ContainerInfo | undefined {
  return state.containers.get(name)?.[0];
}

/** Over, whether it ran and ended or could not be started. */
export function isDead(info: ContainerInfo): boolean {
  return info.state === 'exited' || (info.state === 'created' && info.error !== undefined);
}

/** The code that counts: what could not be started counts as 128, as the runtimes have it. */
export function exitCodeOf(info: ContainerInfo): number {
  return info.state === 'created' ? 128 : (info.exitCode ?? 137);
}

export function endedAt(info: ContainerInfo): number {
  return info.finishedAt ?? info.createdAt;
}

/** Longest that a pod which the server no longer has may take: it was deleted by force, or replaced elsewhere. */
const goneGraceSeconds = 10;

/** How long the pod may take to stop. */
export function gracePeriodSeconds(pod: Pod, gone = false): number {
  const seconds = pod.metadata.deletionGracePeriodSeconds ?? pod.spec?.terminationGracePeriodSeconds ?? 30;
  return gone ? Math.min(seconds, goneGraceSeconds) : seconds;
}

/** Whether a container that ended is started again. */
export function restarts(pod: Pod, container: Container, exitCode: number): boolean {
  if (container.restartPolicy === 'Always') return true;
  const policy = pod.spec?.restartPolicy ?? 'Always';
  return policy === 'Always' || (policy === 'OnFailure' && exitCode !== 0);
}
