import type { ContainerState, ContainerStatus, Pod } from '../../../generated/types';
import { ageSince } from '../../../human-duration';
import { isConditionTrue, isRestartableInit, isTerminal } from '../../../pod-status';

/** What `kubectl get pods` says of a pod. */
export interface PodSummary {
  /** `2/3`: containers ready, sidecars included. */
  ready: string;
  /** `Running`, `Init:0/1`, `CrashLoopBackOff`, `Completed`, `Terminating`, … */
  status: string;
  /** `2 (5m ago)`. */
  restarts: string;
}

interface Restarts {
  count: number;
  last?: string;
}

export function summarizePod(pod: Pod, now: number): PodSummary {
  const sidecars = new Set((pod.spec?.initContainers ?? []).filter(isRestartableInit).map((c) => c.name));
  const total = (pod.spec?.containers?.length ?? 0) + sidecars.size;
  const init = summarizeInit(pod, sidecars);
  let status = init.reason ?? podReason(pod);
  let ready = init.ready;
  let restarts = init.restarts;
  if (init.reason === undefined || isConditionTrue(pod, 'Initialized')) {
    const main = summarizeContainers(pod, status, init.sidecarRestarts);
    status = main.reason;
    ready += main.ready;
    restarts = main.restarts;
  }
  return {
    ready: `${ready}/${total}`,
    status: deletionReason(pod) ?? status,
    restarts:
      restarts.count && restarts.last ? `${restarts.count} (${ageSince(restarts.last, now)} ago)` : `${restarts.count}`,
  };
}

function podReason(pod: Pod): string {
  const gated = pod.status?.conditions?.some((c) => c.type === 'PodScheduled' && c.reason === 'SchedulingGated');
  return gated ? 'SchedulingGated' : pod.status?.reason || pod.status?.phase || '';
}

function deletionReason(pod: Pod): string | undefined {
  if (!pod.metadata.deletionTimestamp) return undefined;
  if (pod.status?.reason === 'NodeLost') return 'Unknown';
  return isTerminal(pod) ? undefined : 'Terminating';
}

/** Goes through the init containers until one that has not finished; `reason` is set when there is such a one. */
function summarizeInit(pod: Pod, sidecars: Set<string>) {
  const restarts: Restarts = { count: 0 };
  const sidecarRestarts: Restarts = { count: 0 };
  let ready = 0;
  for (const [index, container] of (pod.status?.initContainerStatuses ?? []).entries()) {
    const sidecar = sidecars.has(container.name);
    addRestarts(restarts, container);
    if (sidecar) addRestarts(sidecarRestarts, container);
    if (container.state?.terminated?.exitCode === 0) continue;
    if (sidecar && container.started) {
      if (container.ready) ready++;
      continue;
    }
    const total = pod.spec?.initContainers?.length ?? 0;
    const reason = `Init:${initReason(container.state) ?? `${index}/${total}`}`;
    return { reason, restarts, sidecarRestarts, ready };
  }
  return { reason: undefined, restarts, sidecarRestarts, ready };
}

function initReason(state: ContainerState | undefined): string | undefined {
  if (state?.terminated) return terminatedReason(state.terminated);
  const waiting = state?.waiting?.reason;
  return waiting && waiting !== 'PodInitializing' ? waiting : undefined;
}

function summarizeContainers(pod: Pod, reason: string, sidecarRestarts: Restarts) {
  const restarts: Restarts = { ...sidecarRestarts };
  let ready = 0;
  let text = reason;
  // From the last to the first, so that the first container's reason is the one shown.
  for (const container of [...(pod.status?.containerStatuses ?? [])].reverse()) {
    addRestarts(restarts, container);
    const state = container.state;
    if (state?.waiting?.reason) text = state.waiting.reason;
    else if (state?.terminated) text = terminatedReason(state.terminated);
    else if (container.ready && state?.running) ready++;
  }
  if (text === 'Completed' && ready > 0) text = isConditionTrue(pod, 'Ready') ? 'Running' : 'NotReady';
  return { reason: text, restarts, ready };
}

function terminatedReason(terminated: NonNullable<ContainerState['terminated']>): string {
  if (terminated.reason) return terminated.reason;
  return terminated.signal ? `Signal:${terminated.signal}` : `ExitCode:${terminated.exitCode}`;
}

function addRestarts(restarts: Restarts, container: ContainerStatus): void {
  restarts.count += container.restartCount ?? 0;
  const finished = container.lastState?.terminated?.finishedAt;
  if (finished && (!restarts.last || Date.parse(finished) > Date.parse(restarts.last))) restarts.last = finished;
}
