import { type ContainerInfo, EngineError } from '../../engine/engine';
import type { Container, Pod } from '../../kube/generated/types';
import { isTerminal } from '../../kube/pod-status';
import type { Timer } from '../../util/clock';
import { podStatus } from '../status/pod-status';
import { ContainerWatch } from './container-watch';
import { type Action, decide, earliest, joinableSandbox } from './pod-actions';
import type { PodContext } from './pod-context';
import { PodFiles } from './pod-files';
import {
  type ContainerMemory,
  endedAt,
  initContainers,
  isDead,
  latest,
  mainContainers,
  type PodState,
} from './pod-state';
import { PodTasks } from './pod-tasks';
import { nextBackoff } from './restart-backoff';
import { failureOf, SandboxError } from './start-failure';

/** A wish to be called again later than this is asked for again then. */
const longestWait = 3_600_000;
const retryMilliseconds = 1_000;

/**
 * Keeps one pod as it should be. Level-based: after every change it decides anew from the whole state what to do, and
 * starts each action whose key is free; an action that ends is a change. It holds nothing that cannot be found again.
 */
export class PodWorker {
  private readonly infos = new Map<string, ContainerInfo>();
  private readonly memory = new Map<string, ContainerMemory>();
  private readonly watch: ContainerWatch;
  private readonly tasks: PodTasks;
  private readonly busy = new Set<string>();
  private readonly blocked = new Map<string, number>();
  private readonly stopping = new AbortController();
  private readonly takenOnAt: number;
  private terminatingSince?: number;
  private gone = false;
  private finished = false;
  private ip?: string;
  private starting?: { id: string; ip: Promise<string> };
  private timer?: Timer;
  private queued = false;
  private adopting: boolean;

  constructor(
    private readonly context: PodContext,
    private pod: Pod,
    found: ContainerInfo[],
    /** Nothing is left of the pod; whether its end was seen on the server already. */
    private readonly onFinished: (seenGone: boolean) => void,
  ) {
    const files = new PodFiles(context, context.volumes.podFolder(this.uid));
    this.watch = new ContainerWatch(context, files, () => this.changed());
    this.tasks = new PodTasks(context, files, this.stopping.signal);
    this.takenOnAt = context.clock.now();
    this.adopting = found.some(({ role, state }) => role === 'sandbox' && state === 'running');
    for (const info of found) this.see(info);
    if (pod.metadata.deletionTimestamp) this.terminate();
    // Ended while no agent looked: their last words are still to be read.
    for (const info of found) if (info.state === 'exited') void this.refresh(info.id);
    this.changed();
  }

  get uid(): string {
    return this.pod.metadata.uid ?? '';
  }

  /** The pod as last seen. */
  get current(): Pod {
    return this.pod;
  }

  /** The newest attempt of a container, or the one before it. */
  containerOf(name: string, previous: boolean): ContainerInfo | undefined {
    const attempts = this.state().containers.get(name) ?? [];
    return previous ? attempts[1] : attempts[0];
  }

  /** The pod's spec or metadata changed. */
  update(pod: Pod): void {
    const old = this.pod;
    this.pod = pod;
    for (const container of [...initContainers(pod), ...mainContainers(pod)]) {
      const before = [...initContainers(old), ...mainContainers(old)].find(({ name }) => name === container.name);
      if (before?.image !== container.image) this.forgive(container.name);
    }
    if (pod.metadata.deletionTimestamp) this.terminate();
    else if (this.usesDownwardApi(old, pod)) this.refreshVolumes();
    this.changed();
  }

  /** The server no longer has the pod: it ends as if deleted, and nobody is told. */
  remove(): void {
    this.gone = true;
    this.terminate();
    this.changed();
  }

  /** Looks at one of the pod's containers again: the engine told of a change. */
  async refresh(id: string): Promise<void> {
    try {
      await this.inspect(id);
    } catch {
      // The engine is away; its events are told again when it is back.
    }
    this.changed();
  }

  /** What the engine has of the pod, all at once: what differs from what is known is looked at again. */
  compare(found: ContainerInfo[]): void {
    const states = new Map(found.map((info) => [info.id, info.state]));
    for (const id of new Set([...this.infos.keys(), ...states.keys()]))
      if (this.infos.get(id)?.state !== states.get(id)) void this.refresh(id);
  }

  /** The engine no longer has the container. */
  forget(id: string): void {
    if (!this.infos.delete(id)) return;
    this.watch.drop(id);
    this.changed();
  }

  /** A ConfigMap or Secret that the pod refers to changed. */
  objectsChanged(): void {
    this.refreshVolumes();
    for (const { name } of [...initContainers(this.pod), ...mainContainers(this.pod)])
      if (this.memory.get(name)?.waiting?.reason !== 'ImagePullBackOff') this.forgive(name);
    this.changed();
  }

  /** Time has passed: tokens in the pod's volumes may be due. */
  renewTokens(): void {
    if (!isTerminal(this.pod) && this.context.volumes.tokenIsDue(this.pod)) this.refreshVolumes();
  }

