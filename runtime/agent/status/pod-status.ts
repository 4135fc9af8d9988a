import type { Container, ContainerStatus, PodCondition, PodStatus } from '../../kube/generated/types';
import { qosClass } from '../../kube/pod-resources';
import { conditionOf, isRestartableInit } from '../../kube/pod-status';
import { podConditions as types } from '../../kube/well-known';
import { rfc3339 } from '../../util/clock';
import { type Terminal, terminalPhase } from '../pod/pod-phase';
import { initContainers, mainContainers, type PodState, runningSandbox } from '../pod/pod-state';
import { containerStatus, type StatusContext } from './container-status';

export interface PodStatusContext extends StatusContext {
  hostIp: string;
}

/** The status of a pod as the server should show it. Conditions of others are left out: a patch keeps them. */
export function podStatus(state: PodState, context: PodStatusContext): PodStatus {
  const { pod } = state;
  const terminal = terminalPhase(state, context.now);
  const over = terminal !== undefined || state.gone || pod.metadata.deletionTimestamp !== undefined;
  const init = statuses(state, initContainers(pod), over, context);
  const main = statuses(
    state,
    mainContainers(pod),
    over,
    context,
    init.length > 0 ? 'PodInitializing' : 'ContainerCreating',
  );
  const phase = terminal?.phase ?? runningPhase(state, init, main);
  const ip = state.ip ?? pod.status?.podIP;
  return {
    observedGeneration: pod.metadata.generation,
    phase,
    ...(terminal?.reason ? { reason: terminal.reason, message: terminal.message } : {}),
    hostIP: context.hostIp,
    hostIPs: [{ ip: context.hostIp }],
    ...(ip ? { podIP: ip, podIPs: [{ ip }] } : {}),
    startTime: rfc3339(state.startTime),
    conditions: conditions(state, init, main, terminal, context.now),
    ...(init.length ? { initContainerStatuses: init } : {}),
    containerStatuses: main,
    qosClass: pod.status?.qosClass ?? qosClass(pod.spec),
  };
}

function statuses(
  state: PodState,
  containers: Container[],
  over: boolean,
  context: StatusContext,
  waiting: 'ContainerCreating' | 'PodInitializing' = 'PodInitializing',
): ContainerStatus[] {
  return containers.map((container) => containerStatus(state, container, waiting, over, context));
}

function pendingInit(init: ContainerStatus[]): boolean {
  return init.some((status) => !(status.ready || status.started));
}

function runningPhase(state: PodState, init: ContainerStatus[], main: ContainerStatus[]): 'Pending' | 'Running' {
  const begun = (status: ContainerStatus) =>
    status.state?.running !== undefined ||
    status.state?.terminated !== undefined ||
    status.lastState?.terminated !== undefined;
  const all = main.every(begun);
  const any = main.some((status) => status.state?.running !== undefined);
  if (!all || (pendingInit(init) && !main.some(begun))) return 'Pending';
  return any || (state.pod.spec?.restartPolicy ?? 'Always') !== 'Never' ? 'Running' : 'Pending';
}

function conditions(
  state: PodState,
  init: ContainerStatus[],
  main: ContainerStatus[],
  terminal: Terminal | undefined,
  now: number,
): PodCondition[] {
  const { pod } = state;
  const unready = main.filter(({ ready }) => !ready).map(({ name }) => name);
  const lagging = init.filter((status, i) => {
    const container = initContainers(pod)[i];
    return !(status.ready || (container && isRestartableInit(container) && status.started));
  });
  const initialized = lagging.length === 0 || main.some((status) => status.started || status.restartCount > 0);
  const sidecarsReady = init.every((status, i) => {
    const container = initContainers(pod)[i];
    return !container || !isRestartableInit(container) || status.ready;
  });
  const notReady =
    terminal?.phase === 'Succeeded'
      ? { reason: 'PodCompleted' }
      : terminal
        ? { reason: 'PodFailed' }
        : { reason: 'ContainersNotReady', message: `containers with unready status: [${unready.join(' ')}]` };
  const containersReady = !terminal && unready.length === 0 && sidecarsReady;
  const gates = (pod.spec?.readinessGates ?? []).every(
    ({ conditionType }) => conditionOf(pod, conditionType)?.status === 'True',
  );
  const networked = runningSandbox(state) !== undefined && state.ip !== undefined;
  const list: Array<[string, boolean, { reason?: string; message?: string }]> = [
    [types.readyToStartContainers, networked, {}],
    [
      types.initialized,
      initialized,
      {
        reason: 'ContainersNotInitialized',
        message: `containers with incomplete status: [${lagging.map(({ name }) => name).join(' ')}]`,
      },
    ],
    [
      types.ready,
      containersReady && gates,
      containersReady
        ? {
            reason: 'ReadinessGatesNotReady',
            message: 'corresponding condition of pod readiness gate does not exist or is not "True".',
          }
        : notReady,
    ],
    [types.containersReady, containersReady, notReady],
  ];
  if (!conditionOf(pod, types.scheduled)) list.push([types.scheduled, true, {}]);
  return list.map(([type, holds, why]) => {
    const status = holds ? 'True' : 'False';
    const old = conditionOf(pod, type);
    const since = old?.status === status && old.lastTransitionTime ? old.lastTransitionTime : rfc3339(now);
    return { type, status, lastTransitionTime: since, ...(holds ? {} : why) };
  });
}
