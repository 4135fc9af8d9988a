import type { ContainerInfo } from '../../engine/engine';
import type { Container, Pod } from '../../kube/generated/types';
import { isConditionTrue, isRestartableInit } from '../../kube/pod-status';
import { podConditions } from '../../kube/well-known';
import { containerHash } from './container-hash';
import { deadlineOf, terminalPhase } from './pod-phase';
import {
  endedAt,
  exitCodeOf,
  gracePeriodSeconds,
  initContainers,
  isDead,
  latest,
  mainContainers,
  type PodState,
  restarts,
  runningSandbox,
  sandboxAnnotation,
  sidecars,
} from './pod-state';
import { restartAllowedAt } from './restart-backoff';

/** One thing to do for a pod. Two actions with one key never run at the same time. */
export type Action =
  | { type: 'start-sandbox'; key: string; attempt: number }
  /** Wires a sandbox that runs already: one adopted after a restart of the agent. */
  | { type: 'attach'; key: string; sandbox: ContainerInfo }
  | { type: 'start-container'; key: string; container: Container; attempt: number; replaces?: ContainerInfo }
  | {
      type: 'kill-container';
      key: string;
      info: ContainerInfo;
      container?: Container;
      message: string;
      graceSeconds: number;
    }
  /** Ends at once what was given its time and is still there. */
  | { type: 'force-kill'; key: string; info: ContainerInfo }
  | { type: 'remove'; key: string; info: ContainerInfo }
  /** Everything has ended: removes containers, address and folder, and the pod from the server. */
  | { type: 'tear-down'; key: string };

export interface Decision {
  actions: Action[];
  /** When to decide again though nothing changed. */
  wakeAt?: number;
}

const drainMilliseconds = 5_000;
/** What is left to a container at least, however long its preStop took. */
const leastGraceSeconds = 2;

/** What to do next for a pod, from what is wanted and what is. Pure; called again after every change. */
export function decide(state: PodState, now: number): Decision {
  const terminating = state.gone || state.pod.metadata.deletionTimestamp !== undefined;
  if (terminating) return stop(state, now);
  const terminal = terminalPhase(state, now);
  const decision = terminal ? finish(state) : run(state, now);
  const deadline = terminal ? undefined : deadlineOf(state);
  return { ...decision, wakeAt: earliest(decision.wakeAt, deadline) };
}

function run(state: PodState, now: number): Decision {
  const { pod } = state;
  const sandbox = runningSandbox(state);
  const sandboxId = joinableSandbox(state);
  if (sandboxId === undefined) {
    const retryAt = state.memory.get('')?.retryAt;
    return {
      actions: [...restartSandbox(state, now), ...garbage(state)],
      wakeAt: retryAt !== undefined && retryAt > now ? retryAt : undefined,
    };
  }
  const actions: Action[] = garbage(state);
  if (sandbox && state.ip === undefined && state.starting === undefined) {
    const memory = state.memory.get('');
    if (memory?.retryAt !== undefined && memory.retryAt > now) return { actions, wakeAt: memory.retryAt };
    return { actions: [...actions, { type: 'attach', key: 'sandbox', sandbox }] };
  }
  let wakeAt: number | undefined;
  const consider = (container: Container) => {
    const step = containerStep(state, container, now);
    if (step.action) actions.push(step.action);
    wakeAt = earliest(wakeAt, step.wakeAt);
  };
  const begun = mainContainers(pod).some(({ name }) => isOfSandbox(latest(state, name), sandboxId));
  for (const container of initContainers(pod)) {
    const info = latest(state, container.name);
    const current = isOfSandbox(info, sandboxId);
    if (isRestartableInit(container)) {
      consider(container);
      const up = current && info?.state === 'running' && state.health.get(info.id)?.started === true;
      if (!up && !begun) return { actions, wakeAt };
    } else if (!begun) {
      const completed = current && info && isDead(info) && exitCodeOf(info) === 0;
      if (completed) continue;
      consider(container);
      return { actions, wakeAt };
    }
  }
  for (const container of mainContainers(pod)) consider(container);
  return { actions, wakeAt };
}

/** A pod without a running sandbox: what still runs of it ends first, then everything begins anew. */
function restartSandbox(state: PodState, now: number): Action[] {
  const running = runningContainers(state);
  if (running.length)
    return running.map((info) =>
      kill(state, info, 'Pod sandbox changed, it will be killed and re-created.', gracePeriodSeconds(state.pod)),
    );
  const memory = state.memory.get('');
  if (memory?.retryAt !== undefined && memory.retryAt > now) return [];
  const attempt = (state.sandboxes[0]?.attempt ?? -1) + 1;
  return [{ type: 'start-sandbox', key: 'sandbox', attempt }];
}