  /** Stops timers and probes; containers go on. For the end of the agent. */
  close(): void {
    this.finished = true;
    this.timer?.cancel();
    this.watch.close();
  }

  private terminate(): void {
    this.terminatingSince ??= this.context.clock.now();
    this.stopping.abort(new Error('the pod is being deleted'));
    this.watch.terminate();
  }

  private see(info: ContainerInfo): void {
    this.infos.set(info.id, info);
    if (info.role === 'container') this.watch.see(this.pod, info, this.ip ?? this.pod.status?.podIP);
  }

  private state(): PodState {
    const containers = new Map<string, ContainerInfo[]>();
    const sandboxes: ContainerInfo[] = [];
    for (const info of [...this.infos.values()].sort((a, b) => b.attempt - a.attempt)) {
      if (info.role === 'sandbox') sandboxes.push(info);
      else containers.set(info.name, [...(containers.get(info.name) ?? []), info]);
    }
    const starting = this.starting?.id;
    const { pod, ip, memory, terminatingSince, gone } = this;
    const reported = pod.status?.startTime;
    const startTime = reported ? Date.parse(reported) : this.takenOnAt;
    return {
      pod,
      sandboxes,
      containers,
      starting,
      ip,
      memory,
      health: this.watch.health,
      startTime,
      terminatingSince,
      gone,
    };
  }

  /** Several changes of one moment are looked at once. */
  private changed(): void {
    if (this.queued || this.finished) return;
    this.queued = true;
    queueMicrotask(() => {
      this.queued = false;
      if (!this.finished) this.sync();
    });
  }

  private sync(): void {
    const now = this.context.clock.now();
    const state = this.state();
    if (joinableSandbox(state) === undefined) {
      this.ip = state.ip = undefined;
      this.adopting = false;
    }
    const { actions, wakeAt } = decide(state, now);
    let wake = wakeAt;
    for (const action of actions) {
      const until = this.blocked.get(action.key);
      if (until !== undefined && until > now) wake = earliest(wake, until);
      else if (!this.busy.has(action.key) && !(action.type === 'tear-down' && this.busy.size))
        this.begin(action, state);
    }
    this.timer?.cancel();
    this.timer = undefined;
    if (wake !== undefined)
      this.timer = this.context.clock.after(Math.min(longestWait, Math.max(0, wake - now)), () => this.changed());
    // What an earlier agent reported holds until this one has found the pod's network again.
    if (!this.gone && !(this.adopting && state.ip === undefined)) this.report(state, now);
  }

  private report(state: PodState, now: number): void {
    const { context } = this;
    const status = podStatus(state, {
      now,
      engineName: context.engineName,
      hostIp: context.node.ip,
      messages: this.watch.messages,
      imageId: (info) => info.imageId,
    });
    const begun = [...state.containers.values()].flat().some((info) => info.state !== 'created' || isDead(info));
    const uneventful = !begun && ![...state.memory.values()].some(({ waiting }) => waiting);
    context.reportStatus(this.pod, status, uneventful ? 'soon' : 'now');
  }

  private begin(action: Action, state: PodState): void {
    this.busy.add(action.key);
    this.perform(action, state)
      .then(
        () => this.blocked.delete(action.key),
        (error) => this.failed(action, error),
      )
      .finally(() => {
        this.busy.delete(action.key);
        this.changed();
      });
  }

  private async perform(action: Action, state: PodState): Promise<void> {
    const { pod } = this;
    const { engine } = this.context;
    switch (action.type) {
      case 'start-sandbox': {
        return this.startSandbox(action.attempt);
      }
      case 'attach':
        this.ip = await this.tasks.attach(pod, action.sandbox.pid);
        for (const info of this.infos.values()) if (info.role === 'container') this.see(info);
        // What its volumes come from may have changed while no agent looked.
        return this.refreshVolumes();
      case 'start-container':
        return this.startContainer(action, state);
      case 'kill-container':
        await this.tasks.kill(pod, action, this.ip ?? pod.status?.podIP ?? '');
        return this.inspect(action.info.id);
      case 'force-kill':
        await engine.kill(action.info.id, 'SIGKILL');
        return this.inspect(action.info.id);
      case 'remove':
        await engine.remove(action.info.id);
        return this.forget(action.info.id);
      case 'tear-down':
        await this.tasks.tearDown(pod, [...this.infos.keys()], this.gone);
        this.close();
        return this.onFinished(this.gone);
    }
  }

  /** Containers may be made as soon as the sandbox exists; they start when it is wired. */
  private async startSandbox(attempt: number): Promise<void> {
    const { promise: ip, resolve, reject } = deferred<string>();
    // Whoever waits for it hears of it; there may be nobody.
    ip.catch(() => {});
    let created: string | undefined;
    try {
      this.ip = await this.tasks.startSandbox(this.pod, attempt, (id) => {
        created = id;
        this.starting = { id, ip };
        this.changed();
      });
      this.memory.delete('');
      resolve(this.ip);
    } catch (error) {
      reject(new SandboxError(error instanceof Error ? error.message : String(error)));
      throw error;
    } finally {
      if (created !== undefined) await this.inspect(created);
      this.starting = undefined;
    }
  }

