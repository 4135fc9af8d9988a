import type { ContainerInfo } from '../../engine/engine';
import type { Container, ContainerState, ContainerStatus } from '../../kube/generated/types';
import { isRestartableInit } from '../../kube/pod-status';
import { rfc3339 } from '../../util/clock';
import { endedAt, exitCodeOf, isDead, type PodState, restarts } from '../pod/pod-state';
import { formatDelay, restartAllowedAt } from '../pod/restart-backoff';

export interface StatusContext {
  now: number;
  /** Prefix of container ids: `docker`. */
  engineName: string;
  /** The termination messages of ended containers, by engine id. */
  messages: ReadonlyMap<string, string>;
  /** The image's digest or id, as `imageID` shows it. */
  imageId(info: ContainerInfo): string;
}

/** What a container that has not begun waits for, when nothing has gone wrong. */
export type Waiting = 'ContainerCreating' | 'PodInitializing';

/** The status of one container, init or main. */
export function containerStatus(
  state: PodState,
  container: Container,
  waiting: Waiting,
  over: boolean,
  context: StatusContext,
): ContainerStatus {
  const [newest, previous] = state.containers.get(container.name) ?? [];
  const reported = reportedStatus(state, container.name);
  if (!newest)
    return reported && over ? { ...reported, ready: false, started: false } : notBegun(state, container, waiting);
  const health = state.health.get(newest.id);
  const running = newest.state === 'running';
  const started = running && health?.started === true;
  const init = (state.pod.spec?.initContainers ?? []).includes(container);
  const completed = init && !isRestartableInit(container) && newest.state === 'exited' && exitCodeOf(newest) === 0;
  const current = currentState(state, container, newest, over, context);
  const last = current.terminated ? previous : current.waiting && isDead(newest) ? newest : previous;
  return {
    name: container.name,
    state: current,
    lastState: last && isDead(last) ? { terminated: terminated(last, context) } : carriedLastState(reported, newest),
    ready: completed || (started && health?.ready === true && (!init || isRestartableInit(container))),
    restartCount: newest.attempt,
    image: newest.imageName,
    imageID: context.imageId(newest),
    containerID: idOf(newest, context),
    started,
  };
}

function notBegun(state: PodState, container: Container, waiting: Waiting): ContainerStatus {
  const failure = state.memory.get(container.name)?.waiting;
  return {
    name: container.name,
    state: { waiting: failure ?? { reason: waiting } },
    lastState: {},
    ready: false,
    restartCount: 0,
    image: container.image ?? '',
    imageID: '',
    started: false,
  };
}

function currentState(
  state: PodState,
  container: Container,
  info: ContainerInfo,
  over: boolean,
  context: StatusContext,
): ContainerState {
  if (info.state === 'running') return { running: { startedAt: rfc3339(info.startedAt ?? info.createdAt) } };
  if (!isDead(info)) return { waiting: { reason: 'ContainerCreating' } };
  const goes = over || !restarts(state.pod, container, exitCodeOf(info));
  const memory = state.memory.get(container.name);
  if (goes) return { terminated: terminated(info, context) };
  if (memory?.waiting) return { waiting: memory.waiting };
  const allowedAt = restartAllowedAt(memory?.backoff, endedAt(info));
  // A delay that was set since it ended is that of the restart which is under way, for the next end.
  const restarting = memory?.backoff !== undefined && memory.backoff.at > endedAt(info);
  if (allowedAt === undefined || allowedAt <= context.now || restarting) {
    return { terminated: terminated(info, context) };
  }
  const { name, namespace, uid } = state.pod.metadata;
  const delay = formatDelay(memory?.backoff?.milliseconds ?? 0);
  const message = `back-off ${delay} restarting failed container=${container.name} pod=${name}_${namespace}(${uid})`;
  return { waiting: { reason: 'CrashLoopBackOff', message } };
}

function terminated(info: ContainerInfo, context: StatusContext): NonNullable<ContainerState['terminated']> {
  const exitCode = exitCodeOf(info);
  const startFailed = info.state === 'created';
  const message = startFailed ? info.error : context.messages.get(info.id);
  return {
    exitCode,
    reason: info.oomKilled ? 'OOMKilled' : startFailed ? 'StartError' : exitCode === 0 ? 'Completed' : 'Error',
    ...(message ? { message } : {}),
    startedAt: rfc3339(info.startedAt ?? info.createdAt),
    finishedAt: rfc3339(endedAt(info)),
    containerID: idOf(info, context),
  };
}

/** What the server was told before; all there is once the container itself is gone. */
function reportedStatus(state: PodState, name: string): ContainerStatus | undefined {
  const { initContainerStatuses = [], containerStatuses = [] } = state.pod.status ?? {};
  return [...initContainerStatuses, ...containerStatuses].find((status) => status.name === name);
}

function carriedLastState(reported: ContainerStatus | undefined, newest: ContainerInfo): ContainerState {
  return reported?.restartCount === newest.attempt ? (reported.lastState ?? {}) : {};
}

function idOf(info: ContainerInfo, context: StatusContext): string {
  return `${context.engineName}://${info.id}`;
}