function containerStep(state: PodState, container: Container, now: number): { action?: Action; wakeAt?: number } {
  const { pod } = state;
  const { name } = container;
  const key = `container:${name}`;
  const memory = state.memory.get(name);
  const info = latest(state, name);
  const sandboxId = joinableSandbox(state);
  if (info?.state === 'running') {
    if (!isOfSandbox(info, sandboxId))
      return { action: kill(state, info, 'Pod sandbox changed, it will be killed and re-created.', leastGraceSeconds) };
    const unhealthy = state.health.get(info.id)?.unhealthy;
    const grace = unhealthy?.graceSeconds ?? pod.spec?.terminationGracePeriodSeconds ?? 30;
    if (unhealthy) return { action: kill(state, info, unhealthy.reason, grace) };
    if (info.hash !== containerHash(container))
      return { action: kill(state, info, `Container ${name} definition changed, will be restarted`, grace) };
    return {};
  }
  if (memory?.retryAt !== undefined && memory.retryAt > now) return { wakeAt: memory.retryAt };
  if (!info) return { action: { type: 'start-container', key, container, attempt: 0 } };
  if (!isDead(info))
    return { action: { type: 'start-container', key, container, attempt: info.attempt, replaces: info } };
  const completedInit = isInit(pod, container) && !isRestartableInit(container);
  const again = completedInit && !isOfSandbox(info, sandboxId);
  if (!again && !restarts(pod, container, exitCodeOf(info))) return {};
  const allowedAt = restartAllowedAt(memory?.backoff, endedAt(info));
  if (allowedAt !== undefined && allowedAt > now) return { wakeAt: allowedAt };
  return { action: { type: 'start-container', key, container, attempt: info.attempt + 1 } };
}

/** A pod that is over but not deleted: its sandbox goes, its ended containers stay for their logs. */
function finish(state: PodState): Decision {
  const running = runningContainers(state);
  if (running.length)
    return { actions: running.map((info) => kill(state, info, 'Stopping container', gracePeriodSeconds(state.pod))) };
  const sandboxes = state.sandboxes.map((info): Action => ({ type: 'remove', key: info.id, info }));
  return { actions: [...sandboxes, ...garbage(state)] };
}

/** A pod that was deleted: wait for the proxies, stop the containers, sidecars last, then take everything away. */
function stop(state: PodState, now: number): Decision {
  const { pod } = state;
  const running = runningContainers(state);
  if (!running.length) return { actions: [{ type: 'tear-down', key: 'tear-down' }] };
  const since = state.terminatingSince ?? now;
  const grace = gracePeriodSeconds(pod, state.gone);
  const drainBy = since + Math.min(drainMilliseconds, grace * 1000);
  const drained =
    state.gone || !isConditionTrue(pod, podConditions.ready) || isConditionTrue(pod, podConditions.endpointsDrained);
  if (!drained && now < drainBy) return { actions: [], wakeAt: drainBy };
  const killAt = since + grace * 1000;
  const left = Math.max((killAt - now) / 1000, Math.min(grace, leastGraceSeconds));
  const sidecarNames = sidecars(pod).map(({ name }) => name);
  const mains = running.filter(({ name }) => !sidecarNames.includes(name));
  const lastSidecar = sidecarNames.reverse().find((name) => running.some((info) => info.name === name));
  const next = mains.length ? mains : running.filter(({ name }) => name === lastSidecar);
  const actions: Action[] = next.map((info) => kill(state, info, `Stopping container ${info.name}`, left));
  const forceAt = killAt + leastGraceSeconds * 1000;
  if (now >= forceAt) for (const info of running) actions.push({ type: 'force-kill', key: `force:${info.id}`, info });
  return { actions, wakeAt: now < forceAt ? forceAt : undefined };
}

/** Containers and sandboxes that nobody asks for any more: one ended attempt a container is kept, for its logs. */
function garbage(state: PodState): Action[] {
  const dead: ContainerInfo[] = [];
  for (const attempts of state.containers.values()) {
    const keep = attempts[0] && isDead(attempts[0]) ? 1 : 2;
    dead.push(...attempts.slice(keep).filter((info) => info.state !== 'running'));
  }
  dead.push(...state.sandboxes.slice(1));
  return dead.map((info) => ({ type: 'remove', key: info.id, info }));
}

function kill(state: PodState, info: ContainerInfo, message: string, graceSeconds: number): Action {
  const all = [...initContainers(state.pod), ...mainContainers(state.pod)];
  const container = all.find(({ name }) => name === info.name);
  return { type: 'kill-container', key: `container:${info.name}`, info, container, message, graceSeconds };
}

function runningContainers(state: PodState): ContainerInfo[] {
  return [...state.containers.values()].flat().filter((info) => info.state === 'running');
}

function isOfSandbox(info: ContainerInfo | undefined, sandboxId: string | undefined): boolean {
  return info !== undefined && sandboxId !== undefined && info.annotations[sandboxAnnotation] === sandboxId;
}

/** The sandbox that new containers join. */
export function joinableSandbox(state: PodState): string | undefined {
  return state.starting ?? runningSandbox(state)?.id;
}

function isInit(pod: Pod, container: Container): boolean {
  return initContainers(pod).some(({ name }) => name === container.name);
}

export function earliest(a: number | undefined, b: number | undefined): number | undefined {
  if (a === undefined) return b;
  return b === undefined ? a : Math.min(a, b);
}