  private async startContainer(action: Action & { type: 'start-container' }, state: PodState): Promise<void> {
    const { container, attempt, replaces } = action;
    const sandboxId = joinableSandbox(state);
    const ip = this.starting?.ip ?? (state.ip === undefined ? undefined : Promise.resolve(state.ip));
    if (sandboxId === undefined || ip === undefined) return;
    const info = latest(state, container.name);
    const memory = this.memory.get(container.name) ?? {};
    if (replaces) {
      await this.context.engine.remove(replaces.id);
      this.infos.delete(replaces.id);
    }
    let created: string | undefined;
    try {
      await this.tasks.startContainer(this.pod, { container, attempt, sandboxId, ip }, (id) => {
        created = id;
        if (info && isDead(info)) memory.backoff = nextBackoff(memory.backoff, endedAt(info), this.context.clock.now());
        this.memory.set(container.name, { backoff: memory.backoff });
        this.watch.begin(id);
      });
    } finally {
      if (created !== undefined) await this.inspect(created);
    }
  }

  private async inspect(id: string): Promise<void> {
    const info = await this.context.engine.inspect(id);
    if (!info) return this.forget(id);
    await this.watch.readMessage(this.pod, info);
    this.see(info);
  }

  private failed(action: Action, error: unknown): void {
    if (this.finished) return;
    if (error instanceof EngineError && error.code === 'name-in-use') void this.findAgain();
    const { clock, logger } = this.context;
    const now = clock.now();
    const { name, namespace } = this.pod.metadata;
    const message = error instanceof Error ? error.message : String(error);
    // A container that was made and did not start waits as one that ended does.
    if (!(error instanceof EngineError && error.code === 'start-failed'))
      this.blocked.set(action.key, now + retryMilliseconds);
    if (this.stopping.signal.aborted && action.type === 'start-container') return;
    logger.warn({ pod: `${namespace}/${name}`, action: action.type, error: message }, 'a step of a pod failed');
    if (action.type === 'start-container') this.startFailed(action.container, error, now);
    else if (action.type === 'start-sandbox') {
      this.context.record(this.pod, 'Warning', 'FailedCreatePodSandBox', `Failed to create pod sandbox: ${message}`);
      const delay = Math.min(30_000, (this.memory.get('')?.backoff?.milliseconds ?? retryMilliseconds / 2) * 2);
      this.memory.set('', { retryAt: now + delay, backoff: { milliseconds: delay, at: now } });
    }
  }

  /** Something of this pod exists that was not known: made just before an agent was killed. */
  private async findAgain(): Promise<void> {
    const all = await this.context.engine.list().catch(() => []);
    for (const info of all) if (info.podUid === this.uid) this.see(info);
    this.changed();
  }

  private startFailed(container: Container, error: unknown, now: number): void {
    const failure = failureOf(error, now);
    if (!failure) return;
    const memory = this.memory.get(container.name) ?? {};
    this.memory.set(container.name, { ...memory, waiting: failure.waiting, retryAt: failure.retryAt });
    if (!failure.event) return;
    this.context.record(
      this.pod,
      'Warning',
      failure.event,
      failure.waiting?.message ?? '',
      `spec.containers{${container.name}}`,
    );
  }

  /** Lets a container that waits after a failure try again at once. */
  private forgive(name: string): void {
    this.blocked.delete(`container:${name}`);
    const memory = this.memory.get(name);
    if (memory?.retryAt !== undefined) this.memory.set(name, { backoff: memory.backoff, waiting: memory.waiting });
  }

  private refreshVolumes(): void {
    if (this.terminatingSince !== undefined) return;
    this.tasks.refreshVolumes(this.pod).catch((error) => {
      const message = error instanceof Error ? error.message : String(error);
      this.context.record(this.pod, 'Warning', 'FailedMount', message);
    });
  }

  private usesDownwardApi(old: Pod, pod: Pod): boolean {
    const volumes = pod.spec?.volumes ?? [];
    if (!volumes.some((volume) => volume.downwardAPI ?? volume.projected)) return false;
    return (
      JSON.stringify([old.metadata.labels, old.metadata.annotations]) !==
      JSON.stringify([pod.metadata.labels, pod.metadata.annotations])
    );
  }
}

function deferred<T>(): { promise: Promise<T>; resolve(value: T): void; reject(error: Error): void } {
  let resolve: (value: T) => void = () => {};
  let reject: (error: Error) => void = () => {};
  const promise = new Promise<T>((yes, no) => {
    resolve = yes;
    reject = no;
  });
  return { promise, resolve, reject };
}
