import { isRestartableInit } from '../../kube/pod-status';
import { exitCodeOf, initContainers, isDead, latest, mainContainers, type PodState, restarts } from './pod-state';

/** A pod that will never run again, and why. */
export interface Terminal {
  phase: 'Succeeded' | 'Failed';
  reason?: string;
  message?: string;
}

/** Whether the pod is over: it said so before, ran out of time, or all its containers ended for good. */
export function terminalPhase(state: PodState, now: number): Terminal | undefined {
  const { pod } = state;
  const { phase, reason, message } = pod.status ?? {};
  if (phase === 'Succeeded' || phase === 'Failed') return { phase, reason, message };
  const deadline = deadlineOf(state);
  if (deadline !== undefined && now >= deadline)
    return {
      phase: 'Failed',
      reason: 'DeadlineExceeded',
      message: 'Pod was active on the node longer than the specified deadline',
    };
  for (const container of initContainers(pod)) {
    const info = latest(state, container.name);
    if (isRestartableInit(container) || !info || !isDead(info)) continue;
    if (exitCodeOf(info) !== 0 && !restarts(pod, container, exitCodeOf(info))) return { phase: 'Failed' };
  }
  let failed = false;
  for (const container of mainContainers(pod)) {
    const info = latest(state, container.name);
    if (!info || !isDead(info) || restarts(pod, container, exitCodeOf(info))) return undefined;
    failed ||= exitCodeOf(info) !== 0;
  }
  return { phase: failed ? 'Failed' : 'Succeeded' };
}

/** When the pod's time is over. */
export function deadlineOf({ pod, startTime }: PodState): number | undefined {
  const seconds = pod.spec?.activeDeadlineSeconds;
  return seconds === undefined ? undefined : startTime + seconds * 1000;
}
